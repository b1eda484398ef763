/**
 * Writes the session cookie: the one place where its `Set-Cookie` header is made.
 *
 * @module
 */

import { trimmed } from "./scan.ts";
import { type CookieSettings, LONGEST_MAX_AGE } from "./settings.ts";

/** The last second with a four-digit year, in milliseconds since 1970. */
const LAST_DATE = 253_402_300_799_000;

const PAST = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

/** What is the same in every session cookie of one transport. */
interface Fixed {
  readonly name: string;
  /** `; Path=…; Domain=…`: what stands before the dates. */
  readonly scope: string;
  /** `; HttpOnly; Secure; SameSite=…`: what stands after them. */
  readonly rest: string;
}

/** Makes the `Set-Cookie` headers of one session cookie. Deletion repeats every attribute (RFC 6265bis 4.1.2). */
export class SessionCookie {
  readonly #https: Fixed;
  readonly #http: Fixed;

  constructor(settings: CookieSettings) {
    this.#https = fixed(settings, true);
    this.#http = fixed(settings, false);
  }

  /** The cookie's name over HTTPS (`secure`) or plain HTTP. */
  nameFor(secure: boolean): string {
    return secure ? this.#https.name : this.#http.name;
  }

  /**
   * A `Set-Cookie` header that gives the session.
   *
   * @param value - the session id; it must consist of cookie octets (RFC 6265bis 4.1.1), which is not checked here
   * @param secure - the request came over HTTPS; `Secure` is left out only when it did not
   * @param maxAgeMs - how long the browser keeps it, in milliseconds; rounded down to seconds, at least one, at most
   *   400 days. Without it the cookie goes when the browser closes
   * @param nowMs - the time now, for `Expires`; without it only `Max-Age` is sent
   */
  set(value: string, secure: boolean, maxAgeMs?: number, nowMs?: number): string {
    const { name, scope, rest } = secure ? this.#https : this.#http;
    return `${name}=${value}${scope}${maxAgeMs === undefined ? "" : dates(maxAgeMs, nowMs)}${rest}`;
  }

  /** A `Set-Cookie` header that deletes the cookie. */
  clear(secure: boolean): string {
    const { name, scope, rest } = secure ? this.#https : this.#http;
    return `${name}=${scope}${PAST}${rest}`;
  }
}

/**
 * The `Set-Cookie` list of a reply with this session cookie in it: after whatever is there, and in place of an
 * earlier cookie of the same name (a reply carries a name once, RFC 6265bis 4.1.1).
 *
 * @param existing - `res.getHeader("set-cookie")`
 * @param header - the new header, from {@link SessionCookie}
 * @param name - the cookie's name in `header`
 */
export function withSessionCookie(
  existing: number | string | readonly string[] | undefined,
  header: string,
  name: string,
): string[] {
  if (existing === undefined) return [header];
  const list = typeof existing === "object" ? existing : [String(existing)];
  return [...list.filter((cookie) => nameIn(cookie) !== name), header];
}

/** A cookie's name as a browser reads it: up to the first `=`, without the blanks around it. */
function nameIn(cookie: string): string {
  const equals = cookie.indexOf("=");
  return equals === -1 ? "" : trimmed(cookie, 0, equals);
}

function fixed(settings: CookieSettings, secure: boolean): Fixed {
  const { path, domain, sameSite, partitioned, priority, http } = settings;
  // In local development the host is localhost, for which no Domain but its own is accepted.
  const shared = domain !== undefined && (secure || http === "insecure");
  return {
    name: secure ? settings.secureName : settings.plainName,
    scope: `; Path=${path}${shared ? `; Domain=${domain}` : ""}`,
    rest:
      `; HttpOnly${secure ? "; Secure" : ""}; SameSite=${sameSite}` +
      `${partitioned ? "; Partitioned" : ""}${priority === undefined ? "" : `; Priority=${priority}`}`,
  };
}

function dates(maxAgeMs: number, nowMs: number | undefined): string {
  const seconds = Math.max(1, Math.floor(Math.min(maxAgeMs, LONGEST_MAX_AGE) / 1000));
  const maxAge = `; Max-Age=${seconds}`;
  if (nowMs === undefined) return maxAge;
  return `${maxAge}; Expires=${new Date(Math.min(nowMs + seconds * 1000, LAST_DATE)).toUTCString()}`;
}
