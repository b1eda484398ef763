import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor, openLibsql } from "../store/databases.ts";
import { type AppOptions, browserWith, type SessionApp, sessionApp } from "./session-app.ts";

export type Cell = string | number | Buffer | null;

/** An app on an SQLite file, and a second hand on that file. */
export interface Scene {
  readonly app: SessionApp;
  readonly path: string;
  /** What `handle`'s row has in a column, for whoever edits the file behind the store's back. */
  readonly get: (handle: string, column: string) => Cell;
  readonly set: (handle: string, column: string, value: Cell) => void;
}

export async function scene(test: TestContext, options: AppOptions = {}): Promise<Scene> {
  const path = databaseFor(test);
  const app = await sessionApp(test, { ...options, store: new SqliteStore(path) });
  const raw = openLibsql(path);
  test.after(() => raw.close());
  return {
    app,
    path,
    get: (handle, column) => {
      const [cell] = raw
        .prepare(`SELECT ${column} FROM holdfast_sessions WHERE handle = ?`)
        .raw()
        .get(handle) as unknown as [Cell];
      return cell;
    },
    set: (handle, column, value) =>
      void raw.prepare(`UPDATE holdfast_sessions SET ${column} = ? WHERE handle = ?`).run(value, handle),
  };
}

/** A visit that must be an ordinary anonymous one. */
export async function isAnonymous(app: SessionApp, cookie: string, what = ""): Promise<void> {
  const reply = await app.act((session) => session, { by: browserWith(app, cookie) });
  assert.deepEqual([reply.status, reply.json(), reply.setCookie], [200, {}, []], what);
}
