/**
 * The option `migrate` for software that keeps its sessions in cookies, and its checks at start.
 *
 * @module
 */
import { checkDomain, checkPath } from "../cookie/attributes.ts";
import { HoldfastError } from "../errors.ts";
import type { LegacyScope } from "../session/legacy.ts";
import { checkName, checkNames, type MigrationBase, refused, secretsOf } from "./common-options.ts";
import type { CookieSessionSettings, KeygripAlgorithm } from "./cookie-session.ts";
import type { IronSessionSettings } from "./iron-session.ts";
import { DEFAULT_SCOPE } from "./legacy-scope.ts";

/** What both have in common. */
interface CookieMigration {
  /**
   * Where the old app sets its cookie, as it was told there: without the same a browser does not delete it. Default: path
   * `/`, no domain.
   */
  readonly cookie?:
    | {
        readonly path?: string | undefined;
        readonly domain?: string | undefined;
        readonly partitioned?: boolean | undefined;
      }
    | undefined;
}

/**
 * Taking over the sessions of cookie-session, version 1 or 2. Those that are not signed (`signed: false`) cannot be: anybody
 * can make one.
 */
export interface CookieSessionMigration extends MigrationBase, CookieMigration {
  readonly from: "cookie-session";
  /** The name of its cookie. Default `"session"`, as there. */
  readonly name?: string | undefined;
  /** The hash of its keygrip, if its `keys` were one that was given another. Default `"sha1"`, as there. */
  readonly algorithm?: KeygripAlgorithm | undefined;
}

/** Taking over the sessions of iron-session, up to version 8. */
export interface IronSessionMigration extends Omit<MigrationBase, "secrets">, CookieMigration {
  readonly from: "iron-session";
  /** The name of its cookie (`cookieName`); it has no default there either. */
  readonly name: string;
  /** Its `password`: one, or several by their ids, as there: `{ 2: "new…", 1: "old…" }`. */
  readonly secrets: string | Readonly<Record<string, string>>;
}

const ALGORITHMS: readonly unknown[] = ["sha1", "sha256", "sha384", "sha512"];
const COMMON = ["from", "secrets", "until", "name", "cookie"] as const;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` */
export function cookieSessionSettings(given: CookieSessionMigration): CookieSessionSettings {
  checkNames(given, [...COMMON, "algorithm"]);
  checkName(given.name);
  const { name = "session", algorithm = "sha1" } = given;
  if (!ALGORITHMS.includes(algorithm)) {
    throw refused('`migrate.algorithm` must be "sha1", "sha256", "sha384" or "sha512".');
  }
  return { name, algorithm, secrets: secretsOf(given.secrets), scope: scopeIn(given.cookie) };
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` */
export function ironSessionSettings(given: IronSessionMigration): IronSessionSettings {
  checkNames(given, COMMON);
  const { name, secrets, cookie } = given;
  checkName(name ?? null);
  return { name, passwords: passwordsIn(secrets), scope: scopeIn(cookie) };
}

function passwordsIn(secrets: unknown): ReadonlyMap<string, string> {
  const byId: unknown = typeof secrets === "string" ? { 1: secrets } : secrets;
  if (typeof byId === "object" && byId !== null && !Array.isArray(byId)) {
    const entries: [string, unknown][] = Object.entries(byId);
    const passwords = entries.flatMap(([id, password]): [string, string][] =>
      typeof password === "string" && password !== "" ? [[id, password]] : [],
    );
    if (passwords.length > 0 && passwords.length === entries.length) return new Map(passwords);
  }
  throw refused(
    '`migrate.secrets` must be the password of iron-session, or its passwords by id: { 2: "…", 1: "…" }.',
  );
}

function scopeIn(cookie: unknown): LegacyScope {
  if (cookie === undefined) return DEFAULT_SCOPE;
  if (typeof cookie !== "object" || cookie === null) {
    throw refused("`migrate.cookie` must be an object with `path`, `domain` or `partitioned`.");
  }
  const known = ["path", "domain", "partitioned"];
  const unknown = Object.keys(cookie).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const message = `\`migrate.cookie\` has no option \`${unknown}\`. It has: ${known.join(", ")}.`;
    throw refused(message, "ERR_HOLDFAST_OPTION_UNKNOWN");
  }
  const { path, domain, partitioned }: { path?: unknown; domain?: unknown; partitioned?: unknown } = cookie;
  if (partitioned !== undefined && typeof partitioned !== "boolean") {
    throw refused("`migrate.cookie.partitioned` must be true or false.");
  }
  try {
    return { path: checkPath(path), domain: checkDomain(domain), partitioned };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw refused(error.message.replace("`cookie.", "`migrate.cookie."));
  }
}
