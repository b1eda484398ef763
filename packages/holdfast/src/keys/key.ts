/**
 * One server key and everything derived from it. Each purpose has a key of its own (HKDF, RFC 5869), so a value
 * made for one purpose is worthless for another (ASVS 11.3).
 *
 * @module
 */
import { hkdfSync } from "node:crypto";
import { Hmac } from "../crypto/hmac.ts";

const SALT = "holdfast/1";

/** Key material for one purpose. */
export function derive(secret: string | Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha512", secret, SALT, `holdfast/1 ${purpose}`, length));
}

/** The HMAC of one purpose; `secret` has at least 32 bytes, and its strength is checked before it comes here. */
export function hmacFor(secret: string | Uint8Array, purpose: string): Hmac {
  return new Hmac(derive(secret, purpose, 32));
}

/** The name of the key made from this secret: the same in every process, and nothing of the secret. */
export function keyIdOf(secret: string | Uint8Array): string {
  return derive(secret, "key id", 3).toString("base64url");
}

export class Key {
  /** Public: 4 characters of base64url, derived, so that every process gives the same key the same name. */
  readonly id: string;
  readonly #macs: Hmac;
  readonly #wrappingKeys: Hmac;
  readonly #nextSecrets: Hmac;
  readonly #headers: Hmac;
  readonly #carried: Hmac;
  readonly #users: Hmac;
  readonly #events: Hmac;
  readonly #legacySecrets: Hmac;
  readonly #boundCookies: Hmac;
  readonly #bindings: Hmac;
  readonly #csrfTokens: Hmac;

  /** @param secret - at least 32 bytes; its strength is checked before it comes here */
  constructor(secret: string | Uint8Array) {
    this.id = keyIdOf(secret);
    this.#macs = hmacFor(secret, "session id macs");
    this.#wrappingKeys = hmacFor(secret, "data key wrapping");
    this.#nextSecrets = hmacFor(secret, "next secrets");
    this.#headers = hmacFor(secret, "record headers");
    this.#carried = hmacFor(secret, "carried records");
    this.#users = hmacFor(secret, "user index");
    this.#events = hmacFor(secret, "event correlation");
    this.#legacySecrets = hmacFor(secret, "legacy secrets");
    this.#boundCookies = hmacFor(secret, "bound cookies");
    this.#bindings = hmacFor(secret, "binding names");
    this.#csrfTokens = hmacFor(secret, "csrf tokens");
  }

  /** The MAC of a session id: 43 characters of base64url, the id's last part. */
  macOf(handle: string, secret: string): string {
    return this.macOfPair(`${handle}.${secret}`);
  }

  /** @param pair - handle and secret as they stand in the id, with the point between them */
  macOfPair(pair: string): string {
    return this.#macs.text(pair);
  }

  /** 32 bytes that wrap a session's data key; they depend on the client's secret and never leave the server. */
  wrappingKey(handle: string, secret: string): Buffer {
    return this.#wrappingKeys.bytes(`${handle}.${secret}`);
  }

  /**
   * The secret that follows a session's present one, 43 characters of base64url: nobody can tell it who has not both
   * this key and the present one.
   */
  nextSecret(handle: string, secret: string): string {
    return this.#nextSecrets.text(`${handle}.${secret}`);
  }

  /**
   * The first secret of a session that came over from other software, for whoever presents its legacy credential: every
   * process finds the same one, and nobody without both this key and the credential.
   */
  legacySecret(handle: string, credential: string): string {
    return this.#legacySecrets.text(`${handle}.${credential}`);
  }

  /** The MAC of a bound cookie: 43 characters of base64url. */
  boundCookieMac(text: string): string {
    return this.#boundCookies.text(text);
  }

  /** The MAC of a device binding's name: 43 characters of base64url. */
  bindingMac(text: string): string {
    return this.#bindings.text(text);
  }

  /**
   * The MAC of a CSRF token, 43 characters of base64url.
   *
   * @param binding - whom the token was made for
   * @param nonce - another one for each token
   */
  csrfMac(binding: string, nonce: string): string {
    return this.#csrfTokens.text(`${binding}.${nonce}`);
  }

  /** The key of one session's record header. */
  headerKey(handle: string): Buffer {
    return this.#headers.bytes(handle);
  }

  /** The key of a session that its client carries. */
  carriedKey(handle: string): Buffer {
    return this.#carried.bytes(handle);
  }

  /** The name under which a store indexes a user: it cannot be turned back or guessed without the key. */
  userHash(user: string): string {
    return this.#users.text(user);
  }

  /** A short name for a session in events and logs that is neither its handle nor its id (ASVS 16.2.5). */
  correlate(handle: string): string {
    return this.#events.text(handle).slice(0, 16);
  }
}
