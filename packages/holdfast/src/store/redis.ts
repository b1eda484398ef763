/**
 * Sessions in Redis or Valkey, shared by all processes: a single server, one behind Sentinel, or a cluster.
 *
 * ```ts
 * import { RedisStore } from "holdfast/store/redis";
 * ```
 *
 * @module
 */
import { within } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
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
import { AddSession } from "./redis/add-session.ts";
import { type Connection, connectionOf, type RedisStoreClient } from "./redis/client.ts";
import { Commands } from "./redis/commands.ts";
import { coverFor, coverMs } from "./redis/cover.ts";
import { Keys } from "./redis/keys.ts";
import { openServer } from "./redis/open.ts";
import { type RedisSettings, type RedisStoreOptions, redisSettings } from "./redis/options.ts";
import { decodeValue } from "./redis/record.ts";
import { Records } from "./redis/records.ts";
import { WRITE_VALUE } from "./redis/scripts.ts";
import { ttl } from "./redis/ttl.ts";
import { handleOf, UserIndex } from "./redis/user-index.ts";
import { Walk } from "./redis/walk.ts";

export type { RedisStoreClient } from "./redis/client.ts";
export type { RedisDurability, RedisStoreOptions } from "./redis/options.ts";

/** How long {@link RedisStore.deleteAll} goes on counting what it frees. */
const COUNTING_MS = 1_000;

/** How long {@link RedisStore.close} waits for what is under way. */
const CLOSING_MS = 300;

/**
 * A store in Redis 6.2 or later, or Valkey.
 *
 * The client is of the package `redis` or `ioredis`, version 5 or 6, for a single server, Sentinel or a cluster. A
 * client that has not been connected (with `ioredis`, one with `lazyConnect`) is connected at start, and closed by
 * {@link RedisStore.close}; any other is left as it was, and is yours to close. The store hears the client's `error`
 * events, so they do not end the process; what fails is told by what was asked for. While the client has no connection
 * every operation fails at once: nothing queues up.
 *
 * Reading a session is one `MGET`, writing and touching it one script, all in one slot. Signing in takes two steps, or
 * five with a limit of sessions per user. Every key but the schema's version and the shared values
 * that stay for good has a time to live. The server must keep what it is given: `maxmemory-policy noeviction`.
 *
 * What Redis forgets, the store forgets: after a crash what its persistence had not written, after a failover what the
 * replica had not received.
 *
 * @example
 * ```ts
 * import { createClient } from "redis";
 *
 * const client = createClient({ url: process.env.REDIS_URL });
 * app.use(session({ secret, store: new RedisStore(client) }));
 * ```
 */
export class RedisStore implements Store {
  readonly capabilities: StoreCapabilities = {
    location: "shared",
    sync: false,
    lacks: [],
    forgetsAfter: ["crash", "power-cut", "failover"],
  };

  readonly #connection: Connection;
  readonly #settings: RedisSettings;
  readonly #commands: Commands;
  readonly #keys: Keys;
  readonly #records: Records;
  readonly #index: UserIndex;
  readonly #adding: AddSession;
  readonly #walk: Walk;
  readonly #unlisten: () => void;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #isClosed = false;
  /** True if the client was connected here. */
  #isOurs = false;

  /**
   * @param client - see {@link RedisStoreClient}
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` for anything else than such a client; `ERR_HOLDFAST_OPTION`,
   * `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` for options
   */
  constructor(client: RedisStoreClient, options: RedisStoreOptions = {}) {
    this.#connection = connectionOf(client);
    this.#settings = redisSettings(options);
    this.#commands = new Commands(this.#connection, this.#settings);
    this.#keys = new Keys(this.#settings.prefix);
    this.#records = new Records(this.#commands, this.#keys);
    this.#index = new UserIndex(this.#commands, this.#keys);
    this.#adding = new AddSession(this.#records, this.#index);
    this.#walk = new Walk(this.#commands, this.#keys, this.#records, this.#index);
    this.#unlisten = this.#connection.onError(() => undefined);
  }

