/**
 * HMAC-SHA-256 (RFC 2104) for many short messages under one key.
 *
 * `createHmac` spends most of its time making objects. Two one-shot hashes over prepared blocks give the same result in
 * about a third of the time; `createHmac` itself is the oracle in the tests, and takes the messages that are long.
 *
 * @module
 */
import { createHmac, hash } from "node:crypto";

const BLOCK = 64;
const DIGEST = 32;
/** Longest message of the fast path, in bytes. */
const SHORT = 256;

export class Hmac {
  readonly #key: Uint8Array;
  readonly #inner: Buffer = Buffer.alloc(BLOCK + SHORT);
  readonly #outer: Buffer = Buffer.alloc(BLOCK + DIGEST);
  /** The first bytes of `#inner`, by how long the message is. */
  readonly #views: Buffer[] = [];

  /** @param key - at most 64 bytes */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError("an HMAC key here has at most 64 bytes");
    this.#key = key;
    for (let i = 0; i < BLOCK; i++) {
      const byte = key[i] ?? 0;
      this.#inner[i] = byte ^ 0x36;
      this.#outer[i] = byte ^ 0x5c;
    }
  }

  /** The MAC of a text, as 43 characters of base64url. */
  text(message: string): string {
    return this.#isShort(message)
      ? hash("sha256", this.#outerBlocks(message), "base64url")
      : createHmac("sha256", this.#key).update(message, "utf8").digest("base64url");
  }

  /** The MAC of a text, as 32 bytes. */
  bytes(message: string): Buffer {
    return this.#isShort(message)
      ? hash("sha256", this.#outerBlocks(message), "buffer")
      : createHmac("sha256", this.#key).update(message, "utf8").digest();
  }

  // A character takes three bytes of UTF-8 at most.
  #isShort(message: string): boolean {
    return message.length * 3 <= SHORT;
  }

  #outerBlocks(message: string): Buffer {
    const length = this.#inner.write(message, BLOCK, "utf8");
    this.#views[length] ??= this.#inner.subarray(0, BLOCK + length);
    const inner = hash("sha256", this.#views[length], "binary");
    this.#outer.write(inner, BLOCK, "binary");
    return this.#outer;
  }
}
