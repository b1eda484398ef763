/**
 * Random bytes, a few at a time. One call to the system for many ids is about ten times cheaper than one each.
 *
 * @module
 */
import { randomBytes } from "node:crypto";

/** A source of cryptographically strong random bytes. Tests may pass their own. */
export type Random = (size: number) => Buffer;

/** The system's CSPRNG (`node:crypto`). */
export const systemRandom: Random = (size) => randomBytes(size);

const POOL_SIZE = 4096;

/** Hands out bytes of `source` from a pool; each byte is handed out once and then wiped from the pool. */
export class RandomPool {
  readonly #source: Random;
  #pool: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(source: Random) {
    this.#source = source;
  }

  bytes(size: number): Buffer {
    if (size > POOL_SIZE / 4) return this.#source(size);
    const at = this.#draw(size);
    const bytes = Buffer.from(this.#pool.subarray(at, at + size));
    this.#pool.fill(0, at, at + size);
    return bytes;
  }

  /** So many bytes as base64url, made without a buffer of their own. At most 1,024. */
  text(size: number): string {
    const at = this.#draw(size);
    const text = this.#pool.toString("base64url", at, at + size);
    this.#pool.fill(0, at, at + size);
    return text;
  }

  /** Where in the pool the next `size` bytes are. */
  #draw(size: number): number {
    if (this.#used + size > this.#pool.length) {
      this.#pool = this.#source(POOL_SIZE);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += size;
    return at;
  }
}

/** {@link RandomPool.bytes} of a pool of its own. */
export function pooledRandom(source: Random): Random {
  const pool = new RandomPool(source);
  return (size) => pool.bytes(size);
}
