/**
 * Makes the session store that `STORE_URL` names, with the client under it.
 *
 * @module
 */
import { HoldfastError, MemoryStore, type SessionOptions } from "holdfast";
import { SqliteStore } from "holdfast/store/sqlite";
import type Database from "libsql";
import { ConfigError } from "../config-error.ts";
import { placeOf, type StoreConfig } from "./store-url.ts";

/** A store that is ready, and what ends the client under it once the store is closed. */
export interface OpenStore {
  readonly store: NonNullable<SessionOptions["store"]>;
  closeClient(): Promise<void>;
}

/**
 * @param database - of the users; the sessions' as well where they live in a file
 * @throws {@link ConfigError} if the store cannot be used
 */
export async function openStore(config: StoreConfig, database: Database.Database): Promise<OpenStore> {
  try {
    const open = connect(config, database);
    await open.store.open?.();
    return open;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new ConfigError("STORE_URL", `${placeOf(config)} cannot hold sessions: ${error.message}`, {
      cause: error,
    });
  }
}

function connect(config: StoreConfig, database: Database.Database): OpenStore {
  const closeClient = async (): Promise<void> => {};
  switch (config.kind) {
    case "memory":
      return { store: new MemoryStore(), closeClient };
    case "sqlite":
      return { store: new SqliteStore(database), closeClient };
    default:
      throw new ConfigError("STORE_URL", `there is no store yet for ${placeOf(config)}.`);
  }
}
