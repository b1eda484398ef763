/**
 * The options of {@link session}: each with its default and why, checked once at start.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import type { CookieOptions } from "../cookie/options.ts";
import type { Random } from "../crypto/random.ts";
import type { Duration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import type { PolicyOptions } from "../session/policy.ts";
import type { Store } from "../store/contract.ts";

/** Options of {@link session}. All but `secret` have safe defaults. */
export interface SessionOptions extends PolicyOptions {
  /**
   * What the deployment's keys are made from: at least 32 random bytes as text (`npx holdfast keygen`), or several, newest
   * first: the first signs, the others are still accepted, and their cookies are re-signed as they come by. Taking one
   * away ends the sessions that depend on it alone. Without one, production refuses to start; elsewhere a key file is
   * made in `.holdfast/`.
   */
  secret?: string | readonly string[] | undefined;
  /**
   * Where sessions are kept. Default: a `MemoryStore`, which is bounded, and gone when the process ends: for
   * production pass a store that is not, such as `SqliteStore`.
   */
  store?: Store<unknown> | undefined;
  /** Name of the cookie. Default `"session"`; over HTTPS it gets the `__Host-` prefix (RFC 6265bis 4.1.3.2). */
  name?: string | undefined;
  cookie?: CookieOptions | undefined;
  /**
   * The app's own origins, such as `"https://example.com"`, for browsers without Fetch Metadata and for sister sites that
   * may send forms here. Default: the request's `Host`.
   */
  origin?: string | readonly string[] | undefined;
  /**
   * True switches off the check that unsafe requests with a session come from the app's own pages. Then every other site
   * can act in its visitors' names, unless the app defends itself (CSRF). Default false.
   */
  insecureAllowCrossSite?: boolean | undefined;
  /**
   * On bare `node:http` behind a proxy that ends TLS: true trusts its `X-Forwarded-Proto`. Everybody can send that header, so
   * the proxy must replace it. Default: not trusted; under Express its `trust proxy` setting decides.
   */
  proxy?: boolean | undefined;
  /**
   * True sends `Clear-Site-Data: "cookies", "storage"` when a session is ended by its user (OWASP). Default false: it
   * empties the whole registrable domain, sister apps included.
   */
  clearSiteData?: boolean | undefined;
  /** False for requests that do not keep a session alive, such as polling. Default: every request does. */
  isActivity?: ((req: IncomingMessage) => boolean) | undefined;
  /**
   * What `req.session = null` does: `"destroy"` (default) ends the session, `"keep"` only drops this request's
   * changes (the default of express-session).
   */
  unset?: "destroy" | "keep" | undefined;
  /** Longest that a store which answers with promises may take for one operation. Default `"3s"`; then the request fails with 503. A store that answers at once cannot be interrupted. */
  storeTimeout?: Duration | undefined;
  /** Told of what an operator should know; each thing once. Default: `process.emitWarning`. */
  onWarning?: ((message: string) => void) | undefined;
  /** Where the time comes from. Default: the system's clock. */
  clock?: Clock | undefined;
  /** Where random bytes come from. Default: `node:crypto`. */
  random?: Random | undefined;
  /**
   * Accepted from express-session's options, with nothing left to do: a session is written when it has changed, and only
   * then.
   */
  resave?: boolean | undefined;
  /** Accepted from express-session's options, with nothing left to do: an empty session is never stored. */
  saveUninitialized?: boolean | undefined;
}

const KNOWN: ReadonlySet<string> = new Set([
  "secret",
  "store",
  "name",
  "cookie",
  "origin",
  "insecureAllowCrossSite",
  "proxy",
  "clearSiteData",
  "isActivity",
  "rolling",
  "unset",
  "storeTimeout",
  "onWarning",
  "clock",
  "random",
  "resave",
  "saveUninitialized",
  "idle",
  "absolute",
  "anonymousIdle",
  "keep",
  "identify",
  "maxBytes",
  "onSuperseded",
] satisfies (keyof SessionOptions)[]);

