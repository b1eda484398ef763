import assert from "node:assert/strict";
import { closeSync, copyFileSync, openSync, statSync, writeSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HoldfastError } from "../../../src/errors.ts";
import type { ListedRecord, StoredRecord, StoredValue } from "../../../src/store/contract.ts";
import { type SqliteHandle, SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor, openLibsql, openNodeSqlite } from "../databases.ts";
import { HOUR, NOW, newHandle, newUser, record } from "../records.ts";

const COLUMNS = ["version", "expires_at", "user", "key_id", "header", "body", "handle"] as const;

/** A store whose table has been replaced by one that takes any value in any column, and that table's connection. */
function unguardedStore(open: (path: string) => SqliteHandle) {
  const handle = open(":memory:");
  const store = new SqliteStore(handle);
  handle.exec(`
    DROP TABLE holdfast_sessions;
    CREATE TABLE holdfast_sessions (handle PRIMARY KEY, version, expires_at, user, key_id, header, body);
    CREATE INDEX holdfast_sessions_user ON holdfast_sessions (user) WHERE user IS NOT NULL;
    CREATE INDEX holdfast_sessions_expiry ON holdfast_sessions (expires_at, key_id)`);
  return {
    store,
    edit: (column: string, value: string) => handle.exec(`UPDATE holdfast_sessions SET ${column} = ${value}`),
  };
}

const hex = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("hex"));

/** Any SQL value: numbers of every kind and size, texts that are no UTF-8, bytes, nothing. */
const sqlValue = fc.oneof(
  fc.constantFrom(
    "NULL",
    "-1",
    "0",
    "1.5",
    "1e300",
    "9e999",
    "-9e999",
    "9223372036854775807",
    "9007199254740992",
  ),
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
  hex.map((digits) => `x'${digits}'`),
  hex.map((digits) => `CAST(x'${digits}' AS TEXT)`),
  fc.constantFrom("'12'", "'x:y'", "''", "zeroblob(100000)"),
);

function assertSound(found: StoredRecord): void {
  const { version, expiresAt, user, keyId, header, body } = found;
  assert.ok(Number.isSafeInteger(version) && version >= 1);
  assert.ok(typeof expiresAt === "number" && expiresAt > NOW && expiresAt <= Number.MAX_SAFE_INTEGER);
  assert.ok(user === null || (typeof user === "string" && user !== ""));
  assert.equal(typeof keyId, "string");
  assert.ok(header instanceof Uint8Array && body instanceof Uint8Array);
}

