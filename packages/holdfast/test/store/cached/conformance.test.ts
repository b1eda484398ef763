import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { type ConformanceSubject, storeConformance } from "../../../src/testing/store-conformance.ts";
import { newFolder } from "../databases.ts";
import { type CacheNode, Nodes } from "./nodes.ts";

/** Two processes that serve from memory, each with a connection to one file. */
async function twoProcesses(): Promise<ConformanceSubject> {
  const folder = newFolder();
  const nodes = new Nodes();
  const start = () => nodes.add({}, new SqliteStore(`${folder.path}/sessions.db`));
  const { cache: store } = start();
  await store.open();
  return {
    store,
    async reopen() {
      const { cache: other } = start();
      await other.open();
      await nodes.pass(10_000);
      assert.deepEqual([store.state.serving, other.state.serving], [true, true]);
      return other;
    },
    async close() {
      await Promise.all(nodes.all.map(({ cache }: CacheNode) => cache.close()));
      folder.remove();
    },
  };
}

describe("the cached store, in two processes on one SQLite file", () => {
  for (const { name, run } of storeConformance(twoProcesses)) it(name, run);
});
