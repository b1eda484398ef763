import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../../../src/store/contract.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { storm } from "../../support/storm/deployment.ts";
import { databaseFor } from "../databases.ts";
import { Nodes } from "./nodes.ts";

describe("everything at once, on two processes that cache", () => {
  for (const lost of [0, 0.1]) {
    it(`shows nobody another's data, brings nothing back, loses no write, alarms nobody, with ${lost * 100} % of messages lost`, async (test) => {
      const path = databaseFor(test);
      const nodes = new Nodes();
      const starting = [0, 1].map(() => nodes.add({}, new SqliteStore(path)));
      for (const { cache } of starting) await cache.open();
      await nodes.pass(10_000);
      nodes.network.passes = () => Math.random() >= lost;
      let reads = 0;
      for (const { cache } of starting) {
        const { read } = cache;
        cache.read = (...args) => {
          reads += 1;
          return read.apply(cache, args);
        };
      }
      const unused = starting.map(({ cache }) => cache);
      let isOver = false;
      const time = async (): Promise<void> => {
        while (!isOver) {
          await nodes.pass(100);
          await delay(1);
        }
      };
      const passing = time();
      try {
        await storm(test, () => (unused.pop() ?? assert.fail("a third process")) as Store<unknown>, 7);
      } finally {
        isOver = true;
        await passing;
      }
      const asked = starting.flatMap(({ store }) => store.calls.filter((call) => call === "read")).length;
      assert.ok(asked < reads, "nothing came from memory");
    });
  }
});
