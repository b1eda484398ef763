/**
 * What a store for express-session is, and what its middleware leaves on a request.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Callback } from "./callback.ts";
import type { Cookie, CookieOptions } from "./cookie.ts";
import type { Session } from "./session-object.ts";

/**
 * A session as stores keep it: its data, and its cookie. Add your own keys:
 *
 * @example
 * ```ts
 * declare module "holdfast/compat" {
 *   interface SessionData { userId: string; visits: number }
 * }
 * ```
 */
export interface SessionData {
  /** Where it has been JSON, it is a plain object, and its date is text. */
  cookie: Cookie;
}

/** What `all` answers. */
export type ManySessions = SessionData[] | { [sid: string]: SessionData };

/** What is read of a stored session; the rest of it is data. */
export interface StoredSession {
  /** Where it has been JSON, its date is text. */
  cookie: CookieOptions;
}

/** A store made for express-session: what the middleware needs of it. */
export interface CompatStore {
  get(sid: string, callback: (error?: unknown, session?: StoredSession | null) => void): unknown;
  set(sid: string, session: StoredSession, callback?: Callback): unknown;
  destroy(sid: string, callback?: Callback): unknown;
  /** Where it is missing, sessions are kept from expiring by `resave`. */
  touch?(sid: string, session: StoredSession, callback?: Callback): unknown;
  /** For `"disconnect"` and `"connect"`. */
  on(event: string, listener: () => void): unknown;
  /** Set by the middleware: begins a session on a request. */
  generate?(req: object): void;
  regenerate?(req: object, callback: Callback): unknown;
}

/** The part of a request that a session knows. */
export interface SessionRequest {
  sessionID: string;
  sessionStore: CompatStore;
  session?: Session | null;
}

/** A request with a session. */
export type RequestWithSession = IncomingMessage & SessionRequest;
