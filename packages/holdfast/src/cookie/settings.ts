/**
 * From the `cookie` option to what the rest of Holdfast works with. Impossible and unsafe combinations end here,
 * when the app starts.
 *
 * @module
 */

import { formatDuration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import {
  checkDomain,
  checkPath,
  checkPriority,
  checkSameSite,
  type Priority,
  type SameSite,
} from "./attributes.ts";
import { cookieNames } from "./name.ts";
import type { CookieOptions } from "./options.ts";

/** Who gets the session over plain HTTP: nobody, this machine's own browser, or everybody. */
export type HttpPolicy = "never" | "local-development" | "insecure";

/** The session cookie, resolved. */
export interface CookieSettings {
  /** Name over HTTPS, with its prefix. */
  readonly secureName: string;
  /** Name over plain HTTP, without prefix. */
  readonly plainName: string;
  readonly path: string;
  readonly domain: string | undefined;
  readonly sameSite: SameSite;
  /** Milliseconds, at most the absolute limit and 400 days; `undefined`: gone when the browser closes. */
  readonly maxAge: number | undefined;
  readonly partitioned: boolean;
  readonly priority: Priority | undefined;
  readonly http: HttpPolicy;
}

/** What the cookie depends on besides its own options. */
export interface CookieContext {
  /** The absolute limit, in milliseconds. */
  readonly absolute: number;
  /**
   * True if the app chose the absolute limit, by number or by profile; then a longer cookie is a contradiction and not
   * just cut.
   */
  readonly absoluteGiven: boolean;
  readonly production: boolean;
}

/** RFC 6265bis 5.5: browsers keep no cookie longer. 400 days, in milliseconds. */
export const LONGEST_MAX_AGE: number = 34_560_000_000;

const KNOWN: readonly (keyof CookieOptions)[] = [
  "path",
  "domain",
  "httpOnly",
  "secure",
  "sameSite",
  "maxAge",
  "partitioned",
  "priority",
  "insecureAllowHttp",
];

/** Options of other libraries, and why they are not options here. */
const REFUSED: Readonly<Record<string, string>> = {
  expires: "Use `cookie.maxAge`: a fixed date would be in the past once the app has run long enough.",
  signed: "The session id is always signed, with the keys made from `secret`.",
  encode: "The session id needs no encoding: it consists of URL-safe characters.",
  overwrite: "A reply never carries two session cookies: the last one stands.",
};

/**
 * Resolves `name` and `cookie` of `session()`.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_COOKIE_NAME`, `ERR_HOLDFAST_COOKIE_OPTION`,
 *   `ERR_HOLDFAST_COOKIE_INSECURE`, `ERR_HOLDFAST_DURATION`
 */
export function resolveCookie(
  input: { readonly name?: string | undefined; readonly cookie?: CookieOptions | undefined },
  context: CookieContext,
): CookieSettings {
  const given = ownOptions(input.cookie);
  const path = checkPath(given.path);
  const domain = checkDomain(given.domain);
  const names = cookieNames(input.name ?? "session", domain === undefined && path === "/");
  checkHttpOnly(given.httpOnly);
  const http = httpPolicy(
    given.secure,
    flag(given.insecureAllowHttp, "insecureAllowHttp"),
    context.production,
  );
  const sameSite = checkSameSite(given.sameSite);
  const partitioned = flag(given.partitioned, "partitioned");
  if (http !== "never" && (sameSite === "None" || partitioned)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_INSECURE",
      `Browsers take a cookie with \`${partitioned ? "partitioned: true" : 'sameSite: "none"'}\` only over HTTPS. ` +
        "Set `cookie.secure: true` and remove `cookie.insecureAllowHttp`.",
    );
  }
  const maxAge = checkMaxAge(given.maxAge, context);
  const priority = checkPriority(given.priority);
  return Object.freeze({ ...names, path, domain, sameSite, maxAge, partitioned, priority, http });
}

