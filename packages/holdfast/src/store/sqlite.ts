/**
 * Sessions in an SQLite file: they survive a restart, and several processes may share the file.
 *
 * ```ts
 * import { SqliteStore } from "holdfast/store/sqlite";
 * ```
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { assertRecordFits, assertValueFits, GENERATION_MS } from "./bounds.ts";
import type {
  Awaitable,
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
import { type Connection, isSqliteHandle, type SqliteHandle } from "./sqlite/driver.ts";
import { HandleInUse, isBusy, storeFailure } from "./sqlite/failure.ts";
import { openDatabase } from "./sqlite/open.ts";
import { type SqliteStoreOptions, sqliteSettings } from "./sqlite/options.ts";
import { RetryQueue, systemTools } from "./sqlite/retry-queue.ts";
import { keyCounts, listedOf, recordOf, storedValueOf } from "./sqlite/row.ts";
import type { Statements } from "./sqlite/statements.ts";

export type { SqliteHandle, SqliteStatement, SqliteValue } from "./sqlite/driver.ts";
export type { SqliteStoreOptions } from "./sqlite/options.ts";

/**
 * A store in an SQLite file.
 *
 * **By path**, it makes the file and its folder if they are missing (modes 0600 and 0700), and opens it with
 * `node:sqlite` where Node has it (22.13 or later), else with the package `libsql`. The file is switched to
 * SQLite's write-ahead log, so it must lie on a local disk. Several processes may use it at once, and other
 * tables may live in it: those of the store begin with `holdfast_`. `":memory:"` keeps everything in memory.
 * Where other code of the same process opens the same file, pass its handle instead: two SQLite libraries in one
 * process release each other's locks.
 *
 * **By handle**, it uses an open database of better-sqlite3, libsql or `node:sqlite`. The handle keeps its
 * settings: set `journal_mode = WAL` and a short `busy_timeout`, since that wait blocks the event loop. While a
 * transaction of yours is open on the handle (`node:sqlite` can tell from Node 22.16 on), writes wait for it to end and
 * a request that reads its session gets a 503: keep transactions within one turn of the event loop. {@link
 * SqliteStore.close} leaves the handle open.
 *
 * Every method answers without a promise unless it has to wait for a lock. A row that no store can have written
 * counts as absent. A session larger than 64 MiB is refused with `ERR_HOLDFAST_TOO_LARGE`.
 *
 * @example
 * ```ts
 * app.use(session({ secret, store: new SqliteStore("data/sessions.db") }));
 * ```
 */
export class SqliteStore implements Store {
  readonly capabilities: StoreCapabilities;

  readonly #connection: Connection;
  readonly #sql: Statements;
  /** True if the handle is somebody else's. */
  readonly #borrowed: boolean;
  // In a write-ahead log readers do not wait for writers, so each kind has a queue of its own.
  readonly #reads: RetryQueue;
  readonly #writes: RetryQueue;
  #closed = false;

