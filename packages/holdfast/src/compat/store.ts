/**
 * The class that stores for express-session inherit from.
 *
 * ```ts
 * const Store = require("holdfast/compat/session/store");
 * ```
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { callable } from "./callable.ts";
import type { Callback } from "./callback.ts";
import { createSession, type Session } from "./session-object.ts";
import type { CompatStore, ManySessions, SessionData, StoredSession } from "./types.ts";

abstract class BaseStore extends EventEmitter implements CompatStore {
  abstract get(sid: string, callback: (error?: unknown, session?: SessionData | null) => void): unknown;
  abstract set(sid: string, session: SessionData, callback?: Callback): unknown;
  abstract destroy(sid: string, callback?: Callback): unknown;
  touch?(sid: string, session: SessionData, callback?: Callback): unknown;
  all?(callback: (error: unknown, sessions?: ManySessions | null) => void): unknown;
  length?(callback: (error: unknown, length?: number) => void): unknown;
  clear?(callback?: Callback): unknown;

  /** Set by the middleware: begins a session on a request. */
  declare generate: (req: object) => void;

  /** Ends a request's session and begins another. */
  regenerate(req: object, fn: Callback): unknown {
    // Whoever waits must hear of an async destroy() that is rejected.
    return this.destroy(Reflect.get(req, "sessionID"), (error) => {
      this.generate(req);
      fn(error);
    });
  }

  /** Reads a session outside of any request. */
  load(sid: string, fn: (error?: unknown, session?: Session) => void): void {
    this.get(sid, (error, record) => {
      if (error) fn(error);
      else if (!record) fn();
      else fn(null, this.createSession({ sessionID: sid, sessionStore: this }, record));
    });
  }

  /** Makes a request's session of what the store has. */
  createSession(req: object, record: StoredSession): Session {
    return createSession(req, record);
  }
}

/** May be extended, and called without `new` on an object that inherits from it. */
export const Store: typeof BaseStore & ((this: unknown) => void) = callable(BaseStore, (store) => {
  Reflect.apply(EventEmitter, store, []);
});
export type Store = BaseStore;

export { Store as default, Store as "module.exports" };
