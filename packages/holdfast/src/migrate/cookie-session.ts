/**
 * Sessions of cookie-session: all of the data in one cookie, base64 of JSON, and its MAC in another, `<name>.sig`, as
 * keygrip makes it.
 *
 * @module
 */
import { createHmac, hash } from "node:crypto";
import { scanCookies } from "../cookie/scan.ts";
import { isSameText } from "../crypto/same-text.ts";
import type { LegacyScope } from "../session/legacy.ts";
import { LONGEST_COOKIE } from "./cookie-value.ts";
import { jsonObject } from "./json-object.ts";
import { type LegacyCredential, type LegacySource, MOST_LEGACY_COOKIES } from "./legacy-source.ts";

/** Keygrip's hashes; `"sha1"` unless it was told another. */
export type KeygripAlgorithm = "sha1" | "sha256" | "sha384" | "sha512";

/** What the source is made from, checked. */
export interface CookieSessionSettings {
  readonly name: string;
  readonly secrets: readonly string[];
  readonly algorithm: KeygripAlgorithm;
  readonly scope: LegacyScope;
}

export function cookieSessionSource(settings: CookieSessionSettings): LegacySource {
  const { name, scope } = settings;
  const signatureName = `${name}.sig`;
  return {
    from: "cookie-session",
    cookieNames: [name, signatureName],
    scope,
    server: undefined,
    // Nothing but the data is in a cookie: the same user on two devices may well have the same.
    isShared: true,
    find(header) {
      // An empty one is what signing out leaves.
      const values = scanCookies(header, name, MOST_LEGACY_COOKIES).filter((value) => value !== "");
      if (values.length === 0) return undefined;
      const signatures = scanCookies(header, signatureName, MOST_LEGACY_COOKIES).map(unquoted);
      const genuine = values.map(unquoted).filter((value) => isSigned(value, signatures, settings));
      return [...new Set(genuine)].map((value) => credentialOf(value, scope));
    },
  };
}

// The MAC covers every character of the value, so one session's value has one name.
function credentialOf(value: string, scope: LegacyScope): LegacyCredential {
  return {
    id: hash("sha256", value, "base64url"),
    load() {
      const data = jsonObject(Buffer.from(value, "base64"));
      return data && { data, expiresAt: undefined, scope };
    },
  };
}

/** As the `cookies` package reads a value; no percent-encoding. */
function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1) : value;
}

/** True if one of the signatures is the value's under one of the secrets. Compares in constant time. */
function isSigned(
  value: string,
  signatures: readonly string[],
  { name, secrets, algorithm }: CookieSessionSettings,
): boolean {
  if (value.length > LONGEST_COOKIE) return false;
  let genuine = false;
  // All of them, so that the time does not tell which one it was.
  for (const secret of secrets) {
    const mac = createHmac(algorithm, secret).update(`${name}=${value}`, "utf8").digest("base64url");
    for (const signature of signatures) if (isSameText(mac, signature)) genuine = true;
  }
  return genuine;
}
