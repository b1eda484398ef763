import { HoldfastError } from "../../errors.ts";
import type { Handle, IndexedUser, StoredRecord } from "../contract.ts";
import { ActivityList } from "./activity-list.ts";
import { type Entry, weigh } from "./entry.ts";
import type { EvictionLog } from "./eviction-log.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { UserIndex } from "./user-index.ts";
import type { Values } from "./values.ts";

/** The memory store's entries with everything that finds them, and the rule of who goes when it is full. */
export class Shelf<Payload> {
  readonly #entries = new Map<Handle, Entry<Payload>>();
  readonly #expiry = new ExpiryQueue<Entry<Payload>>();
  readonly #users = new UserIndex<Payload>();
  readonly #anonymous = new ActivityList<Payload>();
  readonly #signedIn = new ActivityList<Payload>();
  readonly #maxSessions: number;
  readonly #maxBytes: number;
  readonly #log: EvictionLog;
  readonly #values: Pick<Values, "bytes" | "freeExpired">;

  /** @param values - what shares `maxBytes` with the entries, and never goes for them */
  constructor(
    maxSessions: number,
    maxBytes: number,
    log: EvictionLog,
    values: Pick<Values, "bytes" | "freeExpired">,
  ) {
    this.#values = values;
    this.#maxSessions = maxSessions;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#anonymous.bytes + this.#signedIn.bytes + this.#values.bytes;
  }

  get(handle: Handle): Entry<Payload> | undefined {
    return this.#entries.get(handle);
  }

  all(): Iterable<Entry<Payload>> {
    return this.#entries.values();
  }

  ofUsers(users: readonly IndexedUser[]): Entry<Payload>[] {
    return this.#users.find(users);
  }

  /** Adds an entry under a handle that is free. */
  add(handle: Handle, record: StoredRecord<Payload>, now: number): void {
    const bytes = weigh(record);
    this.#makeRoom(record.user !== null, 1, bytes, now);
    const entry: Entry<Payload> = {
      handle,
      record,
      bytes,
      slot: 0,
      older: undefined,
      newer: undefined,
      previousOfUser: undefined,
      nextOfUser: undefined,
    };
    this.#entries.set(handle, entry);
    this.#expiry.add(entry, record.expiresAt);
    this.#users.add(record.user, entry);
    this.#listOf(record).add(entry);
  }

  /** Gives a live entry a new record and counts it as active now. */
  replace(entry: Entry<Payload>, record: StoredRecord<Payload>, now: number): void {
    const bytes = weigh(record);
    const old = entry.record;
    this.#listOf(old).remove(entry);
    if (this.bytes + bytes > this.#maxBytes) this.#makeRoomFor(entry, record, bytes, now);
    entry.record = record;
    entry.bytes = bytes;
    this.#listOf(record).add(entry);
    if (old.user !== record.user) {
      this.#users.remove(old.user, entry);
      this.#users.add(record.user, entry);
    }
    this.#expiry.bringForward(entry, record.expiresAt);
  }

  /**
   * Makes room for so many bytes of a value: for that anonymous sessions are ended, but no signed-in one.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_FULL`
   */
  makeRoomForValue(bytes: number, now: number): void {
    this.#makeRoom(false, 0, bytes, now);
  }

  drop(handle: Handle): void {
    const entry = this.#entries.get(handle);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Frees at most `limit` expired entries, looking at no more than `looks`; returns how many. */
  freeExpired(now: number, limit: number, looks: number): number {
    let freed = 0;
    for (let looked = 0; freed < limit && looked < looks; looked++) {
      const entry = this.#expiry.firstDue(now);
      if (entry === undefined) break;
      if (entry.record.expiresAt > now) {
        this.#expiry.reschedule(entry, entry.record.expiresAt);
      } else {
        this.#remove(entry);
        freed += 1;
      }
    }
    return freed;
  }

  clear(): void {
    this.#entries.clear();
    this.#expiry.clear();
    this.#users.clear();
    this.#anonymous.clear();
    this.#signedIn.clear();
  }

  #listOf(record: StoredRecord<Payload>): ActivityList<Payload> {
    return record.user === null ? this.#anonymous : this.#signedIn;
  }

  #remove(entry: Entry<Payload>): void {
    this.#entries.delete(entry.handle);
    this.#expiry.remove(entry);
    this.#users.remove(entry.record.user, entry);
    this.#listOf(entry.record).remove(entry);
  }

  /** Room for a record that grows. The entry is on no list meanwhile, so it cannot make room for itself. */
  #makeRoomFor(entry: Entry<Payload>, record: StoredRecord<Payload>, bytes: number, now: number): void {
    try {
      this.#makeRoom(record.user !== null, 0, bytes, now);
    } catch (error) {
      this.#listOf(entry.record).add(entry);
      throw error;
    }
  }

  #makeRoom(signedIn: boolean, sessions: number, bytes: number, now: number): void {
    if (this.#fits(sessions, bytes)) return;
    while (!this.#fits(sessions, bytes)) if (!this.#freeOne(now)) break;
    this.#assertPossible(signedIn, sessions, bytes);
    let evicted = 0;
    while (!this.#fits(sessions, bytes)) {
      const victim = this.#anonymous.oldest ?? this.#signedIn.oldest;
      if (victim === undefined) break;
      this.#remove(victim);
      evicted += 1;
    }
    if (evicted > 0) this.#log.note(evicted, now);
  }

  #freeOne(now: number): boolean {
    return this.freeExpired(now, 1, Number.POSITIVE_INFINITY) > 0 || this.#values.freeExpired(now, 1) > 0;
  }

  #fits(sessions: number, bytes: number): boolean {
    return this.#entries.size + sessions <= this.#maxSessions && this.bytes + bytes <= this.#maxBytes;
  }

  // Asked before anything is ended: a newcomer that cannot be helped must not cost others their sessions.
  #assertPossible(signedIn: boolean, sessions: number, bytes: number): void {
    const keptSessions = signedIn ? 0 : this.#signedIn.size;
    const keptBytes = this.#values.bytes + (signedIn ? 0 : this.#signedIn.bytes);
    if (keptSessions + sessions <= this.#maxSessions && keptBytes + bytes <= this.#maxBytes) return;
    throw new HoldfastError("ERR_HOLDFAST_STORE_FULL");
  }
}
