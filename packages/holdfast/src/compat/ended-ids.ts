/** As many as can plausibly have ended while a request was under way. */
const MOST = 10_000;

/** The ids of the sessions that this process has ended last. */
export class EndedIds {
  readonly #ids = new Set<string>();

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= MOST) return;
    const [oldest = id] = this.#ids;
    this.#ids.delete(oldest);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}
