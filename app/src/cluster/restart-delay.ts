/** A worker that ran this long has had an accident; one that did not may do the same again. */
const STEADY_MS = 10_000;
const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** How long to wait before a worker is started again: not at all, or twice as long after each short life. */
export class RestartDelay {
  #shortLives = 0;

  /** @param livedMs - 0 if it never took a request */
  after(livedMs: number): number {
    if (livedMs >= STEADY_MS) {
      this.#shortLives = 0;
      return 0;
    }
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#shortLives++);
  }
}
