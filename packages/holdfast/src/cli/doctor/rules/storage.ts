/**
 * What sessions are stored for, and where.
 *
 * @module
 */
import type { Setup } from "../setup.ts";
import { child, isMember, keyOf, text } from "../syntax/node.ts";
import { possible, type Value } from "../syntax/value.ts";
import { left, maybe, type SetupRule, STORE_LIBRARIES, storeOption } from "./setup-rule.ts";

export const STORAGE_RULES: readonly SetupRule[] = [
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

/** The packages whose memory ends with the process: what a session library exports, or a module of its own gives. */
const MEMORY_STORE = /^(?:express-session|holdfast\/compat|@fastify\/session)(?<own>\/session\/memory)?$/;

function isMemoryStore(store: Value, { program }: Setup): boolean {
  if (store.kind !== "made") return false;
  const origin = program.names.originOf(store.by);
  if (origin !== undefined) {
    const found = MEMORY_STORE.exec(origin.module);
    return found !== null && (origin.name === "MemoryStore" || found.groups?.own !== undefined);
  }
  // `new session.MemoryStore()`, where the import itself is the function.
  return (
    isMember(store.by) &&
    keyOf(store.by) === "MemoryStore" &&
    text(child(store.by, "object"), "name") === "session"
  );
}
