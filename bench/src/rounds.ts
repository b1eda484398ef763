import { cost, drive } from "./drive.ts";
import type { Runner, Sending } from "./runners.ts";
import { orderOf } from "./statistics.ts";

/** Processor time per request in one round, in microseconds, of each who takes part. */
export type Round = readonly number[];

interface Extent {
  readonly rounds: number;
  /** Rounds that are not counted, while the code is being compiled. */
  readonly warmUp: number;
  readonly inFlight: number;
}

/** Lets everybody take turns, in another order each round. */
export async function roundsOf(
  runners: readonly Runner[],
  { rounds, warmUp, inFlight }: Extent,
  onRound: () => void,
): Promise<Round[]> {
  const driven: Sending<void> = (...request) => drive(...request, inFlight);
  const measured: Sending<number> = (...request) => cost(...request, inFlight);
  for (let i = 0; i < warmUp; i++) for (const runner of runners) await runner.run(driven);
  const found: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const taken = runners.map(() => Number.NaN);
    for (const index of orderOf(i, runners.length)) {
      taken[index] = (await runners[index]?.run(measured)) ?? Number.NaN;
    }
    found.push(taken);
    onRound();
  }
  return found;
}
