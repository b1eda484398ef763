/**
 * express-session 1.19's API, options, cookies and records, on Holdfast's reply hooks and cryptography.
 *
 * Not all promises of the main API hold here: the store has ids and data as they are (P2), weak secrets are taken (P7),
 * a sign-in does not change the id by itself (P6), there is no absolute limit (P5), ends and parallel writes are kept
 * within one process (P3, P4), a failed save is an error only with `strict` (P8), `req.sessionID` is the whole secret
 * (P9), and no request is checked for coming from another site. docs/guide/compat.md has the details.
 *
 * @example
 * ```ts
 * import session from "holdfast/compat"; // was: "express-session"
 * app.use(session({ secret: "keyboard cat", resave: false, saveUninitialized: false }));
 * ```
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { Cookie, type CookieOptions as CookieOptionsType, type Cookie as CookieType } from "./cookie.ts";
import { MemoryStore, type MemoryStore as MemoryStoreType } from "./memory.ts";
import { session as create } from "./middleware.ts";
import type { SessionOptions as SessionOptionsType } from "./options.ts";
import { Session, type Session as SessionType } from "./session-object.ts";
import { Store, type Store as StoreType } from "./store.ts";
import type { SessionData as SessionDataType } from "./types.ts";
import "./augment.ts";

/** The middleware's maker, with the classes attached, as `require("holdfast/compat")` returns it. */
export const session: typeof create & {
  session: typeof create;
  default: typeof create;
  Store: typeof Store;
  MemoryStore: typeof MemoryStore;
  Session: typeof Session;
  Cookie: typeof Cookie;
  HoldfastError: typeof HoldfastError;
} = Object.assign(create, {
  session: create,
  default: create,
  Store,
  MemoryStore,
  Session,
  Cookie,
  HoldfastError,
});

/** The types under the names that they have in express-session: `session.Store`, `session.SessionData`. */
export declare namespace session {
  type Cookie = CookieType;
  type CookieOptions = CookieOptionsType;
  type MemoryStore = MemoryStoreType;
  type Session = SessionType;
  type SessionData = SessionDataType;
  type SessionOptions = SessionOptionsType;
  type Store = StoreType;
}

export default session;

export type { CookieData, CookieOptions } from "./cookie.ts";
export type { SessionMiddleware } from "./middleware.ts";
export type { SessionOptions } from "./options.ts";
export type { CompatSecret } from "./signature.ts";
export type { CompatStore, ManySessions, SessionData, SessionRequest, StoredSession } from "./types.ts";
export { Cookie, HoldfastError, MemoryStore, Session, Store, session as "module.exports" };
