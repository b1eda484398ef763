/**
 * Sessions in a store made for express-session, so that an app keeps its database.
 *
 * ```ts
 * import { ExpressSessionStore } from "holdfast/store/express-session";
 * ```
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type {
  Handle,
  IndexedUser,
  ListedRecord,
  ScanPage,
  Store,
  StoreCapabilities,
  StoredRecord,
  Touch,
  UserLimit,
} from "./contract.ts";
import { EVERYONE, type SessionEntry } from "./express-session/entries.ts";
import { ForeignCalls, type ForeignStore } from "./express-session/foreign-store.ts";
import { cannotKeepValues, cannotLimit, cannotList, lacksOf } from "./express-session/lacking.ts";
import {
  checkForeignStore,
  type ExpressSessionStoreOptions,
  expressSessionSettings,
} from "./express-session/options.ts";
import { Revocations, stands } from "./express-session/revocations.ts";
import { SessionWrites } from "./express-session/session-writes.ts";
import { ForeignSessions } from "./express-session/sessions.ts";
import { Snapshot } from "./express-session/snapshot.ts";
import { Turns } from "./turns.ts";

export type { ForeignSession, ForeignStore } from "./express-session/foreign-store.ts";
export type { ExpressSessionStoreOptions } from "./express-session/options.ts";

// Two sessions() on one store of express-session are one database.
const turnsOf = new WeakMap<ForeignStore, Turns>();

/**
 * A store for express-session as a Holdfast store.
 *
 * Such a store reads, writes and destroys, and cannot compare before it writes. Operations on one session therefore take
 * turns, which holds within this process. Across processes, what has ended is remembered beside the record, under a name
 * of its own, until nothing in flight can bring the record back: P3 holds everywhere. Of two writes to one session at
 * the same moment, in two processes, one may be lost: `capabilities.lacks` has `"atomic-writes"` unless `exclusive` is
 * set. A read of a user's session makes four calls of `get`, three of them at once.
 *
 * Records are sealed. Entries are session objects whose names begin with `holdfast-`, beside which express-session's
 * own may stay: they are neither read as sessions nor removed. The store's own means remove what has expired; give it no
 * `ttl` of its own, and no bound beyond which it evicts.
 *
 * {@link ExpressSessionStore.close} leaves the store open: who made it closes it, and stops its timers.
 *
 * @example
 * ```ts
 * const store = new ExpressSessionStore(new RedisStore({ client }));
 * app.use(session({ secret, store }));
 * ```
 */
export class ExpressSessionStore implements Store {
  readonly capabilities: StoreCapabilities;

  readonly #calls: ForeignCalls;
  readonly #sessions: ForeignSessions;
  readonly #revocations: Revocations;
  readonly #turns: Turns;
  readonly #writes: SessionWrites;
  readonly #listing: boolean;
  #closed = false;

  /**
   * @param store - such as `new RedisStore(…)` of connect-redis
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` if it is no such store; `ERR_HOLDFAST_OPTION`,
   * `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` for options
   */
  constructor(store: ForeignStore, options: ExpressSessionStoreOptions = {}) {
    checkForeignStore(store);
    const settings = expressSessionSettings(store, options);
    const { forgetsAfter, listing, timeout } = settings;
    this.capabilities = { location: "shared", sync: false, lacks: lacksOf(settings), forgetsAfter };
    this.#listing = listing;
    this.#calls = new ForeignCalls(store, timeout);
    this.#revocations = new Revocations(this.#calls);
    this.#sessions = new ForeignSessions(this.#calls, this.#revocations);
    this.#turns = turnsOf.get(store) ?? new Turns();
    turnsOf.set(store, this.#turns);
    this.#writes = new SessionWrites(this.#sessions, this.#revocations, this.#turns);
  }

  /** Asks the store something, so that a database out of reach is found at start. */
  async open(): Promise<void> {
    this.#assertOpen();
    await this.#revocations.tokenOf(EVERYONE);
  }

  async read(handle: Handle, now: number): Promise<StoredRecord | null> {
    this.#assertOpen();
    return (await this.#sessions.live(handle, now))?.record ?? null;
  }

  /** `"exists"` also for a handle whose session was ended: a name is not used twice. */
  async create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation?: number,
    limit?: UserLimit,
  ): Promise<"created" | "exists" | "revoked"> {
    this.#assertOpen();
    if (limit !== undefined) throw cannotLimit();
    return this.#writes.create(handle, record, now, generation);
  }

  async update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): Promise<boolean> {
    this.#assertOpen();
    return this.#writes.update(handle, expectedVersion, record, now);
  }

