/**
 * Sessions of iron-session: all of the data in one cookie, sealed.
 *
 * @module
 */
import { hash } from "node:crypto";
import { decodeCookieValue } from "../cookie/decode-value.ts";
import { scanCookies } from "../cookie/scan.ts";
import type { LegacyScope } from "../session/legacy.ts";
import { LONGEST_COOKIE } from "./cookie-value.ts";
import { genuineSeal, type IronSeal } from "./iron-seal.ts";
import { type LegacyCredential, type LegacySource, MOST_LEGACY_COOKIES } from "./legacy-source.ts";

/** What the source is made from, checked. */
export interface IronSessionSettings {
  readonly name: string;
  /** By their ids. */
  readonly passwords: ReadonlyMap<string, string>;
  readonly scope: LegacyScope;
}

export function ironSessionSource({ name, passwords, scope }: IronSessionSettings): LegacySource {
  return {
    from: "iron-session",
    cookieNames: [name],
    scope,
    server: undefined,
    find(header) {
      // An empty one is what signing out leaves.
      const values = scanCookies(header, name, MOST_LEGACY_COOKIES).filter((value) => value !== "");
      if (values.length === 0) return undefined;
      const credentials = new Map<string, LegacyCredential>();
      for (const value of values) {
        if (value.length > LONGEST_COOKIE) continue;
        const seal = genuineSeal(decodeCookieValue(value), passwords);
        if (seal !== undefined) credentials.set(seal.sealed, credentialOf(seal, scope));
      }
      return [...credentials.values()];
    },
  };
}

function credentialOf(seal: IronSeal, scope: LegacyScope): LegacyCredential {
  const { sealed, expiresAt } = seal;
  return {
    id: hash("sha256", sealed, "base64url"),
    load(now) {
      if (expiresAt !== undefined && expiresAt <= now) return null;
      const data = seal.open();
      return data && { data, expiresAt, scope };
    },
  };
}
