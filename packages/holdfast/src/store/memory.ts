/**
 * Sessions in this process's memory: the fastest store, bounded, gone at exit and seen by no other process.
 *
 * ```ts
 * import { MemoryStore } from "holdfast/store/memory";
 * ```
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { checkOptionNames, wholeNumber } from "../option-checks.ts";
import { assertValueFits } from "./bounds.ts";
import type {
  CreateOutcome,
  Handle,
  IndexedUser,
  ListedRecord,
  ScanPage,
  Store,
  StoreCapabilities,
  StoredRecord,
  StoredValue,
  Touch,
  UserLimit,
} from "./contract.ts";
import type { Entry } from "./memory/entry.ts";
import { EvictionLog } from "./memory/eviction-log.ts";
import { Generations } from "./memory/generations.ts";
import { lowestLive } from "./memory/lowest.ts";
import { Shelf } from "./memory/shelf.ts";
import { Values } from "./memory/values.ts";

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many sessions are kept at most. Default 100,000.
   *
   * A lower number bounds memory sooner and ends sessions sooner under a flood.
   */
  readonly maxSessions?: number | undefined;
  /**
   * How many bytes the sessions may take at most: each one's data, and 1,000 bytes for everything else of it. Data
   * counts for what it takes as objects, which may be three times its JSON. Small values that the store keeps beside
   * them count too, each with 480 bytes more than it has. Default 128 MiB (134,217,728), enough for 40,000 sessions of
   * 600 bytes. The process needs about half as much again, for the garbage collector.
   */
  readonly maxBytes?: number | undefined;
  /**
   * Told, in a sentence for the log, that live sessions were ended to make room: at the first, then at most
   * once a minute. Default: a process warning of type `HoldfastWarning`.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const NO_ENTRIES: readonly never[] = [];

/** Expired entries that each new session or value frees, so that a process that never prunes does not grow. */
const FREED_PER_CREATE = 4;

/**
 * A bounded store in this process's memory.
 *
 * When it is full it first frees what has expired, then ends anonymous sessions, those longest without
 * activity first; only for a signed-in newcomer does it then end signed-in ones, in the same order. An
 * anonymous newcomer never ends a signed-in session: it gets `ERR_HOLDFAST_STORE_FULL`. So does a small value, such as
 * the note that a session has been moved; what is kept of those never goes before its time.
 *
 * @example
 * ```ts
 * app.use(session({ secret, store: new MemoryStore({ maxSessions: 20_000 }) }));
 * ```
 */
export class MemoryStore<Payload = Uint8Array> implements Store<Payload> {
  readonly capabilities: StoreCapabilities = {
    location: "process",
    sync: true,
    lacks: [],
    forgetsAfter: ["exit"],
  };

  readonly #shelf: Shelf<Payload>;
  readonly #generations: Generations;
  readonly #values = new Values();
  #closed = false;

  /** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN` */
  constructor(options: MemoryStoreOptions = {}) {
    checkOptionNames("MemoryStore", options, ["maxSessions", "maxBytes", "onWarning"]);
    const maxSessions = wholeNumber("MemoryStore", "maxSessions", options.maxSessions ?? 100_000, 1);
    const maxBytes = wholeNumber("MemoryStore", "maxBytes", options.maxBytes ?? 128 * 1024 * 1024, 1);
    const warn = options.onWarning ?? processWarning;
    if (typeof warn !== "function") {
      throw new HoldfastError("ERR_HOLDFAST_OPTION", "MemoryStore: `onWarning` must be a function.");
    }
    const log = new EvictionLog(warn, `at most ${maxSessions} sessions, ${maxBytes} bytes`);
    this.#shelf = new Shelf(maxSessions, maxBytes, log, this.#values);
    this.#generations = new Generations(maxSessions);
  }

  /** How many sessions are in memory, those included that have expired and are not freed yet. */
  get size(): number {
    return this.#shelf.size;
  }

  /** What they and the values count for against `maxBytes`. */
  get bytes(): number {
    return this.#shelf.bytes;
  }

  read(handle: Handle, now: number): StoredRecord<Payload> | null {
    return this.#live(handle, now)?.record ?? null;
  }

