/** A median with the quartiles around it. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { low: quantileOf(values, 0.25), median: quantileOf(values, 0.5), high: quantileOf(values, 0.75) };
}

/** @param at - 0 is the least, 1 the most; in between it is interpolated */
export function quantileOf(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * at;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** Beyond this a difference to nothing is smaller than the noise. */
export const MOST_RATIO = 500;

/**
 * What each of two contenders adds to the same bare handler, in each of the same rounds, as the ratio `others : ours`.
 *
 * Every round is compared with itself, then the median round is taken: what the machine does to a whole round cancels
 * out. At most {@link MOST_RATIO}, also where what we add cannot be told from nothing.
 */
export function ratioOf(rounds: readonly { bare: number; others: number; ours: number }[]): Spread {
  // The share is well behaved where we add next to nothing; its inverse is not, so it is inverted last.
  const share = spreadOf(rounds.map(({ bare, others, ours }) => (ours - bare) / (others - bare)));
  return { low: inverse(share.high), median: inverse(share.median), high: inverse(share.low) };
}

function inverse(share: number): number {
  return share <= 1 / MOST_RATIO ? MOST_RATIO : 1 / share;
}

/** In which order so many take their turns in a round: over the rounds everybody is first, last and after each as often. */
export function orderOf(round: number, many: number): number[] {
  const forwards = Math.floor(round / many) % 2 === 0;
  return Array.from(
    { length: many },
    (_, turn) => ((((forwards ? turn : -turn) + round) % many) + many) % many,
  );
}
