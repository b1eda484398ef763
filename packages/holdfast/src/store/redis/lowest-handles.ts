import type { Handle } from "../contract.ts";

/** The lowest handles after a given one, of however many there are, in little memory. */
export class LowestHandles {
  readonly #after: Handle;
  readonly #count: number;
  #handles: Handle[] = [];

  constructor(after: Handle, count: number) {
    this.#after = after;
    this.#count = count;
  }

  add(handles: readonly Handle[]): void {
    const highest = this.full ? this.#handles.at(-1) : undefined;
    const candidates = handles.filter(
      (handle) => handle > this.#after && (highest === undefined || handle < highest),
    );
    if (candidates.length === 0) return;
    this.#handles = [...new Set([...this.#handles, ...candidates])].sort().slice(0, this.#count);
  }

  /** True if there may be more. */
  get full(): boolean {
    return this.#handles.length >= this.#count;
  }

  list(): readonly Handle[] {
    return this.#handles;
  }
}
