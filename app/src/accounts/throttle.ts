/**
 * Counts attempts per key in a sliding window, in memory and bounded.
 *
 * An attempt is counted before its outcome is known, so that parallel guesses cannot slip through together; what
 * turned out well is given back.
 *
 * @module
 */
import type { Clock } from "holdfast";

export interface ThrottleOptions {
  /** Attempts allowed within the window. */
  readonly limit: number;
  readonly windowMs: number;
  /** Keys remembered; the least recently used is forgotten first. Default 10,000. */
  readonly maxKeys?: number;
}

export class Throttle {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  readonly #clock: Clock;
  /** Times of the counted attempts, oldest first; keys in order of use. */
  readonly #attempts = new Map<string, number[]>();

  constructor(options: ThrottleOptions, clock: Clock) {
    this.#limit = options.limit;
    this.#windowMs = options.windowMs;
    this.#maxKeys = options.maxKeys ?? 10_000;
    this.#clock = clock;
  }

  /**
   * Counts one attempt and returns 0, or counts nothing and returns how many milliseconds to wait.
   */
  take(key: string): number {
    const now = this.#clock.now();
    const times = (this.#attempts.get(key) ?? []).filter((time) => time > now - this.#windowMs);
    this.#attempts.delete(key);
    const oldest = times[0];
    const full = oldest !== undefined && times.length >= this.#limit;
    if (!full) times.push(now);
    this.#attempts.set(key, times);
    this.#forgetTheLeastRecentlyUsed();
    return full ? oldest + this.#windowMs - now : 0;
  }

  /** Gives back the latest attempt of a key. */
  giveBack(key: string): void {
    const times = this.#attempts.get(key);
    times?.pop();
    if (times?.length === 0) this.#attempts.delete(key);
  }

  /** Forgets every attempt of a key. */
  clear(key: string): void {
    this.#attempts.delete(key);
  }

  #forgetTheLeastRecentlyUsed(): void {
    if (this.#attempts.size <= this.#maxKeys) return;
    const [first] = this.#attempts.keys();
    if (first !== undefined) this.#attempts.delete(first);
  }
}
