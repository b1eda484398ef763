import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pg from "pg";
import { HOUR, MINUTE, NOW, newHandle, newUser, record } from "../records.ts";
import { count, scene, skip, untilLocked } from "./scene.ts";

describe("an operation of the PostgreSQL store", { skip }, () => {
  it("is one statement without a name; only the removal of everything is two", async (t) => {
    const { store, asked } = await scene(t);
    const handle = newHandle();
    const user = newUser();
    const mine = record({ user });
    const limit = { users: [user], most: 3, beyond: "evict" as const };
    const touch = { handle, version: 2, expiresAt: NOW + HOUR, header: Buffer.from("seen") };
    const operations: readonly (readonly [statements: number, run: () => Promise<unknown>])[] = [
      [1, () => store.create(newHandle(), record(), NOW)],
      [1, () => store.userGeneration(user)],
      [1, () => store.create(handle, mine, NOW, 0, limit)],
      [1, () => store.read(handle, NOW)],
      [1, () => store.update(handle, 1, mine, NOW)],
      [1, () => store.touch([touch], NOW)],
      [1, () => store.touch([touch, { ...touch, handle: newHandle() }], NOW)],
      [0, () => store.touch([], NOW)],
      [1, () => store.listUser([user], NOW)],
      [1, () => store.scan(NOW, { limit: 10 })],
      [1, () => store.countByKey(NOW)],
      [1, () => store.deleteUser([user], NOW, handle)],
      [1, () => store.delete(handle, NOW)],
      [1, () => store.deleteByKey("key1", 10)],
      [1, () => store.writeValue("keys", 0, Buffer.from("one"), NOW)],
      [1, () => store.writeValue("keys", 1, Buffer.from("two"), NOW)],
      [1, () => store.readValue("keys", NOW)],
      [1, () => store.prune(NOW, 10)],
      [2, () => store.deleteAll(NOW)],
    ];
    for (const [statements, run] of operations) {
      asked.length = 0;
      await run();
      assert.equal(asked.length, statements, run.toString());
      for (const [text, values] of asked) assert.ok(typeof text === "string" && Array.isArray(values));
    }
  });

  it("is tried again where the server has ended it to resolve a deadlock", async (t) => {
    const { store, other, asked } = await scene(t, { options: "-c deadlock_timeout=300ms" });
    await other.query("SET deadlock_timeout = '1min'");
    const user = newUser();
    const [first = "", second = ""] = [newHandle(), newHandle()].sort();
    for (const handle of [first, second]) await store.create(handle, record({ user }), NOW);
    asked.length = 0;
    await other.query("BEGIN");
    await other.query("SELECT FROM holdfast_sessions WHERE handle = $1 FOR UPDATE", [second]);
    const deleted = store.deleteUser([user], NOW);
    await untilLocked(other);
    // Both wait for each other now, and the store's side is the first to notice.
    await other.query("SELECT FROM holdfast_sessions WHERE handle = $1 FOR UPDATE", [first]);
    await other.query("COMMIT");
    assert.equal(await deleted, 2);
    assert.equal(asked.length, 2);
  });

  it("touches many sessions without a wait for one that somebody else is writing", async (t) => {
    const { store, other } = await scene(t);
    const handles = Array.from({ length: 4 }, newHandle);
    for (const handle of handles) await store.create(handle, record(), NOW);
    await other.query("BEGIN");
    await other.query("SELECT FROM holdfast_sessions WHERE handle = $1 FOR UPDATE", [handles[1]]);
    const expiresAt = NOW + 2 * HOUR;
    const touches = handles.map((handle) => ({ handle, version: 1, expiresAt, header: Buffer.from("seen") }));
    const others = handles.filter((_, at) => at !== 1);
    assert.deepEqual((await store.touch(touches, NOW)).sort(), others.sort());
    await other.query("COMMIT");
    assert.equal(await count(other, `expires_at = ${expiresAt}`), 3);
    assert.equal((await store.touch(touches, NOW)).length, 4);
  });

  it("that takes too long by the server's own limit is a store that does not answer", async (t) => {
    const { store, pool, other } = await scene(t);
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    await pool.query("SET statement_timeout = 100");
    await other.query("BEGIN; UPDATE holdfast_sessions SET version = version");
    await assert.rejects(store.update(handle, 1, record(), NOW), {
      code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
      message: /statement_timeout/,
    });
    await other.query("ROLLBACK");
    await pool.query("SET statement_timeout = 0");
    assert.equal(await store.update(handle, 1, record(), NOW), true);
  });

  it("reads its numbers whatever the application makes of a bigint", async (t) => {
    for (const parse of [Number, BigInt, String]) {
      const types = {
        getTypeParser: (oid: number, format: unknown) =>
          oid === pg.types.builtins.INT8 ? parse : pg.types.getTypeParser(oid, format as "text"),
      };
      const { store } = await scene(t, { types: types as unknown as pg.CustomTypesConfig });
      const handle = newHandle();
      await store.create(handle, record(), NOW);
      assert.equal((await store.read(handle, NOW))?.expiresAt, NOW + HOUR);
      assert.deepEqual(await store.countByKey(NOW), new Map([["key1", 1]]));
      assert.equal(await store.deleteAll(NOW), 1);
    }
  });

  it("takes a row that no store can have written for absent", async (t) => {
    const { store, other } = await scene(t);
    const strange = [
      "version = 0",
      "version = -1",
      "expires_at = 9223372036854775807",
      "body = decode(repeat('00', 33554433), 'hex'), header = body || decode(repeat('00', 33554433), 'hex')",
    ];
    for (const change of strange) {
      const handle = newHandle();
      await store.create(handle, record(), NOW);
      await other.query(`UPDATE holdfast_sessions SET ${change} WHERE handle = $1`, [handle]);
      assert.equal(await store.read(handle, NOW), null, change);
      await other.query("DELETE FROM holdfast_sessions");
    }
    const handles = [newHandle(), newHandle()].sort();
    for (const handle of handles) await store.create(handle, record(), NOW);
    for (const name of ["", "A", "é".repeat(22), "-".repeat(23)]) {
      await store.create(name, record(), NOW);
    }
    const listed = await store.scan(NOW, { limit: 10 });
    assert.deepEqual(
      listed.map(({ handle }) => handle),
      handles,
    );
  });
});

