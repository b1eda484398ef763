/**
 * How far the user's index reaches beyond what a session needs when it is entered, so that not every update and touch
 * has to extend it.
 */
const AHEAD_MS = 60 * 60_000;

/** How much longer it is kept there: clocks of processes and servers may differ, and records are kept longer too. */
const BEYOND_MS = 10 * 60_000;

/** Until when a session that is entered into the index now may live without being entered again. */
export function coverFor(expiresAt: number): number {
  return expiresAt + AHEAD_MS;
}

/** How long the index has to name it for that, in ms. */
export function coverMs(cover: number, now: number): number {
  return Math.max(1, Math.ceil(cover - now)) + BEYOND_MS;
}