/** Only what was written down counts, so that a polluted `Object.prototype` cannot switch a protection off. */
function ownOptions(cookie: unknown): Readonly<Partial<Record<keyof CookieOptions, unknown>>> {
  const own: Partial<Record<keyof CookieOptions, unknown>> = Object.create(null);
  if (cookie === undefined) return own;
  if (typeof cookie !== "object" || cookie === null || Array.isArray(cookie)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      "`cookie` must be an object of options. It is checked once, at start, so it cannot be a function of the request; " +
        '`cookie.secure: "auto"` is what such functions are mostly written for.',
    );
  }
  for (const [option, value] of Object.entries(cookie)) {
    const known = KNOWN.find((name) => name === option);
    if (known !== undefined) own[known] = value;
    else if (value !== undefined && value !== null) throw unknownOption(option);
  }
  return own;
}

function unknownOption(option: string): HoldfastError {
  const why = Object.hasOwn(REFUSED, option) ? REFUSED[option] : undefined;
  if (why !== undefined) {
    return new HoldfastError("ERR_HOLDFAST_COOKIE_OPTION", `\`cookie.${option}\` is not an option. ${why}`);
  }
  const meant = KNOWN.find((name) => name.toLowerCase() === option.toLowerCase());
  const advice = meant === undefined ? `The options are: ${KNOWN.join(", ")}.` : `Write \`cookie.${meant}\`.`;
  return new HoldfastError("ERR_HOLDFAST_OPTION_UNKNOWN", `\`cookie.${option}\` is not an option. ${advice}`);
}

function checkHttpOnly(httpOnly: unknown): void {
  if (httpOnly === undefined || httpOnly === true) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_COOKIE_INSECURE",
    "`cookie.httpOnly` is always true: a script that can read the session cookie can steal the session. " +
      "Give scripts what they need through an endpoint of your own.",
  );
}

function httpPolicy(secure: unknown, insecureAllowHttp: boolean, production: boolean): HttpPolicy {
  if (secure !== undefined && typeof secure !== "boolean" && secure !== "auto") {
    throw new HoldfastError("ERR_HOLDFAST_COOKIE_OPTION", '`cookie.secure` must be true, false or "auto".');
  }
  if (insecureAllowHttp) {
    if (secure !== true) return "insecure";
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      "`cookie.secure: true` and `cookie.insecureAllowHttp: true` contradict each other. Remove one of them.",
    );
  }
  if (secure === undefined || secure === true) return "never";
  if (!production) return "local-development";
  if (secure === "auto") return "never";
  throw new HoldfastError(
    "ERR_HOLDFAST_COOKIE_INSECURE",
    "`cookie.secure: false` would send sessions over plain HTTP in production, where anyone on the network can take " +
      "them. Remove it and serve the app over HTTPS (behind a proxy that ends TLS, set Express's `trust proxy`), " +
      "or accept the risk with `cookie.insecureAllowHttp: true`.",
  );
}

function flag(value: unknown, option: string): boolean {
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  throw new HoldfastError("ERR_HOLDFAST_COOKIE_OPTION", `\`cookie.${option}\` must be true or false.`);
}

function checkMaxAge(value: unknown, { absolute, absoluteGiven }: CookieContext): number | undefined {
  if (value === undefined || value === null) return undefined;
  const maxAge = parseDuration(value, "cookie.maxAge");
  if (maxAge > LONGEST_MAX_AGE) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      '`cookie.maxAge` must not be longer than 400 days ("400d"): browsers keep no cookie longer.',
    );
  }
  if (maxAge > absolute && absoluteGiven) {
    throw new HoldfastError(
      "ERR_HOLDFAST_COOKIE_OPTION",
      `\`cookie.maxAge\` is longer than \`absolute\` (${formatDuration(absolute)}), so the cookie would outlive the ` +
        "session. Shorten `cookie.maxAge` or lengthen `absolute`.",
    );
  }
  return Math.min(maxAge, absolute);
}
