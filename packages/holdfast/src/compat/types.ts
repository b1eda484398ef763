/**
 * What a store for express-session is, and what its middleware leaves on a request.
 *
 * @module
 */
import type { Callback } from "./callback.ts";
import type { CookieData } from "./cookie.ts";

/** A session as stores keep it: its data, and its cookie. */
export interface SessionRecord {
  cookie: { [Name in keyof CookieData]?: CookieData[Name] | string | null };
}

/** A store made for express-session: what the middleware needs of it. */
export interface CompatStore {
  get(sid: string, callback: (error?: unknown, session?: SessionRecord | null) => void): unknown;
  set(sid: string, session: SessionRecord, callback?: Callback): unknown;
  destroy(sid: string, callback?: Callback): unknown;
  /** Where it is missing, sessions are kept from expiring by `resave`. */
  touch?(sid: string, session: SessionRecord, callback?: Callback): unknown;
  /** For `"disconnect"` and `"connect"`. */
  on(event: string, listener: () => void): unknown;
  /** Set by the middleware: begins a session on a request. */
  generate?: ((req: never) => void) | undefined;
  regenerate?(req: never, callback: Callback): unknown;
}

/** The part of a request that a session knows. */
export interface SessionRequest {
  sessionID: string;
  sessionStore: CompatStore;
  session?: unknown;
}
