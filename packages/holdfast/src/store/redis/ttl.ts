/**
 * How much longer Redis keeps something than it lives: processes whose clocks are so far apart still agree about it. No
 * process returns what has expired by its own clock.
 */
const KEEP_MS = 60_000;

/** How long Redis is to keep what expires then, by its own clock alone: milliseconds for `PX`. */
export function ttl(expiresAt: number, now: number): string {
  return String(Math.max(1, Math.ceil(expiresAt - now) + KEEP_MS));
}