const INSTEAD: Readonly<Record<string, string>> = {
  genid: "Ids are always 256 random bits, signed; leave `genid` out.",
  key: "Use `name`.",
  maxAge: "Use `idle` and `absolute` for the session's life, `cookie.maxAge` for the cookie's.",
  ttl: "Use `idle` and `absolute`.",
  secure: "Use `cookie.secure`.",
  httpOnly: "The cookie is always HttpOnly.",
  sameSite: "Use `cookie.sameSite`.",
  secrets: "Use `secret`, which takes a list, newest first.",
  keys: "Use `secret`, which takes a list, newest first.",
};

const SAMPLES: Readonly<Partial<Record<keyof SessionOptions, readonly [type: string, sample: string]>>> = {
  insecureAllowCrossSite: ["boolean", "false"],
  proxy: ["boolean", "true"],
  clearSiteData: ["boolean", "true"],
  rolling: ["boolean", "true"],
  resave: ["boolean", "false"],
  saveUninitialized: ["boolean", "false"],
  isActivity: ["function", '(req) => req.url !== "/poll"'],
  onWarning: ["function", "(message) => log.warn(message)"],
  random: ["function", "crypto.randomBytes"],
};

/**
 * Names and types of options; their values are checked where they are used.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_STORE_OPTION`
 */
export function checkOptions(given: unknown): SessionOptions {
  if (given !== undefined && (!isObject(given) || Array.isArray(given))) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "session() takes an object of options, such as { secret }.",
    );
  }
  // Only what was written down counts, so that a polluted `Object.prototype` cannot switch a protection off.
  const options: Record<string, unknown> = Object.assign(Object.create(null), given);
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) {
      const instead = Object.hasOwn(INSTEAD, name)
        ? INSTEAD[name]
        : "Is it misspelt? See the options in the reference.";
      throw new HoldfastError(
        "ERR_HOLDFAST_OPTION_UNKNOWN",
        `session() has no option \`${name}\`. ${instead}`,
      );
    }
  }
  for (const [name, [type, sample]] of Object.entries(SAMPLES)) {
    const value = options[name];
    if (value !== undefined && typeof value !== type) {
      throw new HoldfastError("ERR_HOLDFAST_OPTION", `\`${name}\` must be a ${type}, such as ${sample}.`);
    }
  }
  if (options.unset !== undefined && options.unset !== "destroy" && options.unset !== "keep") {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", '`unset` must be "destroy" or "keep".');
  }
  if (options.clock !== undefined && !hasMethods(options.clock, ["now"])) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "`clock` must have a method now() that returns milliseconds.",
    );
  }
  checkStore(options.store);
  return options;
}

const STORE_METHODS = [
  "read",
  "create",
  "update",
  "touch",
  "delete",
  "listUser",
  "deleteUser",
  "userGeneration",
  "countByKey",
  "prune",
  "close",
] as const satisfies readonly (keyof Store)[];

function checkStore(store: unknown): void {
  if (store === undefined) return;
  if (hasMethods(store, STORE_METHODS) && hasCapabilities(store)) return;
  if (hasMethods(store, ["get", "set", "destroy"])) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_OPTION",
      "This is a store for express-session: it cannot keep Holdfast's promises. Use SqliteStore of holdfast/store/sqlite.",
    );
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_OPTION",
    '`store` must be a Holdfast store, such as new SqliteStore("data/sessions.db").',
  );
}

function hasCapabilities(store: object): boolean {
  if (!("capabilities" in store) || !isObject(store.capabilities)) return false;
  const { location, sync } = store.capabilities;
  return (location === "process" || location === "shared") && typeof sync === "boolean";
}

/** The app's own origins, as browsers write them. @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function originsOf(origin: unknown): ReadonlySet<string> {
  if (origin === undefined) return new Set();
  const list: readonly unknown[] = Array.isArray(origin) ? origin : [origin];
  // An empty list would silently mean the request's `Host`.
  return new Set(list.length === 0 ? [checkOrigin("")] : list.map(checkOrigin));
}

function checkOrigin(origin: unknown): string {
  if (typeof origin === "string" && URL.canParse(origin)) {
    const url = new URL(origin);
    const http = url.protocol === "https:" || url.protocol === "http:";
    const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
    if (http && bare && !url.hostname.includes("*")) return url.origin;
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    '`origin` must be the scheme and host that browsers show, such as "https://example.com", or a list of them, ' +
      "without path or `*`.",
  );
}

function hasMethods<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, () => unknown> {
  return isObject(value) && names.every((name) => typeof value[name] === "function");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
