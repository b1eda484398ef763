import { decodeCookieValue } from "../../../cookie/decode-value.ts";
import { looksLikeSessionId } from "../../../crypto/session-id.ts";
import type { LibraryName } from "../libraries.ts";
import type { SetCookie } from "./set-cookie.ts";

/** What the form of a cookie's value tells of who made it. */
export interface Maker {
  readonly library: LibraryName | undefined;
  readonly what: string;
  /** How its app comes to Holdfast: a section of docs/migrate.md, or that there is nothing to do. */
  readonly migration: string;
}

const SIGNATURE = "[A-Za-z0-9+/_-]{42,44}=?=?";

/**
 * Who has made the cookie. Only the form is looked at; nothing of the value is kept.
 *
 * @param all - every cookie of the reply: cookie-session's signature is in a cookie of its own
 */
export function recognise(cookie: SetCookie, all: readonly SetCookie[]): Maker | undefined {
  const value = decodeCookieValue(cookie.value);
  if (looksLikeSessionId(value))
    return { library: "holdfast", what: "Holdfast's", migration: "none is needed" };
  if (new RegExp(`^s:[^.]+\\.${SIGNATURE}$`).test(value)) {
    return {
      library: "express-session",
      what: "express-session's: a signed id (or holdfast/compat's, which are the same)",
      migration: 'docs/migrate.md, "From express-session"',
    };
  }
  if (value.startsWith("Fe26.2*")) {
    return {
      library: "iron-session",
      what: "iron-session's: the session itself, sealed",
      migration: 'docs/migrate.md, "From iron-session"',
    };
  }
  if (isJson(value) && all.some(({ name }) => name === `${cookie.name}.sig`)) {
    return {
      library: "cookie-session",
      what: "cookie-session's: the session itself, signed, and legible to everybody who has it",
      migration: 'docs/migrate.md, "From cookie-session"',
    };
  }
  if (/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/.test(value)) {
    return {
      library: undefined,
      what: "a JSON Web Token: signed claims that nobody can take back before they expire",
      migration: "none: sign its users in once more",
    };
  }
  if (new RegExp(`^[\\w-]{32}\\.${SIGNATURE}$`).test(value)) {
    return {
      library: "@fastify/session",
      what: "@fastify/session's: a signed id",
      migration: 'docs/migrate.md, "From @fastify/session"',
    };
  }
  return undefined;
}

function isJson(value: string): boolean {
  return /^ey[JA][\w+/-]*=*$/.test(value);
}
