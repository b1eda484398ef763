import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type pg from "pg";
import { HOUR, MINUTE, NOW, newHandle, newUser, record, SECOND } from "../records.ts";
import { anotherStore, count, scene, skip, untilLocked } from "./scene.ts";

describe("a sign-in in PostgreSQL that has yet to be committed", { skip }, () => {
  /** What a create asks the database, in somebody else's transaction. */
  async function signInElsewhere(
    other: pg.Client,
    handle: string,
    user: string,
    most: number,
  ): Promise<void> {
    await other.query("BEGIN");
    await other.query("SELECT holdfast_create($1, $2, $3, 'key1', '', '', $4, 0, $5, $6, true)", [
      handle,
      NOW + MINUTE,
      user,
      NOW,
      most > 0 ? [user] : null,
      most > 0 ? most : null,
    ]);
  }

  for (const [beyond, expected] of [
    ["reject", "limit"],
    ["evict", "evicted"],
  ] as const) {
    it(`counts for another of the same user: "${beyond}" knows of it`, async (t) => {
      const { store, other } = await scene(t);
      const user = newUser();
      const handle = newHandle();
      await signInElsewhere(other, handle, user, 1);
      const limit = { users: [user], most: 1, beyond };
      const second = store.create(newHandle(), record({ user }), NOW, undefined, limit);
      await untilLocked(other);
      await other.query("COMMIT");
      assert.equal(await second, expected);
      assert.equal(await store.delete(handle, NOW), beyond === "reject");
      assert.equal(await count(other, "true"), beyond === "reject" ? 0 : 1);
    });
  }

  it("is ended by a removal of the user's sessions, which waits for it", async (t) => {
    const { store, other } = await scene(t);
    const user = newUser();
    await signInElsewhere(other, newHandle(), user, 0);
    const removed = store.deleteUser([user], NOW);
    await untilLocked(other);
    await other.query("COMMIT");
    assert.equal(await removed, 1);
    assert.deepEqual(await store.listUser([user], NOW), []);
  });

  it("is refused if a removal of the user's sessions, which it waits for, came before it", async (t) => {
    const { store, other } = await scene(t);
    const user = newUser();
    const generation = await store.userGeneration(user);
    await other.query("BEGIN");
    await other.query("SELECT holdfast_delete_user($1, NULL, $2)", [[user], NOW]);
    const created = store.create(newHandle(), record({ user }), NOW, generation);
    await untilLocked(other);
    await other.query("COMMIT");
    assert.equal(await created, "revoked");
  });

  it("keeps nobody waiting who signs in as somebody else", async (t) => {
    const { store, other } = await scene(t, { options: "-c lock_timeout=5s" });
    await signInElsewhere(other, newHandle(), newUser(), 1);
    const user = newUser();
    const limit = { users: [user], most: 1, beyond: "reject" as const };
    assert.equal(await store.create(newHandle(), record({ user }), NOW, 0, limit), "created");
    assert.equal(await store.deleteUser([user], NOW), 1);
    assert.equal(await store.deleteAll(NOW), 0);
  });
});

describe("pruning in PostgreSQL", { skip }, () => {
  it("by two nodes at once removes each record once, and waits for nobody who has one locked", async (t) => {
    const impatient = { options: "-c lock_timeout=2s" };
    const { schema, store, other } = await scene(t, impatient);
    const second = anotherStore(t, schema, impatient);
    const handles = Array.from({ length: 50 }, newHandle);
    for (const handle of handles) await store.create(handle, record(), NOW);
    await other.query("BEGIN");
    await other.query("SELECT FROM holdfast_sessions WHERE handle = ANY ($1) FOR UPDATE", [
      handles.slice(0, 5),
    ]);
    const removed = await Promise.all([store, second].map((node) => node.prune(NOW + HOUR, 100)));
    assert.equal((removed[0] ?? 0) + (removed[1] ?? 0), 45);
    await other.query("COMMIT");
    assert.equal(await store.prune(NOW + HOUR, 100), 5);
  });

  it("looks past those that activity has kept alive", async (t) => {
    const { store, other, asked } = await scene(t);
    for (let index = 0; index < 60; index++) {
      const expiresAt = NOW + (index < 50 ? 1 : 2) * SECOND;
      await store.create(newHandle(), record({ expiresAt }), NOW);
    }
    await other.query(
      `UPDATE holdfast_sessions SET expires_at = ${NOW + HOUR} WHERE expires_at = ${NOW + SECOND}`,
    );
    assert.equal(await store.prune(NOW + 2 * SECOND, 8), 8);
    assert.equal(await store.prune(NOW + 2 * SECOND, 8), 2);
    assert.equal(await count(other, `prune_at = ${NOW + HOUR}`), 50);
    asked.length = 0;
    assert.equal(await store.prune(NOW + 2 * SECOND, 8), 0);
    assert.equal(asked.length, 1);
  });
});

describe("removing everything in PostgreSQL", { skip }, () => {
  it("touches no row: they are dead at once, and pruned later", async (t) => {
    const { store, other } = await scene(t);
    const handles = Array.from({ length: 30 }, newHandle);
    for (const handle of handles) await store.create(handle, record(), NOW);
    assert.equal(await store.deleteAll(NOW), 30);
    assert.equal(await count(other, "true"), 30);
    const [again = ""] = handles;
    assert.equal(await store.create(again, record(), NOW), "created");
    assert.equal(await store.deleteByKey("key1", 100), 1);
    assert.equal(await store.prune(NOW, 100), 29);
    assert.equal(await count(other, "true"), 0);
  });

  it("takes what is being written at that moment with it", async (t) => {
    const { schema, store, other } = await scene(t);
    const second = anotherStore(t, schema);
    const [handle, fresh] = [newHandle(), newHandle()];
    const user = newUser();
    await store.create(handle, record({ user }), NOW);
    await other.query("BEGIN");
    await other.query("SELECT FROM holdfast_sessions FOR UPDATE");
    // A sign-in that has found the handle free, and has yet to be committed.
    await other.query("SELECT holdfast_create($1, $2, $3, 'key1', '', '', $4, 0, NULL, NULL, false)", [
      fresh,
      NOW + HOUR,
      user,
      NOW,
    ]);
    const updated = store.update(handle, 1, record({ user, expiresAt: NOW + 2 * HOUR }), NOW);
    await untilLocked(other);
    assert.equal(await second.deleteAll(NOW), 1);
    await other.query("COMMIT");
    assert.equal(await updated, true, "it came before");
    for (const each of [handle, fresh]) assert.equal(await second.read(each, NOW), null);
    assert.deepEqual(await second.listUser([user], NOW), []);
  });

  it("and of a user's sessions move generations in the order in which they are seen", async (t) => {
    const { store, other } = await scene(t);
    const user = newUser();
    await other.query("BEGIN");
    await other.query("SELECT holdfast_delete_user($1, NULL, $2)", [[user], NOW]);
    const all = store.deleteAll(NOW);
    // Else the number of the user's, which is lower, would come into sight after the higher one, and change nothing.
    await untilLocked(other);
    await other.query("COMMIT");
    await all;
    const { rows } = await other.query("SELECT user_hash FROM holdfast_generations ORDER BY generation");
    assert.deepEqual(
      rows.map(({ user_hash }) => user_hash),
      [user, ""],
    );
  });
});