describe("an SQLite store whose rows have been edited by hand", () => {
  for (const [shape, open] of Object.entries({
    "better-sqlite3": openLibsql,
    "node:sqlite": openNodeSqlite,
  })) {
    it(`takes a row that no store can have written for absent, and never fails (${shape})`, () => {
      const user = newUser();
      const edits = fc.array(fc.tuple(fc.constantFrom(...COLUMNS), sqlValue), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(edits, (edited) => {
          const { store, edit } = unguardedStore(open);
          const handle = newHandle();
          store.create(handle, record({ user }), NOW);
          for (const [column, value] of edited) edit(column, value);
          const found = store.read(handle, NOW) as StoredRecord | null;
          if (found !== null) assertSound(found);
          const listed = store.listUser([user], NOW) as ListedRecord[];
          for (const { handle: name, record: other } of listed) {
            assert.equal(typeof name, "string");
            assertSound(other);
          }
          const columns = edited.map(([column]) => column);
          if (found !== null && !columns.some((column) => column === "user" || column === "key_id")) {
            assert.deepEqual([found.user, found.keyId], [user, "key1"]);
          }
          const scanned = store.scan(NOW, { limit: 10 }) as ListedRecord[];
          for (const { handle: name, record: other } of scanned) {
            assertSound(other);
            assert.deepEqual(store.scan(NOW, { after: name, limit: 10 }), [], "a walk gets on");
          }
          for (const keyId of (store.countByKey(NOW) as Map<string, number>).keys())
            assert.equal(typeof keyId, "string");
          assert.equal(typeof store.update(handle, 1, record({ user }), NOW), "boolean");
          store.touch([{ handle, version: 1, expiresAt: NOW + HOUR, header: Buffer.from("seen") }], NOW);
          assert.equal(typeof store.deleteUser([user], NOW), "number");
          assert.equal(typeof store.delete(handle, NOW), "boolean");
          assert.equal(store.read(handle, NOW), null);
        }),
        { numRuns: 150 },
      );
    });

    it(`gives of a shared value that was edited bytes or nothing, and never fails (${shape})`, () => {
      fc.assert(
        fc.property(fc.constantFrom("version", "value", "name", "expires_at"), sqlValue, (column, value) => {
          const handle = open(":memory:");
          const store = new SqliteStore(handle);
          handle.exec(
            "DROP TABLE holdfast_values; CREATE TABLE holdfast_values (name PRIMARY KEY, version, value, expires_at)",
          );
          store.writeValue("keys", 0, Buffer.from("one"), NOW);
          handle.exec(`UPDATE holdfast_values SET ${column} = ${value}`);
          const found = store.readValue("keys", NOW) as StoredValue | null;
          if (found !== null) {
            assert.ok(Number.isSafeInteger(found.version) && found.value instanceof Uint8Array);
            assert.equal(store.writeValue("keys", found.version, Buffer.from("two"), NOW), true);
          }
          assert.equal(typeof store.writeValue("keys", 0, Buffer.from("three"), NOW), "boolean");
          assert.equal(typeof store.prune(NOW, 10), "number");
        }),
        { numRuns: 150 },
      );
    });

    it(`sees no session in a row of wrong types or impossible numbers (${shape})`, () => {
      const impossible: readonly (readonly [column: string, value: string])[] = [
        ["version", "NULL"],
        ["version", "'1'"],
        ["version", "0"],
        ["version", "-1"],
        ["version", "1.5"],
        ["version", "9007199254740992"],
        ["version", "9223372036854775807"],
        ["expires_at", "NULL"],
        ["expires_at", "'tomorrow'"],
        ["expires_at", "x'ff'"],
        ["expires_at", "9e999"],
        ["expires_at", "9223372036854775807"],
        ["key_id", "NULL"],
        ["header", "NULL"],
        ["header", "'text'"],
        ["header", "CAST(x'ff' AS TEXT)"],
        ["header", "5"],
        ["body", "NULL"],
        ["body", "'text'"],
        ["body", "zeroblob(67108865)"],
      ];
      for (const [column, value] of impossible) {
        const { store, edit } = unguardedStore(open);
        const handle = newHandle();
        const user = newUser();
        store.create(handle, record({ user }), NOW);
        assert.ok(store.read(handle, NOW));
        edit(column, value);
        assert.equal(store.read(handle, NOW), null, `${column} = ${value}`);
        assert.deepEqual(store.listUser([user], NOW), [], `${column} = ${value}`);
      }
    });
  }

  it("prunes rows whose expiry is no time at all", () => {
    const { store, edit } = unguardedStore(openLibsql);
    for (const value of ["'tomorrow'", "x'ff'", "9e999", "9223372036854775807"]) {
      store.create(newHandle(), record(), NOW);
      edit("expires_at", value);
      assert.equal(store.prune(NOW, 10), 1, value);
    }
    assert.equal(store.prune(NOW, 10), 0);
  });
});

describe("an SQLite store whose file has been damaged anywhere", () => {
  it("works or fails with an error of its own, and never crashes", (t) => {
    const sound = databaseFor(t);
    const store = new SqliteStore(sound);
    const users = [newUser(), newUser()];
    const handles = Array.from({ length: 60 }, newHandle);
    for (const [index, handle] of handles.entries()) {
      store.create(handle, record({ user: users[index % 2] ?? null, body: Buffer.alloc(600, "x") }), NOW);
    }
    store.close();
    const { size } = statSync(sound);
    const path = databaseFor(t);
    const damage = fc.record({
      at: fc.integer({ min: 0, max: size - 1 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    });
    fc.assert(
      fc.property(damage, ({ at, bytes }) => {
        copyFileSync(sound, path);
        const file = openSync(path, "r+");
        writeSync(file, bytes, 0, Math.min(bytes.length, size - at), at);
        closeSync(file);
        const failsWell = (work: () => unknown): void => {
          try {
            work();
          } catch (error) {
            assert.ok(error instanceof HoldfastError, String(error));
          }
        };
        failsWell(() => {
          const damaged = new SqliteStore(path);
          for (const handle of handles) failsWell(() => damaged.read(handle, NOW));
          failsWell(() => damaged.listUser(users, NOW));
          failsWell(() => damaged.countByKey(NOW));
          failsWell(() => damaged.scan(NOW, { limit: 100 }));
          failsWell(() => damaged.update(handles[0] ?? "", 1, record(), NOW));
          failsWell(() => damaged.create(newHandle(), record(), NOW));
          failsWell(() => damaged.deleteUser(users, NOW));
          failsWell(() => damaged.prune(NOW + HOUR, 100));
          damaged.close();
        });
      }),
      { numRuns: 60 },
    );
  });
});
