/**
 * How late the event loop is, from a timer that is late itself.
 *
 * @module
 */

/** Milliseconds. */
const INTERVAL = 100;
/** How much a single measurement counts: one long computation is no overload. */
const WEIGHT = 0.3;

export class EventLoopDelay {
  readonly #limit: number;
  #delay = 0;

  /** @param limit - milliseconds, on average over about the last half second */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A timer was late by so many milliseconds. */
  note(late: number): void {
    this.#delay += (Math.max(0, late) - this.#delay) * WEIGHT;
  }

  get isLate(): boolean {
    return this.#delay > this.#limit;
  }

  /** Measures from now on. @param changed - told after each measurement @returns what ends it */
  watch(changed: () => void): () => void {
    let due = performance.now() + INTERVAL;
    const timer = setInterval(() => {
      const now = performance.now();
      this.note(now - due);
      due = now + INTERVAL;
      changed();
    }, INTERVAL);
    timer.unref();
    return () => clearInterval(timer);
  }
}
