/**
 * What a legacy cookie can be: how long, and signed how.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { isSameText } from "../crypto/same-text.ts";

/** Longer ones no browser keeps (RFC 6265bis 5.6). */
export const LONGEST_COOKIE = 4096;

/**
 * The text in `text.mac`, where the MAC is the base64 of HMAC-SHA-256 without padding, under any of the secrets, as
 * `cookie-signature` makes it; `undefined` if it is under none. Compares in constant time.
 */
export function unsign(signed: string, secrets: readonly string[]): string | undefined {
  const dot = signed.lastIndexOf(".");
  if (dot < 1) return undefined;
  const text = signed.slice(0, dot);
  const given = signed.slice(dot + 1);
  let genuine = false;
  // All of them, so that the time does not tell which one it was.
  for (const secret of secrets) {
    const mac = createHmac("sha256", secret).update(text, "utf8").digest("base64").replace(/=+$/, "");
    if (isSameText(mac, given)) genuine = true;
  }
  return genuine ? text : undefined;
}
