/**
 * Values of legacy cookies, as the software that set them reads them.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Longer ones no browser keeps (RFC 6265bis 5.6). */
export const LONGEST_COOKIE = 4096;

/**
 * The value without quotes and percent-encoding, as the `cookie` package reads it; one that cannot be decoded is taken as
 * it is. `undefined` for what is too long for a cookie.
 */
export function decodeCookieValue(value: string): string | undefined {
  if (value.length > LONGEST_COOKIE) return undefined;
  const bare = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  if (!bare.includes("%")) return bare;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}

/**
 * The text in `text.mac`, where the MAC is the base64 of HMAC-SHA-256 without padding, under any of the secrets, as
 * `cookie-signature` makes it; `undefined` if it is under none. Compares in constant time.
 */
export function unsign(signed: string, secrets: readonly string[]): string | undefined {
  const dot = signed.lastIndexOf(".");
  if (dot < 1) return undefined;
  const text = signed.slice(0, dot);
  const given = Buffer.from(signed.slice(dot + 1), "utf8");
  let genuine = false;
  // All of them, so that the time does not tell which one it was.
  for (const secret of secrets) {
    const mac = createHmac("sha256", secret).update(text, "utf8").digest("base64").replace(/=+$/, "");
    const expected = Buffer.from(mac, "utf8");
    if (expected.length === given.length && timingSafeEqual(expected, given)) genuine = true;
  }
  return genuine ? text : undefined;
}
