import { ratioOf, type Spread, spreadOf } from "../statistics.ts";
import type { FloorPlan, FloorTrial } from "./trial.ts";

/** What one kind of request costs at least in one kind of store, and what it does cost. In microseconds. */
export interface FloorRow extends Pick<FloorPlan, "arena" | "scenario"> {
  readonly rounds: number;
  /** What each step adds to those before it. */
  readonly steps: readonly { readonly name: string; readonly adds: Spread }[];
  /** What all of them add to the bare handler. */
  readonly floor: Spread;
  readonly ours: Added;
  readonly peer: Added & { readonly name: string };
}

interface Added {
  readonly adds: Spread;
  /** How many times the floor that is. */
  readonly times: Spread;
}

export function floorRowOf(
  { arena, scenario }: Pick<FloorPlan, "arena" | "scenario">,
  { steps, peer, rounds }: FloorTrial,
): FloorRow {
  const whole = steps.length;
  const of = (round: readonly number[], index: number): number => round[index] ?? Number.NaN;
  const between = (to: number, from: number): Spread =>
    spreadOf(rounds.map((round) => of(round, to) - of(round, from)));
  const added = (index: number): Added => ({
    adds: between(index, 0),
    times: ratioOf(
      rounds.map((round) => ({ bare: of(round, 0), others: of(round, index), ours: of(round, whole) })),
    ),
  });
  return {
    arena,
    scenario,
    rounds: rounds.length,
    steps: steps.map((name, index) => ({ name, adds: between(index + 1, index) })),
    floor: between(whole, 0),
    ours: added(whole + 1),
    peer: { name: peer, ...added(whole + 2) },
  };
}
