import type { StoredValue } from "../contract.ts";
import { ExpiryQueue, type Queued } from "./expiry-queue.ts";

/**
 * What one value takes beside its name and its bytes: objects and places in the map and the queue. 380 to 450 as measured
 * on Node 20, rounded up.
 */
const VALUE_OVERHEAD = 480;

interface Value extends StoredValue, Queued {
  readonly name: string;
  readonly expiresAt: number;
}

/** Small values under names, each with its version. None is ever ended to make room. */
export class Values {
  readonly #values = new Map<string, Value>();
  /** Those that end. */
  readonly #expiry = new ExpiryQueue<Value>();
  #bytes = 0;

  /** What all of them count for against `maxBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  read(name: string, now: number): StoredValue | null {
    const found = this.#values.get(name);
    return found === undefined || found.expiresAt <= now ? null : found;
  }

  /** How many bytes more there will be once this value is in the place of the one that is live. */
  growth(name: string, value: Uint8Array, now: number): number {
    const live = this.read(name, now);
    return weigh(name, value) - (live === null ? 0 : weigh(name, live.value));
  }

  /** @param expiresAt - `Infinity`: never */
  put(name: string, version: number, given: Uint8Array, expiresAt: number): void {
    this.#remove(this.#values.get(name));
    // The caller's bytes may change.
    const value = Uint8Array.from(given);
    const entry = { name, version, value, expiresAt, slot: 0 };
    this.#values.set(name, entry);
    this.#bytes += weigh(name, value);
    if (expiresAt !== Number.POSITIVE_INFINITY) this.#expiry.add(entry, expiresAt);
  }

  /** Frees at most `limit` expired values; returns how many. */
  freeExpired(now: number, limit: number): number {
    for (let freed = 0; freed < limit; freed++) {
      const first = this.#expiry.firstDue(now);
      if (first === undefined) return freed;
      this.#remove(first);
    }
    return limit;
  }

  clear(): void {
    this.#values.clear();
    this.#expiry.clear();
    this.#bytes = 0;
  }

  #remove(entry: Value | undefined): void {
    if (entry === undefined) return;
    this.#values.delete(entry.name);
    this.#bytes -= weigh(entry.name, entry.value);
    if (entry.expiresAt !== Number.POSITIVE_INFINITY) this.#expiry.remove(entry);
  }
}

/** What a value counts for against `maxBytes`. */
function weigh(name: string, { byteLength }: Uint8Array): number {
  return name.length + byteLength + VALUE_OVERHEAD;
}
