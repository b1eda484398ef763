/**
 * Sessions in PostgreSQL: shared by every process that uses the database.
 *
 * ```ts
 * import { PostgresStore } from "holdfast/store/postgres";
 * ```
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { assertRecordFits, assertValueFits, GENERATION_MS } from "./bounds.ts";
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
  StoreLoss,
  Touch,
  UserLimit,
} from "./contract.ts";
import { assertClient, type PostgresClient, type Row, surviveIdleErrors } from "./postgres/client.ts";
import { type OpenDatabase, openDatabase } from "./postgres/open.ts";
import { type PostgresStoreOptions, postgresSettings } from "./postgres/options.ts";
import { Queries } from "./postgres/queries.ts";
import { keyCounts, listedOf, numberOf, recordOf, storedValueOf } from "./postgres/row.ts";
import type { Statement, Statements } from "./postgres/statements.ts";

export type { PostgresClient } from "./postgres/client.ts";
export type { PostgresStoreOptions } from "./postgres/options.ts";

/** How many batches of rows one prune looks at where activity has kept them alive. */
const PRUNE_ROUNDS = 20;

/**
 * A store in a PostgreSQL database, version 13 or later.
 *
 * It is given a `Pool` of the package `pg`, or anything with the same `query`, which stays the caller's: {@link
 * PostgresStore.close} leaves it open. Every operation is one statement (only `open`, `deleteAll` and `prune` have
 * several) and, without `prepare`, keeps nothing in the connection, so PgBouncer and its like may pool by transaction.
 * Give the pool a `connectionTimeoutMillis` and a `query_timeout`: `pg` has none by default.
 *
 * Tables and functions, all named `holdfast_…`, are made at the first start, in one transaction, by a user who may;
 * after that a user needs to read and write only. Several processes may start at once.
 *
 * @example
 * ```ts
 * const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 1_000, query_timeout: 2_000 });
 * app.use(session({ secret, store: new PostgresStore(pool) }));
 * ```
 */
export class PostgresStore implements Store {
  readonly #queries: Queries;
  readonly #maxPending: number;
  readonly #letGo: () => void;
  readonly #openDatabase: () => Promise<OpenDatabase>;
  #capabilities: StoreCapabilities;
  /** There once the database has been opened. */
  #statements: Statements | undefined;
  #opening: Promise<OpenDatabase> | undefined;
  /** Operations under way, those included that wait for the database to be opened or for a connection. */
  #pending = 0;
  #closed = false;

