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
export function pooledRandom(source: Random): Random {
  let pool: Buffer = Buffer.alloc(0);
  let used = 0;
  return (size) => {
    if (size > POOL_SIZE / 4) return source(size);
    if (used + size > pool.length) {
      pool = source(POOL_SIZE);
      used = 0;
    }
    const bytes = Buffer.from(pool.subarray(used, used + size));
    pool.fill(0, used, used + size);
    used += size;
    return bytes;
  };
}