  create(
    handle: Handle,
    record: StoredRecord<Payload>,
    now: number,
    generation?: number,
    limit?: UserLimit,
  ): CreateOutcome {
    this.#assertOpen();
    const { user } = record;
    if (user !== null && generation !== undefined && this.#generations.of(user) > generation)
      return "revoked";
    const entry = this.#shelf.get(handle);
    if (entry !== undefined) {
      if (entry.record.expiresAt > now) return "exists";
      this.#shelf.drop(handle);
    }
    this.#shelf.freeExpired(now, FREED_PER_CREATE, FREED_PER_CREATE);
    const excess = limit === undefined ? NO_ENTRIES : this.#beyond(limit, now);
    if (limit?.beyond === "reject" && excess.length > 0) return "limit";
    // First, so that nobody else's session must make room.
    for (const { handle } of excess) this.#shelf.drop(handle);
    this.#shelf.add(handle, withVersion(record, 1), now);
    return excess.length === 0 ? "created" : "evicted";
  }

  update(handle: Handle, expectedVersion: number, record: StoredRecord<Payload>, now: number): boolean {
    const entry = this.#live(handle, now);
    if (entry === undefined || entry.record.version !== expectedVersion) return false;
    this.#shelf.replace(entry, withVersion(record, expectedVersion + 1), now);
    return true;
  }

  touch(touches: readonly Touch<Payload>[], now: number): Handle[] {
    this.#assertOpen();
    const recorded: Handle[] = [];
    for (const { handle, version, expiresAt, header } of touches) {
      const entry = this.#live(handle, now);
      if (entry === undefined || entry.record.version !== version) continue;
      const { user, keyId, body } = entry.record;
      this.#shelf.replace(entry, { version, expiresAt, user, keyId, header, body }, now);
      recorded.push(handle);
    }
    return recorded;
  }

  delete(handle: Handle, now: number): boolean {
    const wasLive = this.#live(handle, now) !== undefined;
    this.#shelf.drop(handle);
    return wasLive;
  }

  listUser(users: readonly IndexedUser[], now: number): ListedRecord<Payload>[] {
    this.#assertOpen();
    const listed: ListedRecord<Payload>[] = [];
    for (const { handle, record } of this.#shelf.ofUsers(users)) {
      if (record.expiresAt > now) listed.push({ handle, record });
    }
    return listed;
  }

  deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): number {
    this.#assertOpen();
    for (const user of users) this.#generations.advance(user, now);
    let removed = 0;
    for (const { handle, record } of this.#shelf.ofUsers(users)) {
      if (handle === except) continue;
      this.#shelf.drop(handle);
      if (record.expiresAt > now) removed += 1;
    }
    return removed;
  }

  deleteAll(now: number): number {
    this.#assertOpen();
    this.#generations.advanceAll(now);
    const removed = this.#shelf.size;
    this.#shelf.clear();
    return removed;
  }

  userGeneration(user: IndexedUser): number {
    this.#assertOpen();
    return this.#generations.of(user);
  }

  countByKey(now: number): Map<string, number> {
    this.#assertOpen();
    const counts = new Map<string, number>();
    for (const { record } of this.#shelf.all()) {
      if (record.expiresAt > now) counts.set(record.keyId, (counts.get(record.keyId) ?? 0) + 1);
    }
    return counts;
  }

  deleteByKey(keyId: string, limit: number): number {
    this.#assertOpen();
    const handles: Handle[] = [];
    for (const { handle, record } of this.#shelf.all()) {
      if (handles.length >= limit) break;
      if (record.keyId === keyId) handles.push(handle);
    }
    for (const handle of handles) this.#shelf.drop(handle);
    return handles.length;
  }

  readValue(name: string, now: number): StoredValue | null {
    this.#assertOpen();
    return this.#values.read(name, now);
  }

  writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt: number = Number.POSITIVE_INFINITY,
  ): boolean {
    this.#assertOpen();
    assertValueFits(value);
    this.#values.freeExpired(now, FREED_PER_CREATE);
    if ((this.#values.read(name, now)?.version ?? 0) !== expectedVersion) return false;
    this.#shelf.makeRoomForValue(this.#values.growth(name, value, now), now);
    this.#values.put(name, expectedVersion + 1, value, expiresAt);
    return true;
  }

  scan(now: number, { after, limit }: ScanPage): ListedRecord<Payload>[] {
    this.#assertOpen();
    const entries = lowestLive(this.#shelf.all(), now, after ?? "", limit);
    return entries.map(({ handle, record }) => ({ handle, record }));
  }

  prune(now: number, limit: number): number {
    this.#assertOpen();
    this.#generations.prune(now);
    const records = this.#shelf.freeExpired(now, limit, limit + 10_000);
    return records + this.#values.freeExpired(now, limit - records);
  }

  close(): void {
    this.#closed = true;
    this.#shelf.clear();
    this.#generations.clear();
    this.#values.clear();
  }

  /** The user's live sessions that must go for one more to be within the limit. */
  #beyond({ users, most }: UserLimit, now: number): Entry<Payload>[] {
    const live = this.#shelf.ofUsers(users).filter(({ record }) => record.expiresAt > now);
    // They come newest first, and the sort keeps that order among equals.
    return live.sort((a, b) => b.record.expiresAt - a.record.expiresAt).slice(most - 1);
  }

  #live(handle: Handle, now: number): Entry<Payload> | undefined {
    const entry = this.#shelf.get(handle);
    if (entry !== undefined && entry.record.expiresAt > now) return entry;
    // A closed store is empty, so only a miss can meet one: a hit need not ask.
    this.#assertOpen();
    return undefined;
  }

  #assertOpen(): void {
    if (this.#closed) throw new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
  }
}

function processWarning(message: string): void {
  process.emitWarning(message, { type: "HoldfastWarning", code: "HOLDFAST_MEMORY_STORE_FULL" });
}

function withVersion<Payload>(record: StoredRecord<Payload>, version: number): StoredRecord<Payload> {
  if (record.version === version) return record;
  const { expiresAt, user, keyId, header, body } = record;
  return { version, expiresAt, user, keyId, header, body };
}
