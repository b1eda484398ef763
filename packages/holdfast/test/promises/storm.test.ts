import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import type { Store } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { redisStores, withoutRedis } from "../support/redis-stores.ts";
import { storm } from "../support/storm/deployment.ts";
import { WatchedStore } from "../support/watched-store.ts";

const REDIS = "a Redis server";

/** What two processes of a deployment open. */
const places: readonly (readonly [name: string, open: (test: TestContext) => () => Store<unknown>])[] = [
  [
    "a memory store",
    () => {
      const shared = new MemoryStore();
      return () => shared;
    },
  ],
  [
    "an SQLite file",
    (test) => {
      const path = databaseFor(test);
      return () => new SqliteStore(path);
    },
  ],
  [
    "a store across a network",
    (test) => {
      const path = databaseFor(test);
      return () => new WatchedStore({ inner: new SqliteStore(path), sync: false });
    },
  ],
  [REDIS, redisStores],
];

describe("everything at once: sign-ins, locks, impersonations, renewals, rotations, revocations, writes", () => {
  for (const [name, open] of places) {
    const skip = name === REDIS && withoutRedis;
    it(`on ${name} shows nobody another's data, brings nothing back, loses no write, alarms nobody`, {
      skip,
    }, async (test) => {
      const seeds = fc.noShrink(fc.integer());
      await fc.assert(
        fc.asyncProperty(seeds, (seed) => storm(test, open(test), seed)),
        { numRuns: 4 },
      );
    });
  }
});
