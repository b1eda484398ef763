import { handleOf, isGenuine, newId } from "./id.ts";

/** A genuine session id, and what this process knows of its session. */
export class Credential<Kept> {
  readonly id: string;
  readonly handle: string;
  kept: Kept | undefined = undefined;

  constructor(id: string = newId()) {
    this.id = id;
    this.handle = handleOf(id);
  }
}

/** Ids that came before, and were proven: found by the end of the MAC, then compared as a whole. */
export class Credentials<Kept> {
  readonly #proven = new Map<string, Credential<Kept>>();

  of(id: string): Credential<Kept> | undefined {
    const mark = id.slice(-12);
    const known = this.#proven.get(mark);
    if (known?.id === id) return known;
    if (!isGenuine(id)) return undefined;
    const credential = new Credential<Kept>(id);
    this.#proven.set(mark, credential);
    return credential;
  }
}
