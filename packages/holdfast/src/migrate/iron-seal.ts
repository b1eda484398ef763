/**
 * Seals of `@hapi/iron` and `iron-webcrypto`, as iron-session makes them:
 * `Fe26.2*<password id>*<salt>*<iv>*<data>*<expiration>*<MAC's salt>*<MAC>`.
 *
 * @module
 */
import { createDecipheriv, createHmac, pbkdf2Sync } from "node:crypto";
import { isSameText } from "../crypto/same-text.ts";
import { isObject, jsonObject } from "./json-object.ts";

const PREFIX = "Fe26.2";

/** How long a seal is good beyond its date, for clocks that differ: `timestampSkewSec` of the format's defaults. */
const SKEW_MS = 60_000;

/** A seal whose MAC is right. */
export interface IronSeal {
  /** All that the MAC covers: one seal has one, however its cookie was put. */
  readonly sealed: string;
  /** When it ends, the format's allowance included; milliseconds since 1970; `undefined`: never. */
  readonly expiresAt: number | undefined;
  /** What is in it; `null` if that is no object. */
  open(): Readonly<Record<string, unknown>> | null;
}

/**
 * The seal in a cookie's value; `undefined` if its MAC is not right. What it costs is the same for every cookie: one key
 * of one round, as the format says, and one MAC. Compares in constant time.
 *
 * @param passwords - by their ids
 */
export function genuineSeal(value: string, passwords: ReadonlyMap<string, string>): IronSeal | undefined {
  const [seal = "", version] = value.split("~", 2);
  const parts = seal.split("*", 9);
  if (parts.length !== 8) return undefined;
  const [prefix, id = "", salt = "", iv = "", data = "", expiration = "", macSalt = "", mac = ""] = parts;
  const password = passwords.get(id);
  if (prefix !== PREFIX || password === undefined || !/^\d{0,16}$/.test(expiration)) return undefined;
  const sealed = seal.slice(0, seal.length - macSalt.length - mac.length - 2);
  // As text, so that no two spellings of one MAC are right.
  const expected = createHmac("sha256", keyFrom(password, macSalt)).update(sealed).digest("base64url");
  if (!isSameText(expected, mac)) return undefined;
  return {
    sealed,
    expiresAt: expiration === "" ? undefined : Number(expiration) + SKEW_MS,
    open: () => ofVersion(version, decrypted(keyFrom(password, salt), iv, data)),
  };
}

/** The format's key: PBKDF2 with one round, since a password has 32 characters at least. */
function keyFrom(password: string, salt: string): Buffer {
  return pbkdf2Sync(password, salt, 1, 32, "sha1");
}

function decrypted(key: Buffer, iv: string, data: string): Readonly<Record<string, unknown>> | null {
  try {
    const decipher = createDecipheriv("aes-256-cbc", key, Buffer.from(iv, "base64url"));
    return jsonObject(Buffer.concat([decipher.update(data, "base64url"), decipher.final()]));
  } catch {
    // Whoever made this knew the password, and was no iron-session.
    return null;
  }
}

/**
 * A seal of iron-session 6 or later ends in `~2`; before, the data was `persistent` of what is sealed, beside `flash`. The
 * ending is not under the MAC: taken off a newer seal it must not turn the data into something else.
 */
function ofVersion(
  version: string | undefined,
  data: Readonly<Record<string, unknown>> | null,
): Readonly<Record<string, unknown>> | null {
  if (data === null || version === "2") return data;
  const isOlder = Object.keys(data).every((key) => key === "persistent" || key === "flash");
  const { persistent } = data;
  return isOlder && isObject(persistent) ? persistent : null;
}
