/**
 * What a store for express-session is, and what its middleware leaves on a request.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Callback } from "./callback.ts";
import type { StoredCookie } from "./cookie.ts";
import type { Session } from "./session-object.ts";

/** A session as stores keep it: its data, and its cookie, whose date is text where it has been JSON. */
export interface SessionRecord {
  cookie: StoredCookie;
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
