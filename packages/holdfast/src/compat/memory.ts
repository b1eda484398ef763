/**
 * Sessions in this process's memory: bounded, gone at exit and seen by no other process.
 *
 * ```ts
 * const MemoryStore = require("holdfast/compat/session/memory");
 * ```
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { callable } from "./callable.ts";
import type { Callback } from "./callback.ts";
import { Store } from "./store.ts";
import type { SessionRecord } from "./types.ts";

class BoundedMemoryStore extends Store {
  /** The sessions' JSON, by id. */
  sessions: Record<string, string> = Object.create(null);

  /** Every live session, by id. */
  all(callback: (error: unknown, sessions: Record<string, SessionRecord>) => void): void {
    const found: Record<string, SessionRecord> = Object.create(null);
    for (const sid of Object.keys(this.sessions)) {
      const session = this.read(sid);
      if (session !== undefined) found[sid] = session;
    }
    setImmediate(callback, null, found);
  }

  clear(callback?: Callback): void {
    this.sessions = Object.create(null);
    if (callback !== undefined) setImmediate(callback);
  }

  override destroy(sid: string, callback?: Callback): void {
    delete this.sessions[sid];
    if (callback !== undefined) setImmediate(callback);
  }

  override get(sid: string, callback: (error?: unknown, session?: SessionRecord | null) => void): void {
    setImmediate(callback, null, this.read(sid));
  }

  override set(sid: string, session: SessionRecord, callback?: Callback): void {
    this.write(sid, session);
    if (callback !== undefined) setImmediate(callback);
  }

  /** How many sessions are live. */
  length(callback: (error: unknown, length?: number) => void): void {
    this.all((_error, sessions) => callback(null, Object.keys(sessions).length));
  }

  touch(sid: string, session: SessionRecord, callback?: Callback): void {
    const current = this.read(sid);
    if (current !== undefined) this.write(sid, Object.assign(current, { cookie: session.cookie }));
    if (callback !== undefined) setImmediate(callback);
  }

  /** What `get` answers, at once. */
  read(sid: string): SessionRecord | undefined {
    const json = this.sessions[sid];
    if (!json) return undefined;
    const session: SessionRecord = JSON.parse(json);
    const expires = session.cookie?.expires;
    if (expires && new Date(expires).valueOf() <= Date.now()) {
      delete this.sessions[sid];
      return undefined;
    }
    return session;
  }

  /** What `set` does, at once. */
  write(sid: string, session: SessionRecord): void {
    this.sessions[sid] = JSON.stringify(session);
  }
}

/** May be extended, and called without `new` on an object that inherits from it. */
export const MemoryStore: typeof BoundedMemoryStore & ((this: unknown) => void) = callable(
  BoundedMemoryStore,
  (store) => {
    Reflect.apply(EventEmitter, store, []);
    store.sessions = Object.create(null);
  },
);
export type MemoryStore = BoundedMemoryStore;

export { MemoryStore as default, MemoryStore as "module.exports" };
