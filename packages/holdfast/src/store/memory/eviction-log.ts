/** At most one line in this time. */
const INTERVAL_MS = 60_000;

/** Says that live sessions are being ended for want of room: at the first, then at most once a minute. */
export class EvictionLog {
  readonly #warn: (message: string) => void;
  readonly #limits: string;
  #lastAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  /** @param limits - the store's limits, as the line shall name them */
  constructor(warn: (message: string) => void, limits: string) {
    this.#warn = warn;
    this.#limits = limits;
  }

  note(evicted: number, now: number): void {
    this.#unsaid += evicted;
    if (now - this.#lastAt < INTERVAL_MS) return;
    const ended = this.#unsaid === 1 ? "1 live session" : `${this.#unsaid} live sessions`;
    this.#unsaid = 0;
    this.#lastAt = now;
    this.#warn(
      `The session MemoryStore is full (${this.#limits}) and ended ${ended} to make room. ` +
        "Raise maxSessions or maxBytes, shorten the idle limit of anonymous sessions, or use a store on disk.",
    );
  }
}
