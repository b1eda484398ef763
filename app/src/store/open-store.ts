/**
 * Makes the session store that `STORE_URL` names, with the client under it.
 *
 * @module
 */
import { HoldfastError, MemoryStore, type SessionOptions } from "holdfast";
import { PostgresStore } from "holdfast/store/postgres";
import { RedisStore } from "holdfast/store/redis";
import { SqliteStore } from "holdfast/store/sqlite";
import type Database from "libsql";
import { ConfigError } from "../config-error.ts";
import type { Log } from "../log.ts";
import { postgresPool } from "./postgres-pool.ts";
import { redisClient, redisClusterClient } from "./redis-client.ts";
import { passwordIn, placeOf, type StoreConfig } from "./store-url.ts";

/** A store, and what ends the client under it once the store is closed. */
interface Connected {
  readonly store: NonNullable<SessionOptions["store"]>;
  readonly closeClient: () => Promise<void>;
}

/**
 * Resolves once the store can be used: the server is there, is the right one, lets us in, and has our tables or none.
 * Before the sessions are made, so that what is wrong is one line and no events.
 *
 * @param database - of the users; the sessions' as well where they live in a file
 * @throws {@link ConfigError} if the store cannot be used; the message is one line and holds no password
 */
export async function openStore(
  config: StoreConfig,
  database: Database.Database,
  log: Log,
): Promise<Connected> {
  let started = false;
  let connected: Connected | undefined;
  try {
    connected = connect(config, database, { log, started: () => started });
    await connected.store.open?.();
    started = true;
    return connected;
  } catch (error) {
    await connected?.store.close();
    await connected?.closeClient();
    if (!(error instanceof HoldfastError)) throw error;
    throw new ConfigError("STORE_URL", `${placeOf(config)} cannot hold sessions: ${explain(error, config)}`, {
      cause: error,
    });
  }
}

function connect(
  config: StoreConfig,
  database: Database.Database,
  hooks: { log: Log; started: () => boolean },
): Connected {
  switch (config.kind) {
    case "memory":
      return { store: new MemoryStore(), closeClient: async () => {} };
    case "sqlite":
      return { store: new SqliteStore(database), closeClient: async () => {} };
    case "redis":
      return redisStore(redisClient(config.url, hooks), hooks);
    case "redis-cluster":
      return redisStore(redisClusterClient(config.urls, hooks), hooks);
    case "postgres": {
      const pool = postgresPool(config.url, hooks.log);
      return { store: new PostgresStore(pool), closeClient: () => pool.end() };
    }
  }
}

function redisStore(
  client: ReturnType<typeof redisClient> | ReturnType<typeof redisClusterClient>,
  { log }: { log: Log },
): Connected {
  const store = new RedisStore(client, { onWarning: (message) => log.warn(message) });
  // The store closes what it has connected; what never came that far is still trying.
  const closeClient = async (): Promise<void> => {
    if (client.isOpen) client.destroy();
  };
  return { store, closeClient };
}

/** The store's words, and those of the client or the server, without the password should one of them repeat it. */
function explain(error: HoldfastError, config: StoreConfig): string {
  const cause = error.cause instanceof Error && error.cause.message !== "" ? ` (${error.cause.message})` : "";
  const text = `${error.message}${cause}`.replace(/\s+/g, " ");
  const password = passwordIn(config);
  return password === "" ? text : text.replaceAll(password, "***");
}
