/**
 * What a session store must do. The comments are the contract; `holdfast/testing` enforces each sentence.
 *
 * A store keeps opaque payloads under a public handle. It never sees a session id's secret, never interprets
 * `header` or `body`, and needs no clock of its own: every operation that depends on time is told it.
 *
 * @module
 */
import type { Awaitable } from "../awaitable.ts";

export type { Awaitable } from "../awaitable.ts";

/**
 * A session's public name and the store's key: 22 characters of base64url (128 random bits).
 * The core never passes anything else, so a store need not validate it again.
 */
export type Handle = string;

/**
 * A user as the store indexes it: for a shared store a keyed hash, 43 characters of base64url, so that the store cannot
 * tell whose sessions it keeps; for a store in this process simply the user's name.
 */
export type IndexedUser = string;

/**
 * What the store keeps of one session. Whoever receives one reads it and never changes it, bytes included.
 *
 * `Payload` is what the core hands over: bytes; for a store whose location is `"process"` any value, to be given back
 * itself and not as a copy. Its `byteLength`, where it has one, is about how much memory it takes.
 */
export interface StoredRecord<Payload = Uint8Array> {
  /** 1 when created; one more with each successful {@link Store.update}. A touch leaves it. */
  readonly version: number;
  /** Milliseconds since 1970. From then on the store may remove the record and must not return it. */
  readonly expiresAt: number;
  /** Whose session it is; `null` for an anonymous one. Never changes during a record's life but for a re-hash. */
  readonly user: IndexedUser | null;
  /** Id of the newest server key the record depends on: 4 characters of base64url. */
  readonly keyId: string;
  /** Limits and whatever else the server must know without the client's cookie. Opaque. */
  readonly header: Payload;
  /** The session's data. Opaque; may be empty. */
  readonly body: Payload;
}

/** One proof of activity, to be recorded on a session that still exists. */
export interface Touch<Payload = Uint8Array> {
  readonly handle: Handle;
  /** The version the header was made from. */
  readonly version: number;
  readonly expiresAt: number;
  readonly header: Payload;
}

/** A live record with its handle, as {@link Store.listUser} and {@link Store.scan} return it. */
export interface ListedRecord<Payload = Uint8Array> {
  readonly handle: Handle;
  readonly record: StoredRecord<Payload>;
}

/** How many live sessions a user may have, for {@link Store.create}. */
export interface UserLimit {
  /** The user's name under each key in use. */
  readonly users: readonly IndexedUser[];
  /** At least 1, the new session included. */
  readonly most: number;
  /**
   * `"evict"`: the user's sessions longest without recorded activity make room. `"reject"`: the new one is not added.
   */
  readonly beyond: "evict" | "reject";
}

/**
 * What {@link Store.create} has done.
 *
 * - `"created"`: the record is there.
 * - `"exists"`: a live record with this handle is there; it was left as it is. One that has expired makes room.
 * - `"revoked"`: `generation` is given and {@link Store.deleteUser} or {@link Store.deleteAll} has run for this user since
 *   {@link Store.userGeneration} returned it; nothing was added. A run that has been forgotten counts for nothing.
 * - `"evicted"`: the record is there, and to keep `limit` the user's live sessions with the earliest `expiresAt` were
 *   removed.
 * - `"limit"`: the user has as many live sessions as `limit` allows; nothing was added.
 */
export type CreateOutcome = "created" | "exists" | "revoked" | "evicted" | "limit";

/** A value of {@link Store.readValue}. */
export interface StoredValue {
  /** 1 when first written; one more with each successful {@link Store.writeValue}; 1 again after it has expired. */
  readonly version: number;
  readonly value: Uint8Array;
}

/** Which part of all sessions {@link Store.scan} is to return. */
export interface ScanPage {
  /** Only handles that come after this one, whether or not it is there; `undefined`: from the first. */
  readonly after?: Handle | undefined;
  /** At least 1. */
  readonly limit: number;
}

/**
 * What has changed, for {@link Store.watch}: the sessions of these handles or of these users as the store indexes them,
 * those that depend on this server key, or all (`"everything"`, without names).
 */
export interface StoreChange {
  readonly kind: "handles" | "users" | "key" | "everything";
  readonly names: readonly string[];
}

