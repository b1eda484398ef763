/**
 * Holdfast with its defaults: every protection on.
 *
 * @module
 */
import { type Sessions, session } from "holdfast";
import { MemoryStore } from "holdfast/store/memory";
import { SqliteStore } from "holdfast/store/sqlite";
import type { SessionRequest } from "../scenarios.ts";
import { openDatabase } from "../sqlite-file.ts";
import { type Contender, type StoreName, spoil } from "./contender.ts";

/** A little more than the tenth of the idle limit (30 minutes) after which activity is recorded again. */
const UNTIL_DUE = 181_000;

export interface Holdfast extends Contender {
  readonly sessions: Sessions;
}

export function holdfast(store: StoreName, secret: string, folder: string): Holdfast {
  const database = store === "sqlite" ? openDatabase(folder, "holdfast.db") : undefined;
  let passed = 0;
  const sessions = session({
    secret,
    store: database === undefined ? new MemoryStore() : new SqliteStore(database),
    clock: { now: () => Date.now() + passed },
  });
  return {
    name: "holdfast",
    sessions,
    serve: (handler) => (req, res) => {
      sessions(req, res, (error) => {
        if (error !== undefined) throw error;
        handler(req as SessionRequest, res);
      });
    },
    forge: spoil,
    passTime: () => {
      passed += UNTIL_DUE;
    },
    close: async () => {
      await sessions.close();
      database?.close();
    },
  };
}
