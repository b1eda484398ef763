/**
 * CSRF tokens: proof that a form was made for whoever sends it (NIST SP 800-63B-4 5.1; OWASP CSRF Prevention, signed
 * double submit).
 *
 * A token is `key id . nonce . MAC`, and the MAC is over the nonce and whom the token is for. Every token has a nonce
 * of its own, so no two renderings of a page share a secret that compression could give away (BREACH). It stays good
 * while its key is accepted, so rotating keys does not spoil open forms.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import type { Random } from "../crypto/random.ts";
import type { KeyRing } from "../keys/key-ring.ts";

const TOKEN = /^([\w-]{4})\.([\w-]{22})\.([\w-]{43})$/;

/** @param binding - whom it is for */
export function makeCsrfToken(keys: KeyRing, random: Random, binding: string): string {
  const key = keys.newest;
  const nonce = random(16).toString("base64url");
  return `${key.id}.${nonce}.${key.csrfMac(binding, nonce)}`;
}

/** True if this deployment made the token for this binding. In constant time, as far as the MAC goes. */
export function isCsrfToken(keys: KeyRing, binding: string, text: string): boolean {
  const [, keyId = "", nonce = "", mac = ""] = TOKEN.exec(text) ?? [];
  const key = keyId === "" ? undefined : keys.get(keyId);
  if (key === undefined) return false;
  // As text: base64url has several spellings of the same bytes, and only ours is valid.
  return timingSafeEqual(Buffer.from(key.csrfMac(binding, nonce), "latin1"), Buffer.from(mac, "latin1"));
}