/**
 * A part of the contract that a store cannot keep, because what lies under it cannot.
 *
 * - `"atomic-writes"`: operations of several processes on one handle do not always behave as if they happened one after
 *   the other. Of two `create`, `update` or `touch` at the same moment one may be lost, though both were acknowledged.
 * - `"listing"`: sessions can be ended, but not gone through. `listUser`, `scan` and `countByKey` throw, and so may
 *   `deleteByKey` and a `deleteUser` with an exception; `deleteUser` and `deleteAll` answer 0, for they cannot count.
 * - `"limits"`: `create` throws where it is given a limit.
 * - `"values"`: no room for small values. `readValue` and `writeValue` throw.
 * - `"revocation"`: nothing can be ended from outside its own request: `delete`, `deleteUser` and `deleteAll` throw
 *   there. Who has kept a copy of a record can bring it back after it was deleted, until its absolute limit.
 *
 * What throws does so with `ERR_HOLDFAST_STORE_CANNOT`.
 */
export type StoreLack = "atomic-writes" | "listing" | "limits" | "values" | "revocation";

/**
 * What may make a store forget writes and deletes that it has acknowledged.
 *
 * - `"exit"`: the end of this process.
 * - `"crash"`: the end of the engine's process, as by `kill -9`.
 * - `"power-cut"`: the sudden end of the machine it runs on.
 * - `"failover"`: a replica that takes the engine's place.
 */
export type StoreLoss = "exit" | "crash" | "power-cut" | "failover";

/** What a store can promise; the core reads it once, at start. */
export interface StoreCapabilities {
  /**
   * Where records live. `"process"`: in this process's memory, gone with it and seen by nobody else; the core
   * then skips sealing. `"shared"`: anywhere a thief or another process could read; records arrive sealed. `"client"`: in
   * the clients' cookies; the cookie store alone is such a one.
   */
  readonly location: "process" | "shared" | "client";
  /**
   * True if every method usually answers without a promise. The core then loads sessions lazily, at the first
   * use of `req.session`.
   */
  readonly sync: boolean;
  /** What of this contract the store cannot keep. Empty for a store that keeps all of it. */
  readonly lacks: readonly StoreLack[];
  /**
   * How much longer than the engine's own answer a change may take until every process sees its effect, in
   * milliseconds; the core gives it as much more time. Left out where there is nothing to wait for. Where it is given, a
   * {@link Store.read} that is not `fresh` may, until the change is answered, still find what was before it, even after
   * another process has found what came after.
   */
  readonly settlesWithin?: number;
  /**
   * After what the store may have forgotten something. Empty for one whose every answer survives all of it. Where it
   * depends on the engine's settings, for certain only once the store has been opened.
   */
  readonly forgetsAfter: readonly StoreLoss[];
}

/**
 * A session store.
 *
 * Three rules hold for every method:
 * - It throws (or rejects) only if the store could not do its work; "not there" is an answer, not an error.
 * - When it has answered, the effect is visible to every process that uses the same store.
 * - Operations on one handle behave as if they happened one after the other.
 */
export interface Store<Payload = Uint8Array> {
  readonly capabilities: StoreCapabilities;

  /**
   * Connects, checks that the engine is the right one and grants what is needed, and brings the schema up to date; left
   * out by a store that is ready when it is made. Called at start, and again by whoever asks for it: once done, it does
   * nothing. Throws in words that an operator can act on, and may be tried again. No other method waits for it to be
   * called: one that comes first opens the store itself.
   */
  open?(): Awaitable<void>;

  /**
   * The record, or `null` if there is none or it has expired at `now`. Changes nothing.
   *
   * @param fresh - true: as the engine has it now. Only a store with `settlesWithin` does otherwise without it.
   */
  read(handle: Handle, now: number, fresh?: boolean): Awaitable<StoredRecord<Payload> | null>;

  /**
   * Adds a record and, where it has a user, its entry in the user's index: both or neither.
   * A limit holds at every moment, however many creates run at once.
   *
   * A create and a `deleteUser` at the same time end in one order or the other, never with a record outside
   * the user's index. A store that is full and may not evict throws `ERR_HOLDFAST_STORE_FULL`.
   */
  create(
    handle: Handle,
    record: StoredRecord<Payload>,
    now: number,
    generation?: number,
    limit?: UserLimit,
  ): Awaitable<CreateOutcome>;

  /**
   * Replaces the record if it is live and still has `expectedVersion`; the new record's version is
   * `expectedVersion + 1`, whatever `record.version` is. False, and nothing is changed, if it has moved or is gone.
   * Never creates one.
   */
  update(
    handle: Handle,
    expectedVersion: number,
    record: StoredRecord<Payload>,
    now: number,
  ): Awaitable<boolean>;

