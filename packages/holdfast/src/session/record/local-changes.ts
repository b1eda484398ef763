import type { StoreChange } from "../../store/contract.ts";

/**
 * What this process has ended in the store, for whoever must know at once. Until somebody listens it costs the one look
 * whether anybody does.
 */
export class LocalChanges {
  #heed: ((change: StoreChange) => void) | undefined;
  #count = 0;

  /** How many there have been since somebody listens. */
  get count(): number {
    return this.#count;
  }

  get heard(): boolean {
    return this.#heed !== undefined;
  }

  /** One listener, from now on. */
  listen(heed: (change: StoreChange) => void): void {
    this.#heed = heed;
  }

  tell(kind: StoreChange["kind"], names: readonly string[]): void {
    if (this.#heed === undefined) return;
    this.#count += 1;
    this.#heed({ kind, names });
  }
}