describe("activity in PostgreSQL", { skip }, () => {
  it("is written within the row's own page: no index has to learn of it", async (t) => {
    const { schema, store, pool } = await scene(t);
    const handles = Array.from({ length: 40 }, newHandle);
    const mine = record({ user: newUser(), header: Buffer.alloc(150), body: Buffer.alloc(400) });
    for (const handle of handles) await store.create(handle, mine, NOW);
    for (let minute = 3; minute <= 30; minute += 3) {
      const now = NOW + minute * MINUTE;
      for (const handle of handles) {
        const header = Buffer.alloc(150, minute);
        await store.touch([{ handle, version: 1, expiresAt: now + HOUR, header }], now);
      }
    }
    await pool.query("SELECT pg_stat_force_next_flush()");
    const sql = "SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables";
    const { rows } = await pool.query(`${sql} WHERE schemaname = $1 AND relname = 'holdfast_sessions'`, [
      schema,
    ]);
    assert.equal(rows[0].all, 400);
    assert.ok(rows[0].hot > 380, `${rows[0].hot} of 400`);
  });

  it("moves the time of pruning now and then, and never beyond the end of the session", async (t) => {
    const { store, other } = await scene(t);
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    let moved = 0;
    let before = NOW + HOUR;
    for (let minute = 3; minute <= 300; minute += 3) {
      const now = NOW + minute * MINUTE;
      const touch = { handle, version: 1, expiresAt: now + HOUR, header: Buffer.from("seen") };
      await store.touch(minute % 2 === 0 ? [touch] : [touch, { ...touch, handle: newHandle() }], now);
      const { rows } = await other.query("SELECT prune_at, expires_at FROM holdfast_sessions");
      const pruneAt = Number(rows[0].prune_at);
      assert.ok(pruneAt <= Number(rows[0].expires_at) && pruneAt > now);
      if (pruneAt !== before) moved += 1;
      before = pruneAt;
    }
    assert.ok(moved >= 4 && moved <= 10, `${moved} of 100`);
  });
});
