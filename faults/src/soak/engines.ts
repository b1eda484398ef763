import type { Engine } from "../engines/engine.ts";
import { startOnePostgres } from "../engines/postgres.ts";
import { startManyRedis, startOneRedis } from "../engines/redis.ts";
import { startSqlite } from "../engines/sqlite.ts";
import type { Setup } from "../trial/matrix.ts";

/** What is soaked: each engine once. */
export const engines = {
  sqlite: startSqlite,
  redisDurable: () => startOneRedis(true),
  redisCluster: startManyRedis,
  postgres: () => startOnePostgres(false),
} as const satisfies Partial<Record<Setup, () => Promise<Engine>>>;
