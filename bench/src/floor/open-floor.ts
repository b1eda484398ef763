import type { ArenaName } from "../contenders/arenas.ts";
import { needed, type Place } from "../contenders/contender.ts";
import { memoryFloor } from "./in-memory.ts";
import { sharedFloor } from "./shared.ts";
import { barePostgres } from "./stores/postgres.ts";
import { bareRedis } from "./stores/redis.ts";
import { bareSqlite } from "./stores/sqlite.ts";
import type { Floor } from "./visit.ts";

/** @throws Error for cookies: what their clients carry is in no store */
export async function openFloor(
  arena: ArenaName,
  { folder, redis, postgres }: Place,
): Promise<Floor<unknown>> {
  switch (arena) {
    case "memory":
      return memoryFloor();
    case "sqlite":
      return sharedFloor(bareSqlite(folder));
    case "redis":
      return sharedFloor(await bareRedis(needed(redis, "Redis")));
    case "postgres":
      return sharedFloor(await barePostgres(needed(postgres, "PostgreSQL")));
    case "cookie":
      throw new Error("there is no floor of sessions that live in the cookie");
  }
}