  /**
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_REFUSED` if the server refuses the user, the password or what the store
   * needs to do; `ERR_HOLDFAST_STORE_SCHEMA` if a newer Holdfast wrote what is there; `ERR_HOLDFAST_STORE_CORRUPT` if
   * somebody else did; `ERR_HOLDFAST_STORE_CLIENT` if the client has been closed, or the server is too old, or neither
   * Redis nor Valkey; `ERR_HOLDFAST_STORE_FULL` if the server has no memory left; else `ERR_HOLDFAST_STORE_UNAVAILABLE`
   */
  async open(): Promise<void> {
    if (this.#isClosed) throw new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
    if (this.#isOpen) return;
    this.#opening ??= this.#openServer().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #openServer(): Promise<void> {
    const parts = {
      connection: this.#connection,
      commands: this.#commands,
      keys: this.#keys,
      records: this.#records,
      index: this.#index,
      settings: this.#settings,
    };
    if (this.#connection.idle) this.#isOurs = true;
    await openServer(parts);
    this.#isOpen = true;
  }

  async read(handle: Handle, now: number): Promise<StoredRecord | null> {
    if (!this.#isOpen) await this.open();
    return this.#records.read(handle, now);
  }

  async create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation?: number,
    limit?: UserLimit,
  ): Promise<CreateOutcome> {
    if (!this.#isOpen) await this.open();
    return this.#adding.add({ handle, record, now, generation }, limit);
  }

  async update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): Promise<boolean> {
    if (!this.#isOpen) await this.open();
    const { user, expiresAt } = record;
    const done = await this.#records.update(handle, expectedVersion, record, now);
    if (done !== "extend" || user === null) return done === true;
    const cover = coverFor(expiresAt);
    await this.#index.extend(user, handle, coverMs(cover, now));
    return (await this.#records.update(handle, expectedVersion, record, now, cover)) === true;
  }

  async touch(touches: readonly Touch[], now: number): Promise<Handle[]> {
    if (!this.#isOpen) await this.open();
    const recorded = await Promise.all(touches.map((touch) => this.#touch(touch, now)));
    return touches.filter((_, at) => recorded[at]).map(({ handle }) => handle);
  }

  async #touch(touch: Touch, now: number): Promise<boolean> {
    const done = await this.#records.touch(touch, now);
    if (typeof done === "boolean") return done;
    const cover = coverFor(touch.expiresAt);
    await this.#index.extend(done.extend, touch.handle, coverMs(cover, now));
    return (await this.#records.touch(touch, now, cover)) === true;
  }

  async delete(handle: Handle, now: number): Promise<boolean> {
    if (!this.#isOpen) await this.open();
    const { wasLive, user } = await this.#records.delete(handle, now);
    // What the index still names does no harm.
    if (user !== null) await this.#index.forget(user, [handle]).catch(() => undefined);
    return wasLive;
  }

  async listUser(users: readonly IndexedUser[], now: number): Promise<ListedRecord[]> {
    if (!this.#isOpen) await this.open();
    const listed = new Map<Handle, ListedRecord>();
    const add = async (handle: Handle): Promise<void> => {
      const record = await this.#records.read(handle, now);
      if (record?.user != null && users.includes(record.user)) listed.set(handle, { handle, record });
    };
    const ofUser = async (user: IndexedUser): Promise<void> => {
      for await (const members of this.#index.handles(user)) {
        await Promise.all(members.filter((member) => !member.startsWith("+")).map(add));
      }
    };
    await Promise.all([...new Set(users)].map(ofUser));
    return [...listed.values()];
  }

  async deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): Promise<number> {
    if (!this.#isOpen) await this.open();
    const unique = [...new Set(users)];
    let removed = 0;
    const remove = async (): Promise<void> => {
      const counts = await Promise.all(unique.map((user) => this.#deleteOf(user, users, now, except)));
      for (const count of counts) removed += count;
    };
    await makingRoom(remove, () => Promise.all(unique.map((user) => this.#index.moveGeneration(user))));
    await remove();
    return removed;
  }

  async #deleteOf(
    user: IndexedUser,
    users: readonly IndexedUser[],
    now: number,
    except: Handle | undefined,
  ): Promise<number> {
    let removed = 0;
    for await (const members of this.#index.handles(user)) {
      const doomed = members.filter((member) => handleOf(member) !== except);
      const deleted = await Promise.all(
        doomed.map((member) => this.#records.delete(handleOf(member), now, users)),
      );
      removed += deleted.filter(({ wasLive }) => wasLive).length;
      await this.#index.forget(user, doomed);
    }
    return removed;
  }

  /**
   * Ends everything in one round trip to each server, however much there is. What the records took is freed after,
   * beyond a second in the background, and only what was freed by then is counted.
   */
  async deleteAll(_now: number): Promise<number> {
    if (!this.#isOpen) await this.open();
    const end = (): Promise<void> => this.#records.endEpochs();
    await makingRoom(end, () => this.#index.moveAllGenerations());
    await end();
    let removed = 0;
    const swept = this.#walk.sweep(
      (count) => {
        removed += count;
      },
      () => this.#isClosed,
    );
    // Should it break off, the records go when their time is up.
    const done = swept.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => {
      timer = setTimeout(resolve, COUNTING_MS);
    });
    await Promise.race([done, enough]);
    clearTimeout(timer);
    return removed;
  }

  async userGeneration(user: IndexedUser): Promise<number> {
    if (!this.#isOpen) await this.open();
    return this.#index.generation(user);
  }

  async countByKey(now: number): Promise<Map<string, number>> {
    if (!this.#isOpen) await this.open();
    return this.#walk.countByKey(now);
  }

  async deleteByKey(keyId: string, limit: number): Promise<number> {
    if (!this.#isOpen) await this.open();
    return this.#walk.deleteByKey(keyId, limit);
  }

  async readValue(name: string, now: number): Promise<StoredValue | null> {
    if (!this.#isOpen) await this.open();
    const key = this.#keys.value(name);
    return decodeValue(await this.#commands.read(key, "GET", key), now);
  }

  async writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt?: number,
  ): Promise<boolean> {
    assertValueFits(value);
    // As it is now: its owner may change it before it is sent.
    const bytes = Buffer.from(value);
    if (!this.#isOpen) await this.open();
    const key = this.#keys.value(name);
    const end = expiresAt === undefined ? ["", ""] : [String(expiresAt), ttl(expiresAt, now)];
    const args = [String(expectedVersion), bytes, String(now), ...end];
    return (await this.#commands.run(WRITE_VALUE, [key], ...args)) === 1;
  }

  async scan(now: number, page: ScanPage): Promise<ListedRecord[]> {
    if (!this.#isOpen) await this.open();
    return this.#walk.scan(now, page);
  }

  /** Nothing to do: Redis removes what has expired by itself. */
  async prune(_now: number, _limit: number): Promise<number> {
    if (!this.#isOpen) await this.open();
    return 0;
  }

  /** Closes the client if the store has connected it; any other stays as it is. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isOpen = false;
    this.#unlisten();
    if (!this.#isOurs) return;
    const late = (): Error => new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE");
    await within(CLOSING_MS, this.#connection.quit(), late).catch(() => this.#connection.cut());
  }
}

/** Does `work`, which takes memory; on a server that has none left, after `freeing` some: sessions can always be ended. */
async function makingRoom(freeing: () => Promise<unknown>, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "ERR_HOLDFAST_STORE_FULL") throw error;
    await freeing();
    await work();
  }
}
