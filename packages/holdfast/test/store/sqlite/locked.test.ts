import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Store } from "../../../src/store/contract.ts";
// The other connection must be of the driver that the store takes: two SQLite libraries do not see each other's locks.
import { openWithDriver } from "../../../src/store/sqlite/load-driver.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor, openLibsql, openNodeSqlite } from "../databases.ts";
import { NOW, newHandle, newUser, record, text } from "../records.ts";

const unavailable = { code: "ERR_HOLDFAST_STORE_UNAVAILABLE", status: 503 };

/** A thread that locks a database for 150 ms; the constructor blocks its own thread meanwhile. */
const HOLD_FOR_A_WHILE = `
  const { parentPort, workerData } = require("node:worker_threads");
  const Database = process.getBuiltinModule("node:sqlite")?.DatabaseSync
    ?? require("node:module").createRequire(workerData.here)("libsql");
  const database = new Database(workerData.path);
  database.exec("BEGIN EXCLUSIVE");
  parentPort.postMessage("locked");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
  database.exec("COMMIT");
`;

/** Every way to write, each on a session of its own that is there already. */
function writes(store: Store, user: string, handles: readonly string[]): readonly (() => unknown)[] {
  const [updated = "", touched = "", touchedToo = "", deleted = ""] = handles;
  const touch = { version: 1, expiresAt: NOW + 9, header: Buffer.from("seen") };
  const touches = [
    { handle: touched, ...touch },
    { handle: touchedToo, ...touch },
  ];
  return [
    () => store.create(newHandle(), record(), NOW),
    () => store.update(updated, 1, record(), NOW),
    () => store.touch(touches, NOW),
    () => store.delete(deleted, NOW),
    () => store.deleteUser([user], NOW),
    () => store.prune(NOW + 10, 5),
  ];
}

