/**
 * The option `migrate` of {@link session}, and its checks at start.
 *
 * @module
 */
import { HoldfastError, type HoldfastErrorCode } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";
import type { ForeignStore } from "../store/express-session/foreign-store.ts";

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

/** Taking over the sessions of an express-session app. */
export interface ExpressSessionMigration extends MigrationBase {
  readonly from: "express-session";
  /** The name of its cookie. Default `"connect.sid"`, as there. */
  readonly name?: string | undefined;
  /** Its store: made as the old app makes it, with the same prefix or table. It is closed by whoever made it. */
  readonly store: ForeignStore;
  /**
   * True keeps the legacy record and cookie of a session that has moved for as long as it lives, for a way back or while
   * old and new processes run side by side: whoever is signed out on one side is on the other. Data is not kept the same
   * after the move. Costs a read of the legacy store with each request whose session has moved. Default false: both are
   * deleted at the move.
   */
  readonly keepLegacy?: boolean | undefined;
}

/** Which sessions to take over, until when. See docs/migrate.md. */
export type MigrateOptions = ExpressSessionMigration;

/** The part that all kinds have in common, checked. */
export interface MigrationSettings {
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly keepLegacy: boolean;
}

const SOURCES = ["express-session"] as const;
const COMMON = ["from", "secrets", "until"] as const;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` */
export function checkMigrate(given: MigrateOptions): MigrationSettings {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refused('`migrate` must be an object, such as { from: "express-session", secrets, store, until }.');
  }
  if (!SOURCES.includes(given.from)) {
    throw refused(`\`migrate.from\` must be ${SOURCES.map((name) => `"${name}"`).join(" or ")}.`);
  }
  checkNames(given, [...COMMON, "name", "store", "keepLegacy"]);
  checkName(given.name);
  if (!hasMethods(given.store, "get", "set", "destroy")) {
    throw refused(
      "`migrate.store` must be the store that the express-session app uses, with get, set and destroy.",
    );
  }
  if (given.keepLegacy !== undefined && typeof given.keepLegacy !== "boolean") {
    throw refused("`migrate.keepLegacy` must be true or false.");
  }
  return {
    secrets: secretsOf(given.secrets),
    until: untilOf(given.until),
    keepLegacy: given.keepLegacy ?? false,
  };
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

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function checkName(name: unknown): void {
  if (name === undefined || (typeof name === "string" && TOKEN.test(name) && name.length <= 1024)) return;
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
