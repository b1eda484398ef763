import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError } from "../../../src/errors.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor, openLibsql, openNodeSqlite } from "../databases.ts";
import { HOUR, NOW, newHandle, record, text } from "../records.ts";

const full = { code: "ERR_HOLDFAST_STORE_FULL", status: 503 };

describe("an SQLite store that cannot grow", () => {
  for (const [shape, open] of Object.entries({
    "better-sqlite3": openLibsql,
    "node:sqlite": openNodeSqlite,
  })) {
    it(`says so, keeps every acknowledged session, and works again when there is room (${shape})`, (t) => {
      const handle = open(databaseFor(t));
      t.after(() => handle.close());
      const store = new SqliteStore(handle);
      handle.exec("PRAGMA max_page_count = 60");
      const acknowledged: string[] = [];
      const large = record({ body: Buffer.alloc(3_000, "x") });
      const fill = () => {
        for (let attempt = 0; attempt < 100; attempt++) {
          const session = newHandle();
          assert.equal(store.create(session, large, NOW), "created");
          acknowledged.push(session);
        }
      };
      assert.throws(fill, full);
      assert.ok(acknowledged.length > 10);
      const [first = "", second = "", third = ""] = acknowledged;
      assert.throws(() => store.update(first, 1, record({ body: Buffer.alloc(50_000) }), NOW), full);
      const touch = { version: 1, expiresAt: NOW + HOUR, header: Buffer.alloc(50_000) };
      const touches = [
        { handle: first, version: 1, expiresAt: NOW + 2 * HOUR, header: Buffer.from("seen") },
        { handle: second, ...touch },
      ];
      assert.throws(() => store.touch(touches, NOW), full);
      for (const session of acknowledged) {
        const found = store.read(session, NOW) as ReturnType<typeof record> | null;
        assert.equal(
          text(found?.header),
          "header",
          "a batch of touches is recorded as a whole or not at all",
        );
        assert.equal(found?.body.length, 3_000);
      }
      assert.equal(store.delete(third, NOW), true);
      assert.equal(store.create(newHandle(), large, NOW), "created");
      handle.exec("PRAGMA max_page_count = 1000");
      assert.equal(store.update(first, 1, record({ body: Buffer.alloc(50_000) }), NOW), true);
    });
  }

  it("records a batch of touches as a whole or not at all, and is not stuck in it (better-sqlite3, node:sqlite)", (t) => {
    for (const open of [openLibsql, openNodeSqlite]) {
      const handle = open(databaseFor(t));
      t.after(() => handle.close());
      const store = new SqliteStore(handle);
      const sessions = [newHandle(), newHandle()];
      for (const session of sessions) store.create(session, record(), NOW);
      const seen = (index: number, expiresAt: number) => {
        return { handle: sessions[index] ?? "", version: 1, expiresAt, header: Buffer.from("seen") };
      };
      assert.throws(() => store.touch([seen(0, NOW + HOUR), seen(1, Number.NaN)], NOW), HoldfastError);
      const found = store.read(sessions[0] ?? "", NOW) as ReturnType<typeof record> | null;
      assert.equal(text(found?.header), "header");
      assert.equal(store.create(newHandle(), record(), NOW), "created");
    }
  });

  it("refuses a session that is too large for any row, before it asks the database", (t) => {
    const store = new SqliteStore(":memory:");
    t.after(() => store.close());
    const large = record({ body: new Uint8Array(64 * 1024 * 1024) });
    assert.throws(() => store.create(newHandle(), large, NOW), { code: "ERR_HOLDFAST_TOO_LARGE" });
    assert.throws(() => store.update(newHandle(), 1, large, NOW), { code: "ERR_HOLDFAST_TOO_LARGE" });
  });
});