  /**
   * @param client - a pool of `pg`, or anything with the same `query`
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` if it is none, or no pool where `prepare` needs one;
   * `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN` for options
   */
  constructor(client: PostgresClient, options: PostgresStoreOptions = {}) {
    assertClient(client);
    const settings = postgresSettings(options);
    this.#capabilities = capabilitiesAfter(
      settings.unlogged ? ["crash", "power-cut", "failover"] : ["failover"],
    );
    const missing = (): void => {
      this.#statements = undefined;
    };
    this.#queries = new Queries(client, settings.prepare, missing);
    this.#maxPending = settings.maxPending;
    this.#openDatabase = () => openDatabase(this.#queries, settings);
    this.#letGo = surviveIdleErrors(client);
  }

  /** What it may forget depends on the server's settings too, which are known once it is open. */
  get capabilities(): StoreCapabilities {
    return this.#capabilities;
  }

  /**
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE` if the server cannot be reached or is a replica;
   * `ERR_HOLDFAST_STORE_REFUSED` for the user, the password or what they may do; `ERR_HOLDFAST_STORE_CLIENT` for an
   * ended pool or a server that is not PostgreSQL 13; `ERR_HOLDFAST_STORE_SCHEMA` if a newer Holdfast has made the
   * tables, `ERR_HOLDFAST_STORE_CORRUPT` if somebody else has; `ERR_HOLDFAST_OPTION` if `unlogged` is not what the
   * table is
   */
  async open(): Promise<void> {
    await this.#opened();
  }

  async read(handle: Handle, now: number): Promise<StoredRecord | null> {
    const [row] = await this.#ask((sql) => sql.read, [handle, now]);
    return recordOf(row);
  }

  async create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation?: number,
    limit?: UserLimit,
  ): Promise<CreateOutcome> {
    assertRecordFits(record);
    const { expiresAt, user, keyId, header, body } = record;
    const bounds = [limit?.users ?? null, limit?.most ?? null, limit?.beyond === "evict"];
    const values = [handle, expiresAt, user, keyId, header, body, now, generation ?? null, ...bounds];
    const [row] = await this.#ask((sql) => sql.create, values);
    return outcomeOf(row?.outcome);
  }

  async update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): Promise<boolean> {
    assertRecordFits(record);
    const { expiresAt, user, keyId, header, body } = record;
    const values = [handle, expectedVersion, expiresAt, user, keyId, header, body, now];
    return (await this.#ask((sql) => sql.update, values)).length === 1;
  }

  async touch(touches: readonly Touch[], now: number): Promise<Handle[]> {
    this.#assertOpen();
    const [first, ...others] = touches;
    if (first === undefined) return [];
    if (others.length === 0) {
      const { handle, version, expiresAt, header } = first;
      const rows = await this.#ask((sql) => sql.touch, [handle, version, expiresAt, header, now]);
      return rows.length === 1 ? [handle] : [];
    }
    const columns = [
      touches.map(({ handle }) => handle),
      touches.map(({ version }) => version),
      touches.map(({ expiresAt }) => expiresAt),
      touches.map(({ header }) => header),
    ];
    const rows = await this.#ask((sql) => sql.touchMany, [...columns, now]);
    return rows.map(({ handle }) => String(handle));
  }

  async delete(handle: Handle, now: number): Promise<boolean> {
    const [row] = await this.#ask((sql) => sql.remove, [handle, now]);
    return row?.live === true;
  }

  async listUser(users: readonly IndexedUser[], now: number): Promise<ListedRecord[]> {
    return listedOf(await this.#ask((sql) => sql.listUsers, [users, now]));
  }

  async deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): Promise<number> {
    const [row] = await this.#ask((sql) => sql.deleteUsers, [users, except ?? null, now]);
    return numberOf(row?.removed);
  }

  /** Takes no longer for many sessions than for few; their rows are pruned afterwards. Counts exactly to 10,000. */
  async deleteAll(now: number): Promise<number> {
    const [done] = await this.#ask((sql) => sql.deleteAll, [now]);
    const [counted] = await this.#ask((sql) => sql.countEnded, [done?.ended]);
    return numberOf(counted?.removed);
  }

  async userGeneration(user: IndexedUser): Promise<number> {
    const [row] = await this.#ask((sql) => sql.generation, [user]);
    return numberOf(row?.generation);
  }

  async countByKey(now: number): Promise<Map<string, number>> {
    return keyCounts(await this.#ask((sql) => sql.countByKey, [now]));
  }

  async deleteByKey(keyId: string, limit: number): Promise<number> {
    return (await this.#ask((sql) => sql.deleteByKey, [keyId, limit])).length;
  }

  async readValue(name: string, now: number): Promise<StoredValue | null> {
    const [row] = await this.#ask((sql) => sql.readValue, [name, now]);
    return storedValueOf(row);
  }

  async writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt?: number,
  ): Promise<boolean> {
    assertValueFits(value);
    const values = [name, value, now, expiresAt ?? null];
    const written =
      expectedVersion === 0
        ? await this.#ask((sql) => sql.addValue, values)
        : await this.#ask((sql) => sql.replaceValue, [...values, expectedVersion]);
    return written.length === 1;
  }

  async scan(now: number, { after, limit }: ScanPage): Promise<ListedRecord[]> {
    return listedOf(await this.#ask((sql) => sql.scan, [after ?? "", now, limit]));
  }

  async prune(now: number, limit: number): Promise<number> {
    let removed = 0;
    for (let round = 0; round < PRUNE_ROUNDS; round++) {
      const batch = limit - removed;
      const [row] = await this.#ask((sql) => sql.prune, [now, batch, now - GENERATION_MS]);
      removed += numberOf(row?.removed);
      if (removed === limit || numberOf(row?.looked_at) < batch) break;
    }
    return removed;
  }

  /** Leaves the pool open: end it afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#letGo();
  }

  async #ask(statement: (statements: Statements) => Statement, values: unknown[]): Promise<readonly Row[]> {
    this.#assertOpen();
    if (this.#pending >= this.#maxPending) {
      const message = `The session database has not answered the last ${this.#maxPending} operations yet.`;
      throw new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", message);
    }
    this.#pending += 1;
    try {
      return await this.#queries.rows(statement(this.#statements ?? (await this.#opened())), values);
    } finally {
      this.#pending -= 1;
    }
  }

  /** Opens the database unless that has been done; whoever comes meanwhile waits for the same attempt. */
  async #opened(): Promise<Statements> {
    this.#assertOpen();
    if (this.#statements !== undefined) return this.#statements;
    this.#opening ??= this.#openDatabase().finally(() => {
      this.#opening = undefined;
    });
    const { statements, forgetsAfter } = await this.#opening;
    this.#statements = statements;
    this.#capabilities = capabilitiesAfter(forgetsAfter);
    return statements;
  }

  #assertOpen(): void {
    if (this.#closed) throw new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
  }
}

function capabilitiesAfter(forgetsAfter: readonly StoreLoss[]): StoreCapabilities {
  return { location: "shared", sync: false, lacks: [], forgetsAfter };
}

function outcomeOf(answer: unknown): CreateOutcome {
  switch (answer) {
    case "created":
    case "exists":
    case "revoked":
    case "evicted":
    case "limit":
      return answer;
    default:
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_UNAVAILABLE",
        "The session database gave a strange answer.",
      );
  }
}
