/**
 * How long sessions live, what they are stored for, and where.
 *
 * @module
 */
import type { Setup } from "../setup.ts";
import { child, isMember, keyOf, text } from "../syntax/node.ts";
import { possible, propertyOf, type Value } from "../syntax/value.ts";
import {
  attribute,
  COOKIE_LIBRARIES,
  left,
  maybe,
  numbers,
  type SetupRule,
  type Sight,
  STORE_LIBRARIES,
} from "./setup-rule.ts";

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

/** RFC 6265bis 5.5. */
const LONGEST = 400 * DAY;

/** NIST SP 800-63B-4 2.1.3: the longest that any of its levels lets a session live. */
const LONG = 30 * DAY;

export const LIFE_RULES: readonly SetupRule[] = [
  {
    id: "max-age-units",
    level: "warning",
    row: "COOK-05",
    source: "OWASP Session Management",
    why: "The cookie is gone before its user can do anything with it; the number was probably meant in another unit.",
    libraries: ["express-session", "holdfast/compat", "cookie-session", "@fastify/session"],
    look: (setup) => {
      const maxAge = setup.cookie("maxAge");
      const [short] = numbers(maxAge).filter((number) => number > 0 && number < 10 * SECOND);
      return short === undefined
        ? undefined
        : { at: setup.at(maxAge), what: `\`maxAge\` is ${short} milliseconds` };
    },
    instead: (library) => attribute(library, "maxAge: 60 * 60 * 1000"),
    holdfast: 'session({ cookie: { maxAge: "1h" } })',
  },
  {
    id: "max-age-long",
    level: "warning",
    row: "COOK-05",
    source: "NIST SP 800-63B-4 2.1.3, 5.1; RFC 6265bis 5.5",
    why: "A stolen or forgotten cookie opens the session for as long; browsers keep none for more than 400 days.",
    libraries: COOKIE_LIBRARIES,
    look: maxAgeLong,
    instead: (library) =>
      library.name === "iron-session"
        ? "ttl: 60 * 60 * 24"
        : attribute(library, "maxAge: 24 * 60 * 60 * 1000"),
    holdfast:
      'session({ idle: "30m", absolute: "12h" })  // and `remember` at sign-in, for those who ask for it',
  },
  {
    id: "max-age-missing",
    level: "note",
    row: "LIFE-04",
    source: "ASVS 7.3.1, 7.3.2",
    why: "No limit is written down: how long a session counts on the server is the store's default, if it has one.",
    libraries: STORE_LIBRARIES,
    look: (setup) => {
      const [maxAge, expires] = [setup.cookie("maxAge"), setup.cookie("expires")];
      const none = left(maxAge) || maybe(maxAge, null);
      if (!none || !left(expires)) return undefined;
      return ttlGiven(setup.option("store"), setup)
        ? undefined
        : { at: setup.at(maxAge), what: "neither `maxAge` nor the store's `ttl` is set" };
    },
    instead: (library) => attribute(library, "maxAge: 30 * 60 * 1000"),
    holdfast: 'session({ idle: "30m", absolute: "12h" })  // the defaults, kept by the server\'s clock',
  },
  {
    id: "expires-fixed",
    level: "warning",
    row: "COOK-05",
    source: "OWASP Session Management",
    why: "The date is made once, when the app starts: later on every new cookie is expired as it is set.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const expires = setup.cookie("expires");
      return possible(expires).some(({ kind }) => kind === "made")
        ? { at: setup.at(expires), what: "`expires` is a fixed date" }
        : undefined;
    },
    instead: (library) => attribute(library, "maxAge: 30 * 60 * 1000"),
    holdfast: 'session({ cookie: { maxAge: "30m" } })',
  },
  {
    id: "rolling-forever",
    level: "warning",
    row: "LIFE-05",
    source: "ASVS 7.3.2; NIST SP 800-63B-4 5.2",
    why: "Each reply starts the time anew and nothing ends the session as a whole: a stolen cookie is kept alive by using it.",
    libraries: ["express-session", "holdfast/compat"],
    look: (setup) => {
      const rolling = setup.option("rolling");
      return maybe(rolling, true)
        ? { at: setup.at(rolling), what: "`rolling` is true, and there is no absolute limit" }
        : undefined;
    },
    instead: () => "also a date in the session at sign-in, checked by a middleware of your own",
    holdfast: 'session({ idle: "30m", absolute: "12h" })',
  },
  {
    id: "save-uninitialized",
    level: "warning",
    row: "COOK-17",
    source: "GDPR and ePrivacy 5(3); OWASP Session Management",
    why: "Every visitor and every bot gets a cookie and a record in the store, before anybody has asked for one.",
    libraries: STORE_LIBRARIES,
    look: (setup) => {
      const given = setup.option("saveUninitialized");
      if (maybe(given, true)) return { at: setup.at(given), what: "`saveUninitialized` is true" };
      return left(given)
        ? { at: setup.at(given), what: "`saveUninitialized` is not set, which means true" }
        : undefined;
    },
    instead: () => "saveUninitialized: false",
    holdfast: "session({ … })  // an empty session is never stored",
  },
  {
    id: "resave",
    level: "warning",
    row: "STORE-03",
    source: "ASVS 15.4.1",
    why: "Each request writes back the whole session as it read it, over what parallel requests have written since.",
    libraries: ["express-session"],
    look: (setup) => {
      const given = setup.option("resave");
      if (maybe(given, true)) return { at: setup.at(given), what: "`resave` is true" };
      return left(given) ? { at: setup.at(given), what: "`resave` is not set, which means true" } : undefined;
    },
    instead: () => "resave: false",
    holdfast: "session({ … })  // writes what has changed, key by key",
  },
  {
    id: "memory-store",
    level: "warning",
    row: "STORE-07",
    source: "ASVS 14.2.4, 16.5.3",
    why: "Every restart logs everybody out, no other process sees a session, and the original one grows without bound.",
    libraries: STORE_LIBRARIES,
    look: (setup) => {
      const store = setup.option("store");
      if (left(store))
        return { at: setup.at(store), what: "no `store` is given, so production uses the MemoryStore" };
      return possible(store).some((one) => isMemoryStore(one, setup))
        ? { at: setup.at(store), what: "`store` is the library's own MemoryStore" }
        : undefined;
    },
    instead: () => "a store that lasts: connect-redis, connect-pg-simple and others",
    holdfast: 'session({ store: new SqliteStore("data/sessions.db") })  // or Redis, or PostgreSQL',
  },
  {
    id: "store-without-ttl",
    level: "warning",
    row: "LIFE-07",
    source: "NIST SP 800-63B-4 5.2; ASVS 7.3.1",
    why: "The store keeps sessions for ever, so none ever ends but by signing out.",
    libraries: STORE_LIBRARIES,
    look: (setup) => {
      const store = setup.option("store");
      const disabled = possible(store).some((one) => maybe(storeOption(one, "disableTTL", setup), true));
      return disabled ? { at: setup.at(store), what: "the store's `disableTTL` is true" } : undefined;
    },
    instead: () => "no `disableTTL`; set `ttl`, or `cookie.maxAge`",
    holdfast: "session({ store: new RedisStore(client) })  // each record says when it ends",
  },
  {
    id: "client-held",
    level: "note",
    row: "LIFE-10",
    source: "ASVS 7.4.1",
    why: "The session is in the cookie: signing out deletes that of this browser, and a copy of it goes on.",
    libraries: ["cookie-session", "iron-session"],
    look: (setup) => ({ at: setup.node, what: `${setup.library.name} cannot end a session on the server` }),
    instead: () => undefined,
    holdfast:
      'session({ store: new SqliteStore("data/sessions.db") })  // signOut, revoke and revokeUser end it everywhere',
  },
];

