/**
 * Counting guesses of session ids, by where they come from, in bounded memory (OWASP session management cheat sheet:
 * detect brute force; ASVS 6.3.1 by analogy).
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** Who guesses from more addresses than this forgets the oldest of them: it bounds memory, not the guesser. */
const MOST_SOURCES = 10_000;

interface Window {
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  guesses: number;
}

/** What came of a guess. */
export interface GuessCount {
  /** True for the first guess beyond the limit. */
  readonly isFirst: boolean;
  /** Whole seconds until the source is heard again, at least 1. */
  readonly retryAfter: number;
}

export class GuessLimit {
  readonly most: number;
  readonly #per: number;
  readonly #clock: Clock;
  /** In the order in which they began, and so in which they end. */
  readonly #windows = new Map<string, Window>();

  /** @param per - milliseconds for which guesses are counted, from the first one on */
  constructor(most: number, per: number, clock: Clock) {
    this.most = most;
    this.#per = per;
    this.#clock = clock;
  }

  /** Counts a guess; `undefined` while the source has made no more than it may. */
  count(source: string): GuessCount | undefined {
    const now = this.#clock.now();
    this.#forgetOld(now);
    let window = this.#windows.get(source);
    if (window === undefined) {
      this.#makeRoom();
      window = { endsAt: now + this.#per, guesses: 0 };
      this.#windows.set(source, window);
    }
    window.guesses += 1;
    if (window.guesses <= this.most) return undefined;
    const retryAfter = Math.max(1, Math.ceil((window.endsAt - now) / 1000));
    return { isFirst: window.guesses === this.most + 1, retryAfter };
  }

  /** How many sources are counted. */
  get size(): number {
    return this.#windows.size;
  }

  #forgetOld(now: number): void {
    for (const [source, { endsAt }] of this.#windows) {
      // A clock that was set back must not keep anybody out for longer than a window.
      if (endsAt > now && endsAt <= now + this.#per) return;
      this.#windows.delete(source);
    }
  }

  #makeRoom(): void {
    if (this.#windows.size < MOST_SOURCES) return;
    for (const oldest of this.#windows.keys()) {
      this.#windows.delete(oldest);
      return;
    }
  }
}
