/**
 * What the option `migrate` says whichever software the sessions come from, and how it is checked.
 *
 * @module
 */
import { HoldfastError, type HoldfastErrorCode } from "../errors.ts";

/** What a migration has to be told, whichever software the sessions come from. */
export interface MigrationBase {
  /**
   * What signed the legacy cookies: the old app's secret, or all that are still in use there. They are used for nothing
   * else, and may be weak: whoever knows one can make a legacy cookie until `until`.
   */
  readonly secrets: string | readonly string[];
  /**
   * Until when legacy cookies are looked at: a date, as text `"2027-03-01"` (UTC) or a `Date`. After it they are
   * nothing, and the option can go. As long as the longest legacy session lives. Do not put it off later: what guards
   * against old cookies is kept until the date that was given when a session moved.
   */
  readonly until: string | Date;
}

/** A misspelt option must not pass silently. */
export function checkNames(given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw refused(
    `\`migrate\` has no option \`${unknown}\`. It has: ${known.join(", ")}.`,
    "ERR_HOLDFAST_OPTION_UNKNOWN",
  );
}

/** More than a token: cookie-session's own default once was `express:sess`. Visible ASCII that ends no name in a header. */
const COOKIE_NAME = /^[!#-+\--:<>-~]+$/;

export function checkName(name: unknown): void {
  if (name === undefined || (typeof name === "string" && COOKIE_NAME.test(name) && name.length <= 1024))
    return;
  throw refused('`migrate.name` must be the name of the legacy cookie, such as "connect.sid".');
}

export function secretsOf(secrets: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets];
  if (list.length > 0 && list.every((secret) => typeof secret === "string" && secret !== "")) {
    return list.map(String);
  }
  throw refused("`migrate.secrets` must be the secret that signed the legacy cookies, or a list of them.");
}

// A time without its zone would be another one on each machine.
const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

export function untilOf(until: unknown): number {
  const isText = typeof until === "string" && ISO.test(until);
  const at = isText || until instanceof Date ? new Date(until).getTime() : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw refused(
    "`migrate.until` must be the date after which legacy cookies are nothing any more, such as " +
      '"2027-03-01" or a Date: when the longest legacy session has ended.',
  );
}

export function refused(message: string, code: HoldfastErrorCode = "ERR_HOLDFAST_OPTION"): HoldfastError {
  return new HoldfastError(code, `${message} See docs/migrate.md.`);
}
