/**
 * The checks of {@link SessionOptions} at start.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type { Store } from "../store/contract.ts";
import { CookieStore } from "../store/cookie.ts";
import type { SessionOptions } from "./options.ts";

// Spelt out as a record, so that an option added to the type is missed here by the compiler.
const KNOWN: Readonly<Record<keyof SessionOptions, true>> = {
  secret: true,
  store: true,
  name: true,
  cookie: true,
  origin: true,
  insecureAllowCrossSite: true,
  proxy: true,
  clearSiteData: true,
  isActivity: true,
  rolling: true,
  unset: true,
  storeTimeout: true,
  onWarning: true,
  clock: true,
  random: true,
  resave: true,
  saveUninitialized: true,
  profile: true,
  idle: true,
  absolute: true,
  anonymousIdle: true,
  renew: true,
  renewGrace: true,
  onReplay: true,
  keep: true,
  identify: true,
  maxBytes: true,
  onSuperseded: true,
  maxSessions: true,
  onLimit: true,
  onIdle: true,
  clientAddress: true,
  onForged: true,
  onRisk: true,
  onStoreError: true,
  overload: true,
  migrate: true,
  sockets: true,
  deviceBound: true,
  crossOrigin: true,
};

/** The names of all options. */
export const optionNames: ReadonlySet<string> = new Set(Object.keys(KNOWN));

const INSTEAD: Readonly<Record<string, string>> = {
  genid: "Ids are always 256 random bits, signed; leave `genid` out, or see docs/guide/compat.md.",
  key: "Use `name`.",
  strict: "It belongs to holdfast/compat; here a failed save is always an error.",
  maxAge: "Use `idle` and `absolute` for the session's life, `cookie.maxAge` for the cookie's.",
  ttl: "Use `idle` and `absolute`.",
  secure: "Use `cookie.secure`.",
  httpOnly: "The cookie is always HttpOnly.",
  sameSite: "Use `cookie.sameSite`.",
  secrets: "Use `secret`, which takes a list, newest first.",
  keys: "Use `secret`, which takes a list, newest first, or a provider of holdfast/keys.",
};

const SAMPLES: Readonly<Partial<Record<keyof SessionOptions, readonly [type: string, sample: string]>>> = {
  insecureAllowCrossSite: ["boolean", "false"],
  proxy: ["boolean", "true"],
  clearSiteData: ["boolean", "true"],
  rolling: ["boolean", "true"],
  resave: ["boolean", "false"],
  saveUninitialized: ["boolean", "false"],
  isActivity: ["function", '(req) => req.url !== "/poll"'],
  onRisk: ["function", '(risk) => (risk.changes.includes("system") ? "reauthenticate" : "notify")'],
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
    if (!Object.hasOwn(KNOWN, name)) {
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
  "deleteAll",
  "userGeneration",
  "countByKey",
  "deleteByKey",
  "readValue",
  "writeValue",
  "scan",
  "prune",
  "close",
] as const satisfies readonly (keyof Store)[];

function checkStore(store: unknown): void {
  if (store === undefined) return;
  if (hasMethods(store, STORE_METHODS) && hasCapabilities(store)) return;
  if (hasMethods(store, ["get", "set", "destroy"])) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_OPTION",
      "This is a store for express-session. Wrap it, new ExpressSessionStore(store) of holdfast/store/express-session, or use " +
        "SqliteStore of holdfast/store/sqlite. As it is it goes with holdfast/compat: docs/guide/compat.md.",
    );
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_OPTION",
    '`store` must be a Holdfast store, such as new SqliteStore("data/sessions.db").',
  );
}

function hasCapabilities(store: object): boolean {
  if (!("capabilities" in store) || !isObject(store.capabilities)) return false;
  const { location, sync, lacks } = store.capabilities;
  const isKnown = location === "process" || location === "shared" || store instanceof CookieStore;
  return isKnown && typeof sync === "boolean" && Array.isArray(lacks);
}

/** What browser extensions have for a scheme. */
const EXTENSION = /^(?:chrome|moz|safari-web)-extension:$/;

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
    const isRoot = url.pathname === "/" || (!http && url.pathname === "");
    const bare = isRoot && url.search === "" && url.hash === "" && url.username === "";
    if (bare && !url.hostname.includes("*")) {
      if (http) return url.origin;
      // `url.origin` is "null" for these.
      if (EXTENSION.test(url.protocol) && url.host !== "") return `${url.protocol}//${url.host}`;
    }
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