  async touch(touches: readonly Touch[], now: number): Promise<Handle[]> {
    this.#assertOpen();
    const recorded = await Promise.all(touches.map((touch) => this.#writes.touch(touch, now)));
    return touches.filter((_, at) => recorded[at]).map(({ handle }) => handle);
  }

  async delete(handle: Handle, now: number): Promise<boolean> {
    this.#assertOpen();
    return this.#turns.run(handle, () => this.#sessions.end(handle, now));
  }

  async listUser(users: readonly IndexedUser[], now: number): Promise<ListedRecord[]> {
    const handles = (await this.#snapshot()).handlesOf(users);
    const found = await Promise.all(handles.map((handle) => this.#sessions.live(handle, now)));
    return found
      .filter((entry) => entry !== null)
      .filter(belongsTo(users))
      .map(listed);
  }

  async deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): Promise<number> {
    this.#assertOpen();
    if (except !== undefined) return this.#deleteAllBut(except, users, now);
    if (!this.#listing) {
      await this.#revocations.revoke(users);
      return 0;
    }
    // In turn, so that each session is counted once.
    return this.#turns.run(`revoking ${users.join()}`, async () => {
      const before = await this.#revocations.tokensOf([EVERYONE, ...users]);
      await this.#revocations.revoke(users);
      const snapshot = await this.#snapshot();
      const tokenOf = (name: string): number => before.get(name) ?? snapshot.tokenOf(name);
      const removed = snapshot.live(now, tokenOf).filter(belongsTo(users));
      await Promise.all(removed.map(({ handle }) => this.#sessions.destroy(handle)));
      return removed.length;
    });
  }

  async deleteAll(now: number): Promise<number> {
    this.#assertOpen();
    if (!this.#listing) {
      await this.#revocations.revokeEveryone();
      return 0;
    }
    return this.#turns.run("revoking everyone", async () => {
      const everyone = await this.#revocations.tokenOf(EVERYONE);
      await this.#revocations.revokeEveryone();
      const snapshot = await this.#snapshot();
      const tokenOf = (name: string): number => (name === EVERYONE ? everyone : snapshot.tokenOf(name));
      return snapshot.sessions.filter((entry) => stands(entry, tokenOf, now)).length;
    });
  }

  async userGeneration(user: IndexedUser): Promise<number> {
    this.#assertOpen();
    return (await this.#revocations.standingOf(user)).generation;
  }

  async countByKey(now: number): Promise<Map<string, number>> {
    const snapshot = await this.#snapshot();
    const counts = new Map<string, number>();
    for (const { record } of snapshot.live(now))
      counts.set(record.keyId, (counts.get(record.keyId) ?? 0) + 1);
    return counts;
  }

  async deleteByKey(keyId: string, limit: number): Promise<number> {
    const snapshot = await this.#snapshot();
    const found = snapshot.sessions.filter(({ record }) => record.keyId === keyId).slice(0, limit);
    await Promise.all(
      found.map(({ handle }) => this.#turns.run(handle, () => this.#sessions.end(handle, 0))),
    );
    return found.length;
  }

  async readValue(): Promise<never> {
    this.#assertOpen();
    throw cannotKeepValues();
  }

  async writeValue(): Promise<never> {
    this.#assertOpen();
    throw cannotKeepValues();
  }

  async scan(now: number, { after = "", limit }: ScanPage): Promise<ListedRecord[]> {
    const snapshot = await this.#snapshot();
    const later = snapshot.live(now).filter(({ handle }) => handle > after);
    return later
      .sort((a, b) => (a.handle < b.handle ? -1 : 1))
      .slice(0, limit)
      .map(listed);
  }

  /** 0: the store itself removes what has expired. */
  async prune(): Promise<number> {
    this.#assertOpen();
    return 0;
  }

  close(): void {
    this.#closed = true;
  }

  async #deleteAllBut(except: Handle, users: readonly IndexedUser[], now: number): Promise<number> {
    if (!this.#listing) throw cannotList();
    await Promise.all(users.map((user) => this.#revocations.refuseSignIns(user)));
    const handles = (await this.#snapshot()).handlesOf(users);
    const ended = await Promise.all(
      handles.map(
        (handle) => handle !== except && this.#turns.run(handle, () => this.#sessions.end(handle, now)),
      ),
    );
    return ended.filter(Boolean).length;
  }

  async #snapshot(): Promise<Snapshot> {
    this.#assertOpen();
    if (!this.#listing) throw cannotList();
    return new Snapshot(await this.#calls.all());
  }

  #assertOpen(): void {
    if (this.#closed) throw new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
  }
}

function belongsTo(users: readonly IndexedUser[]): (entry: SessionEntry) => boolean {
  return ({ record }) => record.user !== null && users.includes(record.user);
}

function listed({ handle, record }: SessionEntry): ListedRecord {
  return { handle, record };
}
