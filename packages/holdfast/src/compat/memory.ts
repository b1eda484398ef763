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
import { MemoryStore as CoreStore, type MemoryStoreOptions } from "../store/memory.ts";
import { callable } from "./callable.ts";
import type { Callback } from "./callback.ts";
import { Store } from "./store.ts";
import type { SessionData, StoredSession } from "./types.ts";

/** How long a session is kept whose cookie goes when the browser closes, as other stores keep it: a day without use. */
const UNTIL_THE_BROWSER_CLOSES = 86_400_000;

/** A session as text; the core's store asks what it weighs. */
interface Text {
  readonly json: string;
  readonly byteLength: number;
}

const NOTHING: Text = { json: "", byteLength: 0 };

/** An EventEmitter's option is one of express-session's MemoryStore too, as its types have it. */
interface Options extends MemoryStoreOptions {
  readonly captureRejections?: boolean | undefined;
}

class BoundedMemoryStore extends Store {
  /** @internal */
  declare records: CoreStore<Text>;

  /** @param options - `maxSessions`, by default 100,000, and `maxBytes`, by default 128 MiB */
  constructor(options?: Options) {
    super();
    begin(this, options);
  }

  /** Every live session's JSON, by id: a copy. */
  get sessions(): Record<string, string> {
    const found: Record<string, string> = Object.create(null);
    const page = { limit: Number.POSITIVE_INFINITY };
    for (const { handle, record } of this.records.scan(Date.now(), page)) found[handle] = record.body.json;
    return found;
  }

  override get(sid: string, callback: (error?: unknown, session?: SessionData | null) => void): void {
    setImmediate(callback, null, this.read(sid));
  }

  override set(sid: string, session: SessionData, callback?: Callback): void {
    this.write(sid, session);
    tell(callback);
  }

  override touch(sid: string, session: SessionData, callback?: Callback): void {
    this.prolong(sid, session);
    tell(callback);
  }

  override destroy(sid: string, callback?: Callback): void {
    this.records.delete(sid, Date.now());
    tell(callback);
  }

  /** Every live session, by id. */
  override all(callback?: (error: unknown, sessions: Record<string, SessionData>) => void): void {
    const found: Record<string, SessionData> = Object.create(null);
    for (const [sid, json] of Object.entries(this.sessions)) found[sid] = JSON.parse(json);
    if (callback !== undefined) setImmediate(callback, null, found);
  }

  /** How many sessions are live. */
  override length(callback: (error: unknown, length: number) => void): void {
    setImmediate(callback, null, Object.keys(this.sessions).length);
  }

  override clear(callback?: Callback): void {
    this.records.deleteAll(Date.now());
    tell(callback);
  }

  /** What `get` answers, at once. */
  read(sid: string): SessionData | undefined {
    const record = this.records.read(sid, Date.now());
    return record === null ? undefined : JSON.parse(record.body.json);
  }

  /** What `set` does, at once. */
  write(sid: string, session: StoredSession): void {
    const now = Date.now();
    const json = JSON.stringify(session);
    const body: Text = { json, byteLength: json.length };
    const { expires } = session.cookie ?? {};
    const expiresAt = expires ? new Date(expires).valueOf() || 0 : now + UNTIL_THE_BROWSER_CLOSES;
    const version = this.records.read(sid, now)?.version ?? 0;
    const record = { version, expiresAt, user: null, keyId: "", header: NOTHING, body };
    if (version === 0) this.records.create(sid, record, now);
    else this.records.update(sid, version, record, now);
  }

  /** What `touch` does, at once. */
  prolong(sid: string, { cookie }: StoredSession): void {
    const current = this.read(sid);
    if (current !== undefined) this.write(sid, Object.assign(current, { cookie }));
  }
}

function begin(store: BoundedMemoryStore, options?: MemoryStoreOptions): void {
  // Apps have given express-session's MemoryStore options that it never looked at.
  const { maxSessions, maxBytes, onWarning } = options ?? {};
  const value = new CoreStore<Text>({ maxSessions, maxBytes, onWarning });
  Object.defineProperty(store, "records", { value });
}

function tell(callback: Callback | undefined): void {
  if (callback !== undefined) setImmediate(callback);
}

/** May be extended, and called without `new` on an object that inherits from it. */
export const MemoryStore: typeof BoundedMemoryStore & ((this: unknown) => void) = callable(
  BoundedMemoryStore,
  (store) => {
    Reflect.apply(EventEmitter, store, []);
    begin(store);
  },
);
export type MemoryStore = BoundedMemoryStore;

export { MemoryStore as default, MemoryStore as "module.exports" };