  /**
   * @param database - the file's path or `file:` URL, `":memory:"`, or an open handle
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CORRUPT` if the file is damaged or no SQLite database;
   * `ERR_HOLDFAST_STORE_SCHEMA` if a newer Holdfast wrote it; `ERR_HOLDFAST_STORE_UNAVAILABLE` if it cannot be
   * opened or stays locked; `ERR_HOLDFAST_STORE_FULL` if the disk is full; `ERR_HOLDFAST_SQLITE_DRIVER` if there
   * is no driver; `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` for options
   */
  constructor(database: string | URL | SqliteHandle, options: SqliteStoreOptions = {}) {
    this.#borrowed = isSqliteHandle(database);
    const settings = sqliteSettings(options, this.#borrowed);
    this.capabilities = {
      location: "shared",
      sync: true,
      lacks: [],
      // Somebody else's handle keeps its own settings, which may be the weaker ones.
      forgetsAfter: settings.synchronous === "full" ? [] : ["power-cut"],
    };
    const { connection, statements } = openDatabase(database, settings);
    this.#connection = connection;
    this.#sql = statements;
    const policy = { deadline: settings.busyDeadline, retryable: isBusy, failure: storeFailure };
    this.#reads = new RetryQueue(policy, systemTools);
    this.#writes = new RetryQueue(policy, systemTools);
  }

  read(handle: Handle, now: number): Awaitable<StoredRecord | null> {
    return this.#run(this.#reads, () => recordOf(this.#sql.read.row(handle, now)));
  }

  create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation: number = Number.MAX_SAFE_INTEGER,
    limit?: UserLimit,
  ): Awaitable<CreateOutcome> {
    assertRecordFits(record);
    const { expiresAt, user, keyId, header, body } = record;
    const create = (): "created" | "exists" | "revoked" => {
      const added = this.#sql.create.run(handle, expiresAt, user, keyId, header, body, user, generation, now);
      if (added === 1) return "created";
      return user !== null && this.#generationOf(user) > generation ? "revoked" : "exists";
    };
    if (limit === undefined) return this.#run(this.#writes, create);
    return this.#run(this.#writes, () =>
      this.#connection.transaction(() => this.#createWithin(limit, handle, now, create)),
    );
  }

  #createWithin(
    { users, most, beyond }: UserLimit,
    handle: Handle,
    now: number,
    create: () => "created" | "exists" | "revoked",
  ): CreateOutcome {
    const list = JSON.stringify(users);
    const excess = Number(this.#sql.countLiveOfUsers.row(list, now)?.[0] ?? 0) + 1 - most;
    if (excess > 0 && beyond === "reject") return "limit";
    const outcome = create();
    if (outcome !== "created" || excess <= 0) return outcome;
    this.#sql.evict.run(list, handle, now, excess);
    return "evicted";
  }

  update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): Awaitable<boolean> {
    assertRecordFits(record);
    const { expiresAt, user, keyId, header, body } = record;
    return this.#run(this.#writes, () => {
      const { update, updateInPlace } = this.#sql;
      const version = expectedVersion + 1;
      const row = [handle, expectedVersion, now] as const;
      return (
        updateInPlace.run(version, header, body, ...row, expiresAt, user, keyId) === 1 ||
        update.run(version, expiresAt, user, keyId, header, body, ...row) === 1
      );
    });
  }

  touch(touches: readonly Touch[], now: number): Awaitable<Handle[]> {
    const record = (): Handle[] => {
      const recorded: Handle[] = [];
      for (const { handle, version, expiresAt, header } of touches)
        if (this.#sql.touch.run(expiresAt, header, handle, version, now) === 1) recorded.push(handle);
      return recorded;
    };
    // One statement is a transaction by itself.
    return this.#run(this.#writes, () =>
      touches.length < 2 ? record() : this.#connection.transaction(record),
    );
  }

  delete(handle: Handle, now: number): Awaitable<boolean> {
    return this.#run(this.#writes, () => {
      if (this.#sql.deleteLive.run(handle, now) === 1) return true;
      this.#sql.deleteAny.run(handle);
      return false;
    });
  }

  listUser(users: readonly IndexedUser[], now: number): Awaitable<ListedRecord[]> {
    return this.#run(this.#reads, () => {
      const rows = this.#sql.listUsers.rows(JSON.stringify(users), now);
      return rows.map(listedOf).filter((listed) => listed !== null);
    });
  }

  deleteUser(users: readonly IndexedUser[], now: number, except: Handle = ""): Awaitable<number> {
    const list = JSON.stringify(users);
    return this.#run(this.#writes, () =>
      this.#connection.transaction(() => {
        for (const user of users) this.#sql.advanceGeneration.run(user, now);
        const removed = this.#sql.deleteLiveOfUsers.run(list, except, now);
        this.#sql.deleteAnyOfUsers.run(list, except);
        return removed;
      }),
    );
  }

  deleteAll(now: number): Awaitable<number> {
    return this.#run(this.#writes, () =>
      this.#connection.transaction(() => {
        this.#sql.advanceGenerationOfAll.run(now);
        return this.#sql.deleteAll.run();
      }),
    );
  }

  userGeneration(user: IndexedUser): Awaitable<number> {
    return this.#run(this.#reads, () => this.#generationOf(user));
  }

  countByKey(now: number): Awaitable<Map<string, number>> {
    return this.#run(this.#reads, () => keyCounts(this.#sql.countByKey.rows(now)));
  }

  deleteByKey(keyId: string, limit: number): Awaitable<number> {
    return this.#run(this.#writes, () => this.#sql.deleteByKey.run(keyId, limit));
  }

  readValue(name: string, now: number): Awaitable<StoredValue | null> {
    return this.#run(this.#reads, () => storedValueOf(this.#sql.readValue.row(name, now)));
  }

  writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt?: number,
  ): Awaitable<boolean> {
    assertValueFits(value);
    const end = expiresAt ?? null;
    return this.#run(this.#writes, () => {
      const { addValue, replaceValue } = this.#sql;
      const written =
        expectedVersion === 0
          ? addValue.run(name, value, end, now)
          : replaceValue.run(value, end, name, expectedVersion, now);
      return written === 1;
    });
  }

  scan(now: number, { after, limit }: ScanPage): Awaitable<ListedRecord[]> {
    return this.#run(this.#reads, () => {
      const rows = this.#sql.scan.rows(after ?? "", now, limit);
      return rows.map(listedOf).filter((listed) => listed !== null);
    });
  }

  prune(now: number, limit: number): Awaitable<number> {
    const forgotten = now - GENERATION_MS;
    return this.#run(this.#writes, () => {
      // Asked first: a delete takes the write lock even if it finds nothing.
      if (this.#sql.anythingDue.row(now, forgotten, now)?.[0] === 0) return 0;
      return this.#connection.transaction(() => {
        this.#sql.pruneGenerations.run(forgotten);
        const records = this.#sql.prune.run(now, limit);
        return records + this.#sql.pruneValues.run(now, limit - records);
      });
    });
  }

  /** Ends what waits with `ERR_HOLDFAST_STORE_CLOSED`, writes the log back into the file and closes it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const closed = new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
    this.#reads.close(closed);
    this.#writes.close(closed);
    if (this.#borrowed) return;
    try {
      this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Another process is at work; the log stays for it, or for the next to open the file.
    }
    this.#connection.close();
  }

  #generationOf(user: IndexedUser): number {
    return Number(this.#sql.generation.row(user)?.[0] ?? 0);
  }

  #run<T>(queue: RetryQueue, work: () => T): Awaitable<T> {
    if (this.#closed) throw new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
    return queue.run(this.#borrowed ? () => this.#outsideTransaction(work) : work);
  }

  // Inside somebody's transaction a write could still be rolled back and a read could be of the past.
  #outsideTransaction<T>(work: () => T): T {
    if (this.#connection.inTransaction()) throw new HandleInUse();
    return work();
  }
}
