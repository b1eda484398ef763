import assert from "node:assert/strict";
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import { sqliteSettings } from "../../../src/store/sqlite/options.ts";
import { type SqliteHandle, SqliteStore, type SqliteStoreOptions } from "../../../src/store/sqlite.ts";
import { databaseFor, openLibsql } from "../databases.ts";
import { NOW, newHandle, newUser, record } from "../records.ts";

/** A database with many sessions that nobody has open; libsql lets go of one it closed only some time later. */
function databaseWithSessions(path: string): string[] {
  const original = `${path}.original`;
  const store = new SqliteStore(original);
  const handles = Array.from({ length: 200 }, newHandle);
  for (const handle of handles)
    store.create(handle, record({ user: newUser(), body: Buffer.alloc(500) }), NOW);
  store.close();
  copyFileSync(original, path);
  return handles;
}

function execute(path: string, sql: string): void {
  const database = openLibsql(path);
  database.exec(sql);
  database.close();
}

describe("opening an SQLite store", () => {
  it("makes the file and its folders, for their owner only", (t) => {
    const path = join(databaseFor(t), "..", "data", "deep", "sessions.db");
    const store = new SqliteStore(path);
    t.after(() => store.close());
    store.create(newHandle(), record(), NOW);
    const mode = (name: string) => (statSync(name).mode & 0o777).toString(8);
    assert.deepEqual(
      ["", "-wal", "-shm"].map((suffix) => mode(path + suffix)),
      ["600", "600", "600"],
    );
    assert.deepEqual([mode(join(path, "..")), mode(join(path, "..", ".."))], ["700", "700"]);
  });

  it("finds the sessions of before, by path and by file URL", (t) => {
    const path = databaseFor(t);
    const [handle = ""] = databaseWithSessions(path);
    for (const database of [path, pathToFileURL(path)]) {
      const store = new SqliteStore(database);
      assert.ok(store.read(handle, NOW));
      store.close();
    }
  });

  it("has everything in its one file after the last connection has closed", (t) => {
    const path = databaseFor(t);
    const store = new SqliteStore(path);
    const handle = newHandle();
    store.create(handle, record(), NOW);
    assert.equal(readFileSync(path).includes(handle), false);
    store.close();
    assert.equal(readFileSync(path).includes(handle), true);
    assert.equal(existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0, 0);
  });

  it("leaves an application's own tables and its schema version alone", (t) => {
    const path = databaseFor(t);
    execute(
      path,
      "CREATE TABLE users (name TEXT); INSERT INTO users VALUES ('ann'); PRAGMA user_version = 7",
    );
    const store = new SqliteStore(path);
    assert.equal(store.create(newHandle(), record(), NOW), "created");
    store.close();
    const database = openLibsql(path);
    t.after(() => database.close());
    assert.deepEqual(database.prepare("SELECT name FROM users").raw().all(), [["ann"]]);
    assert.deepEqual(database.prepare("PRAGMA user_version").raw().get(), [7]);
  });

  it("leaves a handle open that it was given", (t) => {
    const database = openLibsql(databaseFor(t));
    const store = new SqliteStore(database);
    store.create(newHandle(), record(), NOW);
    store.close();
    assert.deepEqual(database.prepare("SELECT count(*) FROM holdfast_sessions").raw().get(), [1]);
    database.close();
  });

  it("finds the tables made if another process makes them while it waits for its turn", (t) => {
    const path = databaseFor(t);
    const handle = openLibsql(path);
    t.after(() => handle.close());
    let raced = false;
    const overtaken: SqliteHandle = {
      exec(sql) {
        if (sql === "BEGIN IMMEDIATE" && !raced) new SqliteStore(openLibsql(path)).close();
        raced ||= sql === "BEGIN IMMEDIATE";
        return handle.exec(sql);
      },
      close: () => handle.close(),
      prepare: (sql) => handle.prepare(sql),
    };
    const store = new SqliteStore(overtaken);
    assert.equal(raced, true);
    assert.equal(store.create(newHandle(), record(), NOW), "created");
  });

  it("brings a database of an older Holdfast up to date, with its sessions", (t) => {
    const path = databaseFor(t);
    const [handle = ""] = databaseWithSessions(path);
    execute(path, "DROP TABLE holdfast_values; UPDATE holdfast_schema SET version = 1");
    const store = new SqliteStore(path);
    t.after(() => store.close());
    assert.ok(store.read(handle, NOW));
    assert.equal(store.writeValue("keys", 0, Buffer.from("one"), NOW), true);
  });

  it("keeps the values of a Holdfast whose values stayed for good, which does not notice", (t) => {
    const path = databaseFor(t);
    databaseWithSessions(path);
    // As version 2 made it.
    execute(
      path,
      `DROP TABLE holdfast_values; UPDATE holdfast_schema SET version = 2;
       CREATE TABLE holdfast_values (
         name TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, value BLOB NOT NULL
       );`,
    );
    const older = openLibsql(path);
    t.after(() => older.close());
    const add = older.prepare(
      "INSERT INTO holdfast_values (name, version, value) VALUES (?, 1, ?) ON CONFLICT (name) DO NOTHING",
    );
    const replace = older.prepare(
      "UPDATE holdfast_values SET version = version + 1, value = ? WHERE name = ? AND version = ?",
    );
    add.run("keys", Buffer.from("one"));
    const store = new SqliteStore(path);
    t.after(() => store.close());
    store.prune(NOW, 10);
    assert.deepEqual(store.readValue("keys", NOW), { version: 1, value: Buffer.from("one") });
    assert.equal(store.writeValue("note", 0, Buffer.from("ends"), NOW, NOW + 1), true);
    replace.run(Buffer.from("two"), "keys", 1);
    assert.deepEqual(store.readValue("keys", NOW), { version: 2, value: Buffer.from("two") });
    assert.equal(store.prune(NOW + 1, 10), 1);
    assert.deepEqual(store.readValue("keys", NOW + 1), { version: 2, value: Buffer.from("two") });
  });

  it("refuses a database that a newer Holdfast wrote", (t) => {
    const path = databaseFor(t);
    databaseWithSessions(path);
    execute(path, "UPDATE holdfast_schema SET version = version + 1");
    assert.throws(() => new SqliteStore(path), {
      code: "ERR_HOLDFAST_STORE_SCHEMA",
      message: /version 4; .* knows 3/,
    });
  });

  it("refuses tables of its names that do not say their version", (t) => {
    for (const sql of [
      "DELETE FROM holdfast_schema",
      "UPDATE holdfast_schema SET version = CAST(x'ff' AS TEXT)",
      "UPDATE holdfast_schema SET version = -3",
      "DROP TABLE holdfast_schema",
    ]) {
      const path = databaseFor(t);
      databaseWithSessions(path);
      execute(path, sql);
      assert.throws(() => new SqliteStore(path), { code: "ERR_HOLDFAST_STORE_CORRUPT" }, sql);
    }
  });

  it("says that a file is no database, or a damaged one, and names it", (t) => {
    const damages: readonly ((path: string) => void)[] = [
      (path) => writeFileSync(path, "This is a letter, not a database. ".repeat(100)),
      (path) => writeFileSync(path, Buffer.alloc(4096, 0xa5)),
      (path) => truncateSync(path, 50),
      (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
      (path) => overwrite(path, 100, Buffer.alloc(4096, 0xff)),
    ];
    for (const damage of damages) {
      const path = databaseFor(t);
      databaseWithSessions(path);
      damage(path);
      assert.throws(
        () => new SqliteStore(path),
        (error: Error & { code?: string }) =>
          error.code === "ERR_HOLDFAST_STORE_CORRUPT" &&
          error.message.includes(path) &&
          error.cause instanceof Error,
        damage.toString(),
      );
    }
  });

  it("begins anew with an empty file", (t) => {
    const path = databaseFor(t);
    databaseWithSessions(path);
    truncateSync(path, 0);
    const store = new SqliteStore(path);
    assert.equal(store.create(newHandle(), record(), NOW), "created");
    store.close();
  });

  it("says which path cannot be opened", (t) => {
    const file = databaseFor(t);
    writeFileSync(file, "");
    for (const path of [join(file, "sessions.db"), join(file, "..")]) {
      assert.throws(
        () => new SqliteStore(path),
        (error: Error & { code?: string }) =>
          error.code === "ERR_HOLDFAST_STORE_UNAVAILABLE" && error.message.includes(path),
      );
    }
  });

  it("refuses what is neither a path nor a handle, and options it does not know or cannot use", () => {
    const refused: readonly (readonly [unknown, unknown, string])[] = [
      ["", {}, "ERR_HOLDFAST_OPTION"],
      ["a\0b", {}, "ERR_HOLDFAST_OPTION"],
      ["libsql://example.com", {}, "ERR_HOLDFAST_OPTION"],
      ["file:sessions.db", {}, "ERR_HOLDFAST_OPTION"],
      [new URL("https://example.com/sessions.db"), {}, "ERR_HOLDFAST_OPTION"],
      [undefined, {}, "ERR_HOLDFAST_OPTION"],
      [{ exec() {}, close() {} }, {}, "ERR_HOLDFAST_OPTION"],
      [":memory:", { sync: "full" }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [":memory:", { synchronous: "off" }, "ERR_HOLDFAST_OPTION"],
      [":memory:", { busyTimeout: -1 }, "ERR_HOLDFAST_OPTION"],
      [":memory:", { busyTimeout: "20" }, "ERR_HOLDFAST_OPTION"],
      [":memory:", { busyDeadline: "soon" }, "ERR_HOLDFAST_DURATION"],
      [":memory:", null, "ERR_HOLDFAST_OPTION"],
      [openLibsql(":memory:"), { synchronous: "full" }, "ERR_HOLDFAST_OPTION"],
      [openLibsql(":memory:"), { busyTimeout: 5 }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [database, options, code] of refused) {
      assert.throws(
        () => new SqliteStore(database as string, options as SqliteStoreOptions),
        { code },
        `${String(database)} ${JSON.stringify(options)}`,
      );
    }
  });

  it("uses a write-ahead log, writes as durably as it is told, and blocks for a short time only", (t) => {
    const settingsOf = (options: SqliteStoreOptions): unknown[] => {
      const { connection } = openDatabase(databaseFor(t), sqliteSettings(options, false));
      const pragma = (name: string) => connection.query(`PRAGMA ${name}`).row()?.[0];
      const found = ["journal_mode", "synchronous", "busy_timeout"].map(pragma);
      connection.close();
      return found;
    };
    assert.deepEqual(settingsOf({}), ["wal", 1, 20]);
    assert.deepEqual(settingsOf({ synchronous: "full", busyTimeout: 5 }), ["wal", 2, 5]);
  });

  it("says how to get a driver where there is none", (t) => {
    t.mock.method(process, "getBuiltinModule", () => undefined);
    const resolve: (...request: unknown[]) => unknown = Reflect.get(Module, "_resolveFilename");
    t.mock.method(
      Module as unknown as { _resolveFilename: typeof resolve },
      "_resolveFilename",
      (...request: unknown[]) => {
        if (request[0] === "libsql")
          throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
        return Reflect.apply(resolve, Module, request);
      },
    );
    assert.throws(() => new SqliteStore(databaseFor(t)), {
      code: "ERR_HOLDFAST_SQLITE_DRIVER",
      message: /npm install libsql/,
    });
  });
});

function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
}
