/**
 * The signatures of `s:<id>.<signature>` cookies: HMAC-SHA-256 in base64 without padding.
 *
 * @module
 */
import { createHash, KeyObject } from "node:crypto";
import { Hmac } from "../crypto/hmac.ts";
import { isSameText } from "../crypto/same-text.ts";
import { HoldfastError } from "../errors.ts";

/** What signs a cookie. Unlike in the core, weak ones are taken as they are. */
export type CompatSecret = string | NodeJS.ArrayBufferView | KeyObject;

/** An id whose signature is genuine. */
export interface SignedId {
  readonly id: string;
  /** True if it was signed with a secret that is not the newest. */
  readonly outdated: boolean;
}

export class CookieSigner {
  readonly #macs: readonly Hmac[];
  readonly #newest: Hmac;

  /**
   * @param secrets - newest first
   * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for a list that is empty, or holds what is no secret
   */
  constructor(secrets: readonly unknown[]) {
    const macs = secrets.map(macOf);
    const [newest] = macs;
    if (newest === undefined) {
      throw new HoldfastError("ERR_HOLDFAST_OPTION", "secret option array must contain one or more strings");
    }
    this.#macs = macs;
    this.#newest = newest;
  }

  /** The cookie's value, not yet percent-encoded. */
  sign(id: string): string {
    return `s:${id}.${signatureOf(id, this.#newest)}`;
  }

  /** The id of a cookie's value, if its signature is genuine. */
  verify(value: string): SignedId | undefined {
    const dot = value.lastIndexOf(".");
    if (!value.startsWith("s:") || dot <= 2) return undefined;
    const id = value.slice(2, dot);
    const given = value.slice(dot + 1);
    for (const mac of this.#macs) {
      if (isSameText(signatureOf(id, mac), given)) return { id, outdated: mac !== this.#newest };
    }
    return undefined;
  }
}

function signatureOf(id: string, mac: Hmac): string {
  return mac.text(id).replaceAll("-", "+").replaceAll("_", "/");
}

const BLOCK = 64;

function macOf(secret: unknown): Hmac {
  const key = bytesOf(secret);
  // RFC 2104 section 2: a longer key counts as its hash.
  return new Hmac(key.length > BLOCK ? createHash("sha256").update(key).digest() : key);
}

function bytesOf(secret: unknown): Uint8Array {
  if (typeof secret === "string") return Buffer.from(secret, "utf8");
  if (ArrayBuffer.isView(secret)) return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
  if (secret instanceof KeyObject && secret.type === "secret") return secret.export();
  throw new HoldfastError("ERR_HOLDFAST_OPTION", "`secret` must be a string or a Buffer, or a list of them.");
}
