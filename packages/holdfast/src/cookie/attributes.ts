/**
 * Checks of the single cookie attributes that go into the `Set-Cookie` header as text.
 *
 * @module
 */

import { isIP } from "node:net";
import { HoldfastError } from "../errors.ts";

/** `SameSite` as it is written in the header. */
export type SameSite = "Lax" | "Strict" | "None";

/** `Priority` as it is written in the header. */
export type Priority = "Low" | "Medium" | "High";

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Visible ASCII except `;`: no control character and no CR or LF can reach the header (ASVS 4.2.4). */
const PATH = /^\/[!-:<-~]*$/;

/** RFC 6265bis 5.6: browsers ignore an attribute with a longer value. */
export const LONGEST_VALUE = 1024;

/** @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION` */
export function checkPath(path: unknown): string {
  if (path === undefined || path === null) return "/";
  if (typeof path !== "string" || !PATH.test(path) || path.length > LONGEST_VALUE) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      '`cookie.path` must begin with "/" and hold only visible ASCII characters without ";", at most 1024. ' +
        "Percent-encode others, as browsers do in a URL.",
    );
  }
  return path;
}

/**
 * The domain in lower case and without a leading dot, which browsers ignore (RFC 6265bis 5.6.3).
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION`
 */
export function checkDomain(domain: unknown): string | undefined {
  if (domain === undefined || domain === null) return undefined;
  const name = typeof domain === "string" ? domain.toLowerCase().replace(/^\./, "") : "";
  if (name.length > 253 || !name.split(".").every((label) => LABEL.test(label))) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      '`cookie.domain` must be a domain such as "example.com", without scheme, port or path; ' +
        "write an international name in its `xn--` form. Leave it out to keep the session on one host.",
    );
  }
  if (isIP(name) !== 0 || (!name.includes(".") && name !== "localhost")) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      "`cookie.domain` cannot be an IP address or a top-level domain: browsers refuse such a cookie. Leave it out.",
    );
  }
  return name;
}

/**
 * `SameSite` for the header, always explicit (ASVS 3.3.2).
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION`
 */
export function checkSameSite(sameSite: unknown): SameSite {
  if (sameSite === undefined) return "Lax";
  if (sameSite === true) return "Strict";
  switch (typeof sameSite === "string" ? sameSite.toLowerCase() : sameSite) {
    case "lax":
      return "Lax";
    case "strict":
      return "Strict";
    case "none":
      return "None";
    default:
      throw new HoldfastError(
        "ERR_HOLDFAST_COOKIE_OPTION",
        '`cookie.sameSite` must be "lax" (the default), "strict" or "none". It is always sent, because browsers ' +
          'differ in what they assume: write "none" if the cookie must travel with requests from other sites.',
      );
  }
}

/** @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION` */
export function checkPriority(priority: unknown): Priority | undefined {
  switch (typeof priority === "string" ? priority.toLowerCase() : priority) {
    case undefined:
      return undefined;
    case "low":
      return "Low";
    case "medium":
      return "Medium";
    case "high":
      return "High";
    default:
      throw new HoldfastError(
        "ERR_HOLDFAST_COOKIE_OPTION",
        '`cookie.priority` must be "low", "medium" or "high".',
      );
  }
}
