import type { Loss, Operation } from "../history.ts";

/**
 * True if the store may have forgotten, by the time of `later`, what `earlier` had done or shown: something made it
 * forget in between, and `earlier` lies within its reach.
 */
export function mayForget(
  what: "writes" | "ends",
  earlier: Operation,
  later: Operation,
  losses: readonly Loss[],
): boolean {
  return losses.some(
    ({ from, until, reach, forgets }) =>
      forgets.includes(what) && earlier.until >= from - reach && earlier.from <= until && later.until >= from,
  );
}
