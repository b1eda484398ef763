import type { Store } from "holdfast/store";
import { PostgresStore } from "holdfast/store/postgres";
import { RedisStore, type RedisStoreClient } from "holdfast/store/redis";
import { SqliteStore } from "holdfast/store/sqlite";
import { Cluster, Redis } from "ioredis";
import Database from "libsql";
import pg from "pg";
import { createClient, createCluster } from "redis";
import type { StorePlan } from "./plan.ts";

export interface OpenStore {
  readonly store: Store;
  /** Takes all free room from it, or gives it back. */
  readonly makeFull?: (full: boolean) => void;
}

/** The store at an address, with the client's options that the guide recommends. */
export function openStore(plan: StorePlan): OpenStore {
  const { url } = plan;
  const [scheme = "", rest = ""] = url.split(/:(.*)/s);
  switch (scheme) {
    case "sqlite":
      return { store: new SqliteStore(rest) };
    case "sqlite+handle":
      return ownHandle(rest);
    case "redis":
      return { store: redisStore(plan, singleClient(plan)) };
    case "redis+cluster":
      return { store: redisStore(plan, clusterClient(plan)) };
    case "postgres":
      return { store: postgresStore(plan) };
    default:
      throw new Error(`no store for ${scheme}:`);
  }
}

function redisStore({ replicas }: StorePlan, client: RedisStoreClient): RedisStore {
  return new RedisStore(client, replicas === undefined ? {} : { durable: { replicas } });
}

/** A connection whose other end is gone without a word is given up after so many milliseconds. */
const socketTimeout = 1_500;
/** The default strategy of `redis` ends the client for good where that has happened. */
const reconnectStrategy = (attempts: number): number => Math.min(attempts * 50, 1_000);

function singleClient({ url, client }: StorePlan): RedisStoreClient {
  if (client === "ioredis") return new Redis(url, { socketTimeout });
  return createClient({ url, socket: { socketTimeout, reconnectStrategy } });
}

function clusterClient({ url, client }: StorePlan): RedisStoreClient {
  const nodes = url
    .replace("redis+cluster://", "")
    .split(",")
    .map((address) => `redis://${address}`);
  if (client === "ioredis") return new Cluster(nodes, { redisOptions: { socketTimeout } });
  const rootNodes = nodes.map((node) => ({ url: node }));
  return createCluster({ rootNodes, defaults: { socket: { socketTimeout, reconnectStrategy } } });
}

function postgresStore({ url, unlogged = false }: StorePlan): PostgresStore {
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 1_000, query_timeout: 2_000 });
  return new PostgresStore(pool, { unlogged });
}

function ownHandle(path: string): OpenStore {
  const handle = new Database(path);
  handle.exec(
    "PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 200; CREATE TABLE IF NOT EXISTS filler (bytes BLOB)",
  );
  const makeFull = (full: boolean): void => {
    // A count below the present one means: no page more. What is free within the file is used up.
    handle.exec(`PRAGMA max_page_count = ${full ? 1 : 1_000_000}`);
    if (full) fill(handle);
  };
  return { store: new SqliteStore(handle), makeFull };
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
