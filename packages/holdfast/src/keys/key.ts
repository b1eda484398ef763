/**
 * One server key and everything derived from it. Each purpose has a key of its own (HKDF, RFC 5869), so a value
 * made for one purpose is worthless for another.
 *
 * @module
 */
import { createHmac, hkdfSync } from "node:crypto";

const SALT = "holdfast/1";

function derive(secret: string | Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha512", secret, SALT, `holdfast/1 ${purpose}`, length));
}

/** What the server can compute about a session id, and nobody else can. */
export interface IdProof {
  /** 43 characters of base64url; the id's last part. */
  readonly mac: string;
  /** 32 bytes that wrap the session's data key; never stored, never sent. */
  readonly wrappingKey: Buffer;
}

export class Key {
  /** Public: 4 characters of base64url, derived, so that every process gives the same key the same name. */
  readonly id: string;
  readonly #ids: Buffer;
  readonly #headers: Buffer;
  readonly #users: Buffer;
  readonly #events: Buffer;

  /** @param secret - at least 32 bytes; its strength is checked before it comes here */
  constructor(secret: string | Uint8Array) {
    this.id = derive(secret, "key id", 3).toString("base64url");
    this.#ids = derive(secret, "session ids", 64);
    this.#headers = derive(secret, "record headers", 32);
    this.#users = derive(secret, "user index", 32);
    this.#events = derive(secret, "event correlation", 32);
  }

  /** One HMAC-SHA-512, split: the first half is public in the cookie, the second half never leaves the server. */
  prove(handle: string, secret: string): IdProof {
    const output = createHmac("sha512", this.#ids).update(`${handle}.${secret}`).digest();
    return { mac: output.toString("base64url", 0, 32), wrappingKey: output.subarray(32) };
  }

  /** The key of one session's record header. */
  headerKey(handle: string): Buffer {
    return createHmac("sha256", this.#headers).update(handle).digest();
  }

  /** The name under which a store indexes a user: it cannot be turned back or guessed without the key. */
  userHash(user: string): string {
    return createHmac("sha256", this.#users).update(user).digest("base64url");
  }

  /** A short name for a session in events and logs that is neither its handle nor its id (ASVS 16.2.5). */
  correlate(handle: string): string {
    return createHmac("sha256", this.#events).update(handle).digest("base64url").slice(0, 16);
  }
}
