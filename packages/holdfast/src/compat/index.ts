/**
 * express-session's API, options and wire format, on Holdfast's foundations. Docs: docs/guide/compat.md.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { Cookie } from "./cookie.ts";
import { MemoryStore } from "./memory.ts";
import { session as create } from "./middleware.ts";
import { Session } from "./session-object.ts";
import { Store } from "./store.ts";
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

export default session;

export type { CookieData, CookieOptions } from "./cookie.ts";
export type { SessionMiddleware } from "./middleware.ts";
export type { SessionOptions } from "./options.ts";
export type { CompatSecret } from "./signature.ts";
export type { CompatStore, ManySessions, SessionData, SessionRequest, StoredSession } from "./types.ts";
export { Cookie, HoldfastError, MemoryStore, Session, Store, session as "module.exports" };
