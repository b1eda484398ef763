import type { TestContext } from "node:test";
import type { SessionOptions } from "../../src/index.ts";
import { ExpressSessionStore } from "../../src/store/express-session.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { ScriptedStore } from "../store/express-session/scripted-store.ts";
import { WatchedStore } from "./watched-store.ts";

/** Stores as several processes would have them. */
export const sharedStores: readonly (readonly [
  name: string,
  make: (test: TestContext) => SessionOptions["store"][],
])[] = [
  ["the memory store", () => [new MemoryStore()]],
  ["a store across a network", () => [new WatchedStore()]],
  [
    "a store made for express-session",
    () => [new ExpressSessionStore(new ScriptedStore(), { exclusive: true, listing: true })],
  ],
  [
    "two processes on one SQLite file",
    (test) => {
      const file = databaseFor(test);
      return [new SqliteStore(file), new SqliteStore(file)];
    },
  ],
];
