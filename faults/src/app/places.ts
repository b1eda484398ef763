/**
 * Where sessions can be kept: each kind of engine, with the client's options that an operator should choose.
 *
 * @module
 */
import type { Store } from "holdfast/store";
import { PostgresStore } from "holdfast/store/postgres";
import { RedisStore, type RedisStoreClient } from "holdfast/store/redis";
import { SqliteStore } from "holdfast/store/sqlite";
import { Cluster, Redis } from "ioredis";
import Database from "libsql";
import pg from "pg";
import { createClient, createCluster } from "redis";
import type { StorePlan } from "./plan.ts";

/** An engine, connected to. */
export interface Place {
  /** A store there. `apart`: one that shares nothing with others of another such name. */
  store(apart?: string): Store;
  /** Takes all free room there is, or gives it back; where that is possible. */
  readonly makeFull?: (full: boolean) => void;
  /** Closes the connections; the store is closed by its user. */
  end(): Promise<void>;
}

export async function placeAt(plan: StorePlan): Promise<Place> {
  const [scheme = "", path = ""] = plan.url.split(/:(.*)/s);
  switch (scheme) {
    case "sqlite":
      return { store: (apart = "") => new SqliteStore(`${path}${apart}`), end: async () => {} };
    case "sqlite+handle":
      return ownHandle(path);
    case "redis":
    case "redis+cluster":
      return plan.client === "ioredis" ? ioredis(plan) : nodeRedis(plan);
    case "postgres":
      return postgres(plan);
    default:
      throw new Error(`nothing is known of ${scheme}:`);
  }
}

/** A connection whose other end is gone without a word is given up after so many milliseconds. */
const socketTimeout = 1_500;

async function nodeRedis({ url }: StorePlan): Promise<Place> {
  // The strategy that is the default ends the client for good where a socket has timed out.
  const reconnectStrategy = (attempts: number): number => Math.min(attempts * 50, 1_000);
  const socket = { socketTimeout, reconnectStrategy };
  const rootNodes = nodesOf(url).map((node) => ({ url: node }));
  const client = isCluster(url)
    ? createCluster({ rootNodes, defaults: { socket } })
    : createClient({ url, socket });
  // Before there is a store nobody else listens.
  client.on("error", () => {});
  await client.connect();
  return { store: (apart) => redisStore(client, apart), end: async () => client.destroy() };
}

function ioredis({ url }: StorePlan): Place {
  const client = isCluster(url)
    ? new Cluster(nodesOf(url), { redisOptions: { socketTimeout } })
    : new Redis(url, { socketTimeout });
  client.on("error", () => {});
  return { store: (apart) => redisStore(client, apart), end: async () => client.disconnect() };
}

function redisStore(client: RedisStoreClient, apart: string | undefined): RedisStore {
  return new RedisStore(client, apart === undefined ? {} : { prefix: `${apart}:` });
}

const isCluster = (url: string): boolean => url.startsWith("redis+cluster:");

function nodesOf(url: string): string[] {
  const [, addresses = ""] = url.split("://");
  return addresses.split(",").map((address) => `redis://${address}`);
}

function postgres({ url, unlogged = false, patience = 1_000 }: StorePlan): Place {
  const limits = { connectionTimeoutMillis: patience, query_timeout: 2 * patience };
  const pool = new pg.Pool({ connectionString: url, ...limits });
  return {
    store: (apart) => new PostgresStore(pool, { unlogged, ...(apart !== undefined && { schema: apart }) }),
    end: () => pool.end(),
  };
}

function ownHandle(path: string): Place {
  const handle = new Database(path);
  handle.exec(
    "PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 200; CREATE TABLE IF NOT EXISTS filler (bytes BLOB)",
  );
  const makeFull = (full: boolean): void => {
    // A count below the present one means: no page more. What is free within the file is used up.
    handle.exec(`PRAGMA max_page_count = ${full ? 1 : 1_000_000}`);
    if (full) fill(handle);
  };
  return { store: () => new SqliteStore(handle), makeFull, end: async () => void handle.close() };
}

function fill(handle: Database.Database): void {
  for (let room = true; room; ) {
    try {
      handle.exec("INSERT INTO filler VALUES (zeroblob(3000))");
    } catch (error) {
      if (/full/.test(String(error))) room = false;
      else if (!/locked/.test(String(error))) throw error;
    }
  }
}
