import type { TestContext } from "node:test";
import type { Store } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { WatchedStore } from "./watched-store.ts";

/** The stores that the promises hold on, and each kind of answer a store may give. */
export const everyStore: readonly (readonly [name: string, make: (test: TestContext) => Store<unknown>])[] = [
  ["memory store", () => new MemoryStore()],
  ["SQLite store", (test) => new SqliteStore(databaseFor(test))],
  ["store across a network", () => new WatchedStore()],
];
