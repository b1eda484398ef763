/**
 * The option `migrate` of {@link session}, and its checks at start.
 *
 * @module
 */
import { hasMethods } from "../has-methods.ts";
import type { ForeignStore } from "../store/express-session/foreign-store.ts";
import { checkName, checkNames, type MigrationBase, refused, secretsOf, untilOf } from "./common-options.ts";
import {
  type CookieSessionMigration,
  cookieSessionSettings,
  type IronSessionMigration,
  ironSessionSettings,
} from "./cookie-options.ts";

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
export type MigrateOptions = ExpressSessionMigration | CookieSessionMigration | IronSessionMigration;

/** The part that all kinds have in common, checked. */
export interface MigrationSettings {
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly keepLegacy: boolean;
}

const SOURCES = ["express-session", "cookie-session", "iron-session"] as const;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` */
export function checkMigrate(given: MigrateOptions): MigrationSettings {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refused('`migrate` must be an object, such as { from: "express-session", secrets, store, until }.');
  }
  switch (given.from) {
    case "express-session":
      return checkExpressSession(given);
    case "cookie-session":
      return inCookies(cookieSessionSettings(given).secrets, given.until);
    case "iron-session":
      return inCookies([...ironSessionSettings(given).passwords.values()], given.until);
    default:
      throw refused(`\`migrate.from\` must be ${SOURCES.map((name) => `"${name}"`).join(" or ")}.`);
  }
}

function checkExpressSession(given: ExpressSessionMigration): MigrationSettings {
  checkNames(given, ["from", "secrets", "until", "name", "store", "keepLegacy"]);
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

/** What a cookie is all of cannot be kept in step with what has moved. */
function inCookies(secrets: readonly string[], until: unknown): MigrationSettings {
  return { secrets, until: untilOf(until), keepLegacy: false };
}
