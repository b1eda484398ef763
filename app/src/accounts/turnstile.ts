/**
 * Lets a few run at once and a bounded number wait, so that a flood of log-ins costs its sender a 503 and not
 * everybody else the server.
 *
 * @module
 */

/** Too many are waiting already. */
export class BusyError extends Error {
  readonly status = 503;
  readonly code = "ERR_BUSY";
  /** Seconds until it is worth trying again. */
  readonly retryAfter = 5;

  constructor() {
    super("Too many people are logging in at this moment. Try again in a few seconds.");
    this.name = "BusyError";
  }
}

export class Turnstile {
  readonly #atOnce: number;
  readonly #waitingLimit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, waitingLimit: number) {
    this.#atOnce = atOnce;
    this.#waitingLimit = waitingLimit;
  }

  /** @throws {@link BusyError} at once when the queue is full. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingLimit) throw new BusyError();
      // Whoever leaves hands over the place, so `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
