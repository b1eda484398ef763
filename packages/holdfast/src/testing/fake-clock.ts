import type { Clock } from "../clock.ts";
import { type Duration, parseDuration } from "../duration.ts";

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Moves the time forward.
   *
   * @param by - milliseconds, or a string such as `"15m"`
   * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`
   */
  advance(by: Duration): void;
  /** Sets the time, backwards too, as the clock of a computer may be set. In milliseconds since 1970. */
  set(ms: number): void;
}

/**
 * Makes a clock for tests, so that hours pass in no time.
 *
 * @param start - milliseconds since 1970; default 2026-01-01T00:00:00Z
 *
 * @example
 * ```ts
 * const clock = fakeClock();
 * app.use(session({ secret, clock, idle: "30m" }));
 * // sign in, then:
 * clock.advance("31m");
 * // the session has expired
 * ```
 */
export function fakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let time = start;
  return {
    now: () => time,
    advance(by) {
      time += parseDuration(by, "advance");
    },
    set(ms) {
      time = ms;
    },
  };
}
