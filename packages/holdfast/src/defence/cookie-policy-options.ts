/**
 * The options of `cookiePolicy()`, and what becomes of them.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { SameSite } from "../cookie/attributes.ts";
import type { SameSiteOption } from "../cookie/options.ts";
import { LONGEST_MAX_AGE } from "../cookie/settings.ts";
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import { type CookieReport, cookieLog } from "./cookie-report.ts";
import type { CookieRule } from "./harden-cookie.ts";

/** What both the policy and an exception may say. */
interface CookieRuleOptions {
  /**
   * The least strict `SameSite` that is accepted; what is missing, misspelt or less strict gets this one. Default `"lax"`
   * (ASVS 3.3.2). `"none"` lets cookies travel with requests from other sites.
   */
  readonly sameSite?: SameSiteOption | undefined;
  /**
   * The longest life, of `Max-Age` and `Expires`. Default and most: 400 days, which is where browsers cut it
   * (RFC 6265bis 5.5). Cookies that end with the browser stay so.
   */
  readonly maxAge?: Duration | undefined;
  /**
   * Gives cookies with `SameSite=None` their own jar under each site that embeds this one (CHIPS). Default `false`.
   * Their deletion gets the attribute as well, without which it would miss them.
   */
  readonly partitioned?: boolean | undefined;
}

/** What holds for one cookie instead; what is left out is as for the others. */
export interface CookieException extends CookieRuleOptions {
  /** False: scripts may read this cookie, as a CSRF token or a theme must be. Default true (ASVS 3.3.4). */
  readonly httpOnly?: boolean | undefined;
  /** True: the cookie may travel over plain HTTP, where anybody on the way reads and replaces it. Default false. */
  readonly insecureAllowHttp?: boolean | undefined;
  /**
   * True: the value may hold spaces, quotes, commas, backslashes and octets beyond ASCII, and the name any of them, as
   * browsers accept them. Default false: RFC 6265bis 4.1.1. Control characters are never accepted.
   */
  readonly anyOctets?: boolean | undefined;
}

/** Options of `cookiePolicy()`. */
export interface CookiePolicyOptions extends CookieRuleOptions {
  /** Exceptions by the exact name of a cookie. Default: none. */
  readonly except?: Readonly<Record<string, CookieException>> | undefined;
  /** True: nothing is changed or refused, only reported. Default false. */
  readonly insecureReportOnly?: boolean | undefined;
  /**
   * Called for every cookie that is changed or refused, each time. Default: a warning of the process, once for each
   * different one; in production only for refused cookies and for a `SameSite=None` that is raised.
   */
  readonly onReport?: ((report: CookieReport) => void) | undefined;
  /** Where the time comes from, for `Expires`. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** The options, resolved. */
export interface CookiePolicySettings {
  readonly ruleFor: (name: string) => CookieRule;
  readonly reportOnly: boolean;
  readonly report: (report: CookieReport) => void;
  readonly clock: Clock;
  readonly production: boolean;
}

const OWNER = "cookiePolicy()";
const RULE: readonly string[] = ["sameSite", "maxAge", "partitioned"] satisfies (keyof CookieRuleOptions)[];
const POLICY = [...RULE, "except", "insecureReportOnly", "onReport", "clock"];
const EXCEPTION = [...RULE, "httpOnly", "insecureAllowHttp", "anyOctets"];

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION` */
export function resolveCookiePolicy(options: CookiePolicyOptions): CookiePolicySettings {
  checkOptionNames(OWNER, options, POLICY);
  const { except = {}, onReport, clock = systemClock } = options;
  const production = process.env.NODE_ENV === "production";
  if (onReport !== undefined && typeof onReport !== "function") throw wrong("onReport", "a function");
  const general = ruleOf("", options);
  if (typeof except !== "object" || except === null) throw wrong("except", "an object of exceptions by name");
  const rules = new Map(
    Object.entries(except).map(([name, exception]) => {
      checkOptionNames(`${OWNER}: \`except["${name}"]\``, exception, EXCEPTION);
      return [name, ruleOf(`except["${name}"].`, { ...options, ...withoutUndefined(exception) })];
    }),
  );
  return {
    ruleFor: (name) => rules.get(name) ?? general,
    reportOnly: flag("insecureReportOnly", options.insecureReportOnly, false),
    report: onReport ?? cookieLog(production),
    clock,
    production,
  };
}

function ruleOf(place: string, options: CookieRuleOptions & CookieException): CookieRule {
  const maxAge =
    options.maxAge === undefined ? LONGEST_MAX_AGE : parseDuration(options.maxAge, `${place}maxAge`);
  if (maxAge > LONGEST_MAX_AGE || maxAge < 1000)
    throw wrong(`${place}maxAge`, 'from one second to 400 days ("400d")');
  return {
    httpOnly: flag(`${place}httpOnly`, options.httpOnly, true),
    sameSite: sameSiteOf(`${place}sameSite`, options.sameSite),
    partitioned: flag(`${place}partitioned`, options.partitioned, false),
    maxAge,
    allowHttp: flag(`${place}insecureAllowHttp`, options.insecureAllowHttp, false),
    anyOctets: flag(`${place}anyOctets`, options.anyOctets, false),
  };
}

function sameSiteOf(place: string, value: unknown): SameSite {
  switch (typeof value === "string" ? value.toLowerCase() : value) {
    case undefined:
    case "lax":
      return "Lax";
    case "strict":
      return "Strict";
    case "none":
      return "None";
    default:
      throw wrong(place, '"lax", "strict" or "none"');
  }
}

function flag(place: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === "boolean") return value;
  throw wrong(place, "true or false");
}

function withoutUndefined(exception: CookieException): CookieException {
  return Object.fromEntries(Object.entries(exception).filter(([, value]) => value !== undefined));
}

function wrong(place: string, what: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", `${OWNER}: \`${place}\` must be ${what}.`);
}
