import { HoldfastError } from "../errors.ts";
import type { CookieData } from "./cookie.ts";

/** RFC 9110 5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII and blanks except `;`: no CR or LF can reach the header (ASVS 4.2.4). */
const ATTRIBUTE = /^[ -:<-~]*$/;
const DOMAIN = /^\.?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;

const PRIORITIES: Readonly<Record<string, string>> = { low: "Low", medium: "Medium", high: "High" };
const SAME_SITE: Readonly<Record<string, string>> = { lax: "Lax", strict: "Strict", none: "None" };

/**
 * A `Set-Cookie` header. Unlike the core's own, its attributes may be weaker than what a session should have.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION`
 */
export function serializeCookie(name: string, value: string, data: CookieData): string {
  const { domain, path, expires, httpOnly, secure, partitioned, priority, sameSite } = data;
  if (!TOKEN.test(name)) throw invalid("argument name is invalid");
  let header = `${name}=${encodeURIComponent(value)}`;
  if (domain) header += `; Domain=${checked("domain", domain, DOMAIN)}`;
  if (path) header += `; Path=${checked("path", path, ATTRIBUTE)}`;
  if (expires) header += `; Expires=${dateOf(expires)}`;
  if (httpOnly) header += "; HttpOnly";
  if (secure) header += "; Secure";
  if (partitioned) header += "; Partitioned";
  if (priority) header += `; Priority=${word("priority", priority, PRIORITIES)}`;
  if (sameSite)
    header += `; SameSite=${sameSite === true ? "Strict" : word("sameSite", sameSite, SAME_SITE)}`;
  return header;
}

function dateOf(expires: unknown): string {
  if (!(expires instanceof Date) || Number.isNaN(expires.valueOf()))
    throw invalid("option expires is invalid");
  return expires.toUTCString();
}

function checked(name: string, value: unknown, pattern: RegExp): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw invalid(`option ${name} is invalid`);
}

function word(name: string, value: unknown, words: Readonly<Record<string, string>>): string {
  const key = typeof value === "string" ? value.toLowerCase() : "";
  const found = Object.hasOwn(words, key) ? words[key] : undefined;
  if (found === undefined) throw invalid(`option ${name} is invalid`);
  return found;
}

function invalid(message: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_COOKIE_OPTION", message);
}
