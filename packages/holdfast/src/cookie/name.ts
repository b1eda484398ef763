/**
 * Rules for the name of the session cookie.
 *
 * A browser takes a cookie whose name begins with `__Host-` only over HTTPS, for this host alone and with
 * `Path=/`, so nobody on a sibling domain or on plain HTTP can plant one (RFC 6265bis 4.1.3, ASVS 3.3.1 and 3.3.3).
 *
 * @module
 */

import { HoldfastError } from "../errors.ts";

/** Longest first: `__Host-Http-` begins with `__Host-`. */
export const PREFIXES = ["__Host-Http-", "__Host-", "__Secure-", "__Http-"] as const;

export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Name and value together (RFC 6265bis 5.6), less the 160 octets that are kept for a session's value. */
const LONGEST_NAME = 4096 - 160;

/** The names of one session cookie. */
export interface CookieNames {
  /** Over HTTPS: with a prefix. */
  readonly secureName: string;
  /** Over plain HTTP, where that is allowed at all: browsers refuse a prefix there. */
  readonly plainName: string;
}

/**
 * The names of the session cookie.
 *
 * @param name - as configured: `sid` gets the strictest prefix that fits, `__Secure-sid` is kept
 * @param hostOnly - the cookie has no `Domain` and its path is `/`, so that `__Host-` fits
 * @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_NAME`, or `ERR_HOLDFAST_COOKIE_OPTION` for a `__Host-` name that
 *   `domain` or `path` makes impossible
 */
export function cookieNames(name: unknown, hostOnly: boolean): CookieNames {
  if (typeof name !== "string" || !TOKEN.test(name)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_NAME",
      "`name` must be a cookie name: letters, digits, `-`, `_` and `.`, without spaces, `;`, `=` or quotes.",
    );
  }
  if (name.length > LONGEST_NAME) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_NAME",
      `\`name\` is too long: at most ${LONGEST_NAME} characters.`,
    );
  }
  const prefix = prefixOf(name);
  if (prefix === undefined)
    return { secureName: `${hostOnly ? "__Host-" : "__Secure-"}${name}`, plainName: name };
  if (prefix.startsWith("__Host-") && !hostOnly) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      `Browsers refuse a cookie named \`${prefix}…\` that has a \`domain\` or a \`path\` other than "/". ` +
        "Remove `cookie.domain` and `cookie.path`, or name the cookie `__Secure-…`.",
    );
  }
  return { secureName: name, plainName: name.slice(prefix.length) };
}

/** Browsers ignore the case of a prefix when they enforce it; here it must be exact, once, and not be all there is. */
function prefixOf(name: string): string | undefined {
  const prefix = prefixIn(name);
  if (prefix === undefined) return undefined;
  const rest = name.slice(prefix.length);
  if (!name.startsWith(prefix) || rest === "" || prefixIn(rest) !== undefined) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_NAME",
      "`name` has a misspelt, doubled or bare prefix. Leave the prefix out (`sid`): the right one is put in front.",
    );
  }
  return prefix;
}

function prefixIn(name: string): string | undefined {
  const lower = name.toLowerCase();
  return PREFIXES.find((prefix) => lower.startsWith(prefix.toLowerCase()));
}
