/**
 * The Redis and PostgreSQL servers that all who need one share.
 *
 * @module
 */
import { startPostgres, startRedis } from "test-servers";
import type { ArenaName } from "./contenders/arenas.ts";
import type { Place } from "./contenders/contender.ts";

export interface Servers {
  /** Which arenas cannot be entered, as their servers cannot be had here. */
  readonly missing: ReadonlySet<ArenaName>;
  /** Addresses for one trial: nothing is left of the one before. */
  clean(arena: ArenaName): Promise<Pick<Place, "redis" | "postgres">>;
  stop(): Promise<void>;
}

/** Writes do not wait for the disk: what is measured is processor time of the clients. */
const POSTGRES_FLAGS = ["-c", "fsync=off", "-c", "synchronous_commit=off"];

/** Starts what these arenas need. What cannot be had is told and left out. */
export async function startServers(arenas: readonly ArenaName[]): Promise<Servers> {
  const missing = new Set<ArenaName>();
  const start = async <Server>(
    arena: ArenaName,
    begin: () => Promise<Server>,
  ): Promise<Server | undefined> => {
    if (!arenas.includes(arena)) return undefined;
    try {
      return await begin();
    } catch (error) {
      process.stderr.write(`${arena} is left out: ${error instanceof Error ? error.message : error}\n`);
      missing.add(arena);
      return undefined;
    }
  };
  const postgres = await start("postgres", () => startPostgres(POSTGRES_FLAGS));
  let redis = await start("redis", () => startRedis());
  return {
    missing,
    clean: async (arena) => {
      if (arena === "postgres") return { postgres: await postgres?.createDatabase() };
      if (arena !== "redis" || redis === undefined) return {};
      await redis.stop();
      redis = await startRedis();
      return { redis: redis.url };
    },
    stop: async () => {
      await redis?.stop();
      await postgres?.stop();
    },
  };
}