describe("an SQLite store whose file another connection has locked", () => {
  it("waits without blocking the event loop, reads meanwhile, and answers once the lock is gone", async (t) => {
    const path = databaseFor(t);
    // More than a busy machine takes for the test.
    const store = new SqliteStore(path, { busyDeadline: "30s" });
    t.after(() => store.close());
    const user = newUser();
    const handles = Array.from({ length: 4 }, newHandle);
    for (const handle of handles) store.create(handle, record(), NOW);
    store.create(newHandle(), record({ user }), NOW);
    store.create(newHandle(), record({ expiresAt: NOW + 10 }), NOW);

    const other = openWithDriver(path);
    t.after(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    const answers = writes(store, user, handles).map((write) => write());
    for (const answer of answers) assert.ok(answer instanceof Promise);
    // Were the loop blocked, these timers could not fire while the lock is held.
    for (let beats = 0; beats < 5; beats++) {
      await wait(10);
      assert.equal(text((store.read(handles[0] ?? "", NOW) as { body: Uint8Array } | null)?.body), "body");
    }
    other.exec("COMMIT");
    // The deletes count 1, the touches 2; they made two sessions expire before the prune did its work, beside the one that had.
    assert.deepEqual(await Promise.all(answers), ["created", true, handles.slice(1, 3), true, 1, 3]);
    assert.equal(store.create(newHandle(), record(), NOW), "created");
  });

  it("gives up at the deadline, with SQLite's error as the cause, and works again afterwards", async (t) => {
    const path = databaseFor(t);
    const store = new SqliteStore(path, { busyDeadline: "120ms", busyTimeout: 1 });
    t.after(() => store.close());
    const user = newUser();
    const handles = Array.from({ length: 4 }, newHandle);
    for (const handle of handles) store.create(handle, record(), NOW);
    store.create(newHandle(), record({ expiresAt: NOW + 10 }), NOW);
    const other = openWithDriver(path);
    t.after(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    const began = performance.now();
    for (const outcome of await Promise.allSettled(writes(store, user, handles).map((write) => write()))) {
      assert.equal(outcome.status, "rejected");
      const { code, status, cause } = outcome.reason;
      assert.deepEqual({ code, status }, unavailable);
      assert.match(String(cause), /locked/);
    }
    assert.ok(performance.now() - began < 2_000);
    other.exec("ROLLBACK");
    assert.equal(store.update(handles[0] ?? "", 1, record(), NOW), true);
  });

  it("sees at once what others have ended, also after it gave up writes", async (t) => {
    const path = databaseFor(t);
    const store = new SqliteStore(path, { busyDeadline: "20ms", busyTimeout: 1 });
    t.after(() => store.close());
    const handles = Array.from({ length: 4 }, newHandle);
    const [revoked = "", kept = "", , alsoRevoked = ""] = handles;
    const other = openWithDriver(path);
    t.after(() => other.close());
    for (const write of writes(store, newUser(), handles)) {
      for (const handle of handles) await store.create(handle, record(), NOW);
      other.exec("BEGIN IMMEDIATE");
      await Promise.allSettled([write()]);
      other.exec(`DELETE FROM holdfast_sessions WHERE handle = '${revoked}'; COMMIT`);
      assert.equal(store.read(revoked, NOW), null);
      other.exec(`DELETE FROM holdfast_sessions WHERE handle = '${alsoRevoked}'`);
      assert.equal(store.read(alsoRevoked, NOW), null);
      const found = store.read(kept, NOW) as { version: number };
      assert.equal(store.update(kept, found.version, record(), NOW), true);
      assert.equal(store.deleteUser([newUser()], NOW), 0);
    }
  });

  it("sees what others have ended, and keeps nobody waiting, after it gave up a read without a write-ahead log", async (t) => {
    const path = databaseFor(t);
    const handle = openLibsql(path);
    t.after(() => handle.close());
    const store = new SqliteStore(handle, { busyDeadline: "20ms" });
    const [revoked, alsoRevoked] = [newHandle(), newHandle()];
    for (const session of [revoked, alsoRevoked]) store.create(session, record(), NOW);
    const other = openLibsql(path);
    t.after(() => other.close());
    other.exec("BEGIN EXCLUSIVE");
    await assert.rejects(async () => store.listUser([newUser()], NOW), unavailable);
    await assert.rejects(async () => store.userGeneration(newUser()), unavailable);
    other.exec(`DELETE FROM holdfast_sessions WHERE handle = '${revoked}'; COMMIT`);
    assert.equal(store.read(revoked, NOW), null);
    other.exec(`DELETE FROM holdfast_sessions WHERE handle = '${alsoRevoked}'`);
    assert.equal(store.read(alsoRevoked, NOW), null);
  });

  it("ends what waits when it is closed", async (t) => {
    const path = databaseFor(t);
    const store = new SqliteStore(path);
    const other = openWithDriver(path);
    t.after(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    const rejected = assert.rejects(Promise.resolve(store.create(newHandle(), record(), NOW)), {
      code: "ERR_HOLDFAST_STORE_CLOSED",
    });
    store.close();
    await rejected;
  });

  it("can be opened once the lock is gone", async (t) => {
    const path = databaseFor(t);
    const holder = new Worker(HOLD_FOR_A_WHILE, { eval: true, workerData: { path, here: import.meta.url } });
    t.after(() => holder.terminate());
    await once(holder, "message");
    const store = new SqliteStore(path, { busyDeadline: "10s", busyTimeout: 1 });
    t.after(() => store.close());
    assert.equal(store.create(newHandle(), record(), NOW), "created");
  });

  it("says so if it cannot even be opened before the deadline", (t) => {
    const path = databaseFor(t);
    const other = openWithDriver(path);
    t.after(() => other.close());
    other.exec("BEGIN EXCLUSIVE");
    assert.throws(() => new SqliteStore(path, { busyDeadline: 50, busyTimeout: 1 }), unavailable);
  });
});

describe("an SQLite store on a handle on which somebody else has a transaction open", () => {
  for (const [shape, open] of Object.entries({
    "better-sqlite3": openLibsql,
    "node:sqlite": openNodeSqlite,
  })) {
    it(`writes after it, so that no rollback takes a session along (${shape})`, async (t) => {
      const handle = open(databaseFor(t));
      t.after(() => handle.close());
      const store = new SqliteStore(handle, { busyDeadline: "1s" });
      const session = newHandle();
      handle.exec("BEGIN");
      const created = store.create(session, record(), NOW);
      const read = store.read(session, NOW);
      assert.ok(created instanceof Promise && read instanceof Promise);
      await wait(20);
      handle.exec("ROLLBACK");
      assert.equal(await created, "created");
      assert.ok(await store.read(session, NOW));
    });
  }

  it("says what is wrong if it does not end", async (t) => {
    const handle = openLibsql(databaseFor(t));
    t.after(() => handle.close());
    const store = new SqliteStore(handle, { busyDeadline: 30 });
    handle.exec("BEGIN");
    await assert.rejects(Promise.resolve(store.create(newHandle(), record(), NOW)), {
      ...unavailable,
      message: /transaction open on the handle/,
    });
    assert.throws(() => new SqliteStore(handle, { busyDeadline: 30 }), {
      ...unavailable,
      message: /transaction open on the handle/,
    });
  });
});
