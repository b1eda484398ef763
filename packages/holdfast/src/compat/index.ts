/**
 * express-session's API, options and wire format, on Holdfast's foundations. Docs: docs/guide/compat.md.
 *
 * @module
 */
import { Cookie } from "./cookie.ts";
import { MemoryStore } from "./memory.ts";
import { session as create } from "./middleware.ts";
import { Session } from "./session-object.ts";
import { Store } from "./store.ts";

/** The middleware's maker, with the classes attached, as `require("holdfast/compat")` returns it. */
export const session: typeof create & {
  session: typeof create;
  default: typeof create;
  Store: typeof Store;
  MemoryStore: typeof MemoryStore;
  Session: typeof Session;
  Cookie: typeof Cookie;
} = Object.assign(create, { session: create, default: create, Store, MemoryStore, Session, Cookie });

export default session;

export type { CookieData, CookieOptions, StoredCookie } from "./cookie.ts";
export type { SessionMiddleware } from "./middleware.ts";
export type { SessionOptions } from "./options.ts";
export type { CompatSecret } from "./signature.ts";
export type { CompatStore, SessionRecord, SessionRequest } from "./types.ts";
export { Cookie, MemoryStore, Session, Store, session as "module.exports" };
