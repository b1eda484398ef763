import type { Round } from "./trial.ts";

/** A median with the quartiles around it. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) };
}

function quantile(sorted: readonly number[], at: number): number {
  const position = (sorted.length - 1) * at;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** What rounds say together. */
export interface Summary {
  /** Microseconds per request of the handler alone. */
  readonly bare: Spread;
  /** Microseconds that each library adds. */
  readonly expressSession: Spread;
  readonly holdfast: Spread;
  /** How many times less Holdfast adds; `Infinity` where what it adds cannot be told from nothing. */
  readonly ratio: Spread;
}

/**
 * Every round is compared with itself, then the median round is taken: what the machine does to a whole round cancels out.
 */
export function summarise(rounds: readonly Round[]): Summary {
  // The share is well behaved where Holdfast adds next to nothing; its inverse is not, so it is inverted last.
  const share = spreadOf(rounds.map((it) => (it.holdfast - it.bare) / (it.expressSession - it.bare)));
  return {
    bare: spreadOf(rounds.map((it) => it.bare)),
    expressSession: spreadOf(rounds.map((it) => it.expressSession - it.bare)),
    holdfast: spreadOf(rounds.map((it) => it.holdfast - it.bare)),
    ratio: { low: inverse(share.high), median: inverse(share.median), high: inverse(share.low) },
  };
}

function inverse(share: number): number {
  return share <= 0 ? Number.POSITIVE_INFINITY : 1 / share;
}
