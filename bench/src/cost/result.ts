import { ratioOf, type Spread, spreadOf } from "../statistics.ts";
import type { TrialPlan, TrialResult } from "../trial.ts";

/** What one kind of request costs, in one arena. */
export interface CostRow extends Pick<TrialPlan, "arena" | "scenario" | "carrier" | "bytes" | "inFlight"> {
  readonly processes: number;
  readonly rounds: number;
  /** Microseconds per request of the handler alone. */
  readonly bare: Spread;
  /** Microseconds that Holdfast adds. */
  readonly adds: Spread;
  readonly peers: readonly {
    readonly name: string;
    readonly adds: Spread;
    /** How many times less Holdfast adds. */
    readonly ratio: Spread;
  }[];
}

/** Puts together what several processes have measured. */
export function rowOf(plan: TrialPlan, results: readonly TrialResult[]): CostRow {
  const { arena, scenario, carrier, bytes, inFlight } = plan;
  const names = results[0]?.names ?? [];
  const rounds = results.flatMap((result) => result.rounds);
  const of = (round: readonly number[], index: number): number => round[index] ?? Number.NaN;
  const added = (index: number): Spread => spreadOf(rounds.map((it) => of(it, index) - of(it, 0)));
  // The bare handler is first in a round, Holdfast last.
  const ours = names.length;
  return {
    arena,
    scenario,
    carrier,
    bytes,
    inFlight,
    processes: results.length,
    rounds: rounds.length,
    bare: spreadOf(rounds.map((it) => of(it, 0))),
    adds: added(ours),
    peers: names.slice(0, -1).map((name, peer) => ({
      name,
      adds: added(peer + 1),
      ratio: ratioOf(rounds.map((it) => ({ bare: of(it, 0), others: of(it, peer + 1), ours: of(it, ours) }))),
    })),
  };
}
