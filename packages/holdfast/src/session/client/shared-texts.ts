import { freshText } from "../record/plain-data.ts";

/** Short texts that many sessions have in common, such as the names of browsers: each is in memory once. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();
  readonly #most: number;

  /** @param most - how many are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#texts.size;
  }

  /** The same text, in memory that all who ask for it share, and nothing else. */
  of(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    // Whoever comes with another text each time makes the common ones be copied once more, and nothing grow.
    if (this.#texts.size >= this.#most) this.#texts.clear();
    const own = freshText(text);
    this.#texts.set(own, own);
    return own;
  }
}
