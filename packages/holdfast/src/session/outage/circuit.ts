/**
 * A circuit breaker: while the store does not answer, nobody waits for it, and one operation now and then finds out
 * whether it is back.
 *
 * @module
 */

/** - `"closed"`: operations go through. - `"open"`: they fail at once. - `"half-open"`: one is on its way to find out. */
export type CircuitState = "closed" | "open" | "half-open";

/** What an operation was told when it was let through, to be handed back with its outcome. */
export type Mark = number;

/** Failures in a row, none of which saw another operation succeed while it ran. */
export const FAILURES_TO_OPEN = 5;

/** How long the store is left alone, in milliseconds: doubled with each attempt that fails. */
export const FIRST_COOL_DOWN = 1_000;
export const LONGEST_COOL_DOWN = 5_000;

const PROBE: Mark = -1;

export class Circuit {
  readonly #now: () => number;
  #state: CircuitState = "closed";
  #failures = 0;
  #answers = 0;
  #coolDown = 0;
  #openUntil = 0;
  #openSince = 0;

  /** @param now - milliseconds since 1970; a clock that is set back counts as time that has passed */
  constructor(now: () => number) {
    this.#now = now;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** True if nothing has failed since the last answer. */
  get untroubled(): boolean {
    return this.#failures === 0 && this.#state === "closed";
  }

  /** What an operation that goes through an untroubled circuit hands back. */
  get mark(): Mark {
    return this.#answers;
  }

  /** Milliseconds until the next operation is let through; 0 if it would be now. */
  get coolsFor(): number {
    if (this.#state !== "open") return 0;
    const left = this.#openUntil - this.#now();
    return left > this.#coolDown ? 0 : Math.max(0, left);
  }

  /**
   * Lets an operation through; `undefined`: it must not be tried.
   *
   * @param patient - it may take so long that all others must not wait for its outcome
   */
  enter(patient: boolean): Mark | undefined {
    if (this.#state === "closed") return this.#answers;
    if (this.#state === "half-open" || patient || this.coolsFor > 0) return undefined;
    this.#state = "half-open";
    return PROBE;
  }

  /** The store has answered. @returns how long it had not, in milliseconds, if that closes the circuit */
  answered(): number | undefined {
    this.#answers += 1;
    this.#failures = 0;
    if (this.#state === "closed") return undefined;
    this.#state = "closed";
    this.#coolDown = 0;
    return Math.max(0, this.#now() - this.#openSince);
  }

  /** An operation failed, or got no answer in time. @returns true if that opens the circuit, which was closed */
  failed(mark: Mark): boolean {
    if (this.#state === "half-open") {
      if (mark === PROBE) this.#open();
      return false;
    }
    // Others have been answered meanwhile: the store is there, whatever is wrong with this operation.
    if (this.#state === "open" || mark !== this.#answers) return false;
    this.#failures += 1;
    if (this.#failures < FAILURES_TO_OPEN) return false;
    this.#openSince = this.#now();
    this.#open();
    return true;
  }

  #open(): void {
    this.#state = "open";
    this.#coolDown = Math.min(Math.max(FIRST_COOL_DOWN, this.#coolDown * 2), LONGEST_COOL_DOWN);
    this.#openUntil = this.#now() + this.#coolDown;
  }
}
