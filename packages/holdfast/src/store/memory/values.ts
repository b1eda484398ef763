import { assertValueFits } from "../bounds.ts";
import type { StoredValue } from "../contract.ts";

/** Small values under names, each with its version. */
export class Values {
  readonly #values = new Map<string, StoredValue>();

  read(name: string): StoredValue | null {
    return this.#values.get(name) ?? null;
  }

  write(name: string, expectedVersion: number, value: Uint8Array): boolean {
    assertValueFits(value);
    if ((this.#values.get(name)?.version ?? 0) !== expectedVersion) return false;
    // The caller's bytes may change.
    this.#values.set(name, { version: expectedVersion + 1, value: Uint8Array.from(value) });
    return true;
  }

  clear(): void {
    this.#values.clear();
  }
}
