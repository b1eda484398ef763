import { after, type TestContext } from "node:test";
import { found, startRedis } from "test-servers";
import type { RedisStore } from "../../src/store/redis.ts";
import { newPrefix, storeFor } from "../store/redis/redis-clients.ts";

const { server, skip } = await found(startRedis);
after(() => server?.stop());

/** Why there is no Redis server to test with; false if there is one. */
export const withoutRedis: string | false = skip;

/** For apps on a real server: a machine with much else to do must not count as an outage. */
export const PATIENT = { storeTimeout: "30s" } as const;

/** A store in Redis of one's own. */
export function redisStore(test: TestContext): RedisStore {
  return storeFor(test, server?.url ?? "");
}

/** Stores of one's own for several processes, on the same sessions. */
export function redisStores(test: TestContext): () => RedisStore {
  const prefix = newPrefix();
  return () => storeFor(test, server?.url ?? "", { prefix });
}