function maxAgeLong(setup: Setup): Sight | undefined {
  const { library } = setup;
  // iron-session's seal ends after `ttl`, and 0 means that it does not; the cookie follows it.
  const [name, value] =
    library.name === "iron-session" && !left(setup.option("ttl"))
      ? ["ttl", setup.option("ttl")]
      : ["maxAge", setup.cookie("maxAge")];
  const at = setup.at(value);
  const days = Math.max(0, ...numbers(value).map((number) => (number * library.maxAgeUnit) / DAY));
  if (name === "ttl" && maybe(value, 0)) return { at, what: "`ttl` is 0: the seal never expires" };
  if (days * DAY > LONGEST)
    return { at, what: `\`${name}\` is ${Math.round(days)} days, and browsers keep 400` };
  return days * DAY > LONG ? { at, what: `\`${name}\` is ${Math.round(days)} days` } : undefined;
}

/** Whether the store was told how long to keep sessions, or cannot be read. */
function ttlGiven(store: Value, setup: Setup): boolean {
  return possible(store).some((one) => {
    if (one.kind !== "made") return one.kind !== "absent" && one.kind !== "literal";
    return ["ttl", "ttlSeconds"].some((name) => storeOption(one, name, setup).kind !== "absent");
  });
}

/** An option that the store was made with. */
function storeOption(store: Value, name: string, { program }: Setup): Value {
  if (store.kind !== "made") return { kind: "absent" };
  const [options] = store.args;
  return options === undefined ? { kind: "absent" } : propertyOf(program.values.read(options), name);
}

function isMemoryStore(store: Value, { program }: Setup): boolean {
  if (store.kind !== "made") return false;
  const origin = program.names.originOf(store.by);
  if (origin !== undefined) return origin.name === "MemoryStore" && origin.module === "express-session";
  // `new session.MemoryStore()`, where the import itself is the function.
  return (
    isMember(store.by) &&
    keyOf(store.by) === "MemoryStore" &&
    text(child(store.by, "object"), "name") === "session"
  );
}