  /**
   * Records activity: replaces `header` and `expiresAt` of each session that is live and still has the version
   * given, and skips the others. Of several it may also skip one that is being written at that moment. Never creates one,
   * never changes a version. Returns the handles of those that it has recorded.
   */
  touch(touches: readonly Touch<Payload>[], now: number): Awaitable<readonly Handle[]>;

  /** Removes the record, expired or not, and its index entry. True if a live record was there at `now`. */
  delete(handle: Handle, now: number): Awaitable<boolean>;

  /** Every live session of a user, each once, in any order. `users`: the user's hash under each key in use. */
  listUser(users: readonly IndexedUser[], now: number): Awaitable<ListedRecord<Payload>[]>;

  /**
   * Removes every session of a user, expired or not, but `except`, and moves the generation of each of `users`, so
   * that a sign-in that began before cannot finish after. Returns how many live sessions it removed.
   */
  deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): Awaitable<number>;

  /**
   * Removes every record, anonymous ones included, and moves the generation of every user. Returns how many records it
   * removed; of more than 10,000 only about how many, or as many as could be counted. Quick, however many there are.
   */
  deleteAll(now: number): Awaitable<number>;

  /**
   * A number that changes whenever {@link deleteUser} runs for this user or {@link deleteAll} for everybody, never back
   * to one it has had; 0 if neither has ever run, or more than an hour ago: {@link prune}, or the engine's own clock,
   * forgets it then or later.
   */
  userGeneration(user: IndexedUser): Awaitable<number>;

  /** How many live sessions depend on each server key, by key id. For operators; may read everything. */
  countByKey(now: number): Awaitable<Map<string, number>>;

  /**
   * Removes at most `limit` records that depend on this server key, expired or not, index entries included; returns how
   * many. For operators; may read everything.
   */
  deleteByKey(keyId: string, limit: number): Awaitable<number>;

  /**
   * A small value that all processes on the store share, or `null` if there is none of this name or it has expired at
   * `now`. Names have 1 to 64 letters, digits, hyphens and underscores; capitals differ from small letters. Not a
   * record: {@link deleteAll} leaves it. There may be as many as there are records, and they make no record slower.
   */
  readValue(name: string, now: number): Awaitable<StoredValue | null>;

  /**
   * Replaces the value if it still has `expectedVersion` (0: there is none, or it has expired at `now`); its version is
   * then `expectedVersion + 1`. False, and nothing is changed, if it has moved. At least 64 KiB can be stored; what is
   * too large for the store is refused with `ERR_HOLDFAST_TOO_LARGE`, and where there is no room left, with
   * `ERR_HOLDFAST_STORE_FULL`: no value goes before its time to make room.
   *
   * @param expiresAt - milliseconds since 1970: from then on the value is not returned, and {@link prune} or the
   * engine's own clock removes it. Left out: it stays for good, whatever the one before was to do.
   */
  writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt?: number,
  ): Awaitable<boolean>;

  /**
   * The live records with the lowest handles of a page, in the order of their handles, compared character by character.
   * Fewer than `limit` only where there are no more. So whoever asks for page after page, each `after` the last handle
   * of the one before, sees every session that lives throughout once, and one that began or ended meanwhile at most
   * once.
   *
   * For operators; takes memory for one page only, however many sessions there are. Changes nothing.
   */
  scan(now: number, page: ScanPage): Awaitable<ListedRecord<Payload>[]>;

  /**
   * Removes at most `limit` records and values that have expired at `now`, index entries included; returns how many.
   * Cheap when there is nothing to do. Always 0 where the engine removes them by a clock of its own, not before they
   * have expired.
   */
  prune(now: number, limit: number): Awaitable<number>;

  /**
   * Tells `heed` from now on what other processes have changed or removed, soon after the store has it; left out by a
   * store that does not hear of it. A message may be missing, come twice, or name more than has changed: whoever depends
   * on it also looks from time to time. Returns what ends it.
   */
  watch?(heed: (change: StoreChange) => void): () => void;

  /**
   * Releases files, timers and connections. Afterwards every method throws `ERR_HOLDFAST_STORE_CLOSED`; a second close
   * does nothing.
   */
  close(): Awaitable<void>;
}
