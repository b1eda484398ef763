import assert from "node:assert/strict";
import { isPromise } from "../../awaitable.ts";
import type { Store } from "../../store/contract.ts";
import { assertListed, bytes, type Clause, HOUR, lacks, newHandle, newUser, record } from "./trial.ts";

/** Pruning, counting and closing. */
export const upkeepClauses: readonly Clause[] = [
  [
    "prunes expired records in batches of at most the number given, and no live ones",
    async ({ store, other, now, expiresByItself }) => {
      const user = newUser();
      const expired = Array.from({ length: 25 }, newHandle);
      const live = [newHandle(), newHandle()].sort();
      for (const handle of expired)
        await store.create(handle, record(now, { user, expiresAt: now + 10 }), now);
      for (const handle of live) await store.create(handle, record(now, { user, expiresAt: now + 11 }), now);
      assert.equal(await other.prune(now + 9, 10), 0);
      assert.equal(await other.prune(now + 10, 0), 0);
      const removed = [];
      for (let batch = 0; batch < 4; batch++) removed.push(await other.prune(now + 10, 10));
      assert.deepEqual(removed, expiresByItself ? [0, 0, 0, 0] : [10, 10, 5, 0]);
      const then = expiresByItself ? now + 10 : now;
      for (const handle of expired) assert.equal(await store.read(handle, then), null);
      await assertListed(store, [user], then, live);
    },
  ],
  [
    "does not prune a session that activity has kept alive",
    async ({ store, other, now, expiresByItself }) => {
      const [touched, updated] = [newHandle(), newHandle()];
      for (const handle of [touched, updated]) await store.create(handle, record(now), now);
      const expiresAt = now + 3 * HOUR;
      await store.touch([{ handle: touched, version: 1, expiresAt, header: bytes("seen") }], now);
      await store.update(updated, 1, record(now, { expiresAt }), now);
      assert.equal(await other.prune(now + 2 * HOUR, 100), 0);
      for (const handle of [touched, updated]) assert.ok(await store.read(handle, now + 2 * HOUR));
      assert.equal(await other.prune(expiresAt, 100), expiresByItself ? 0 : 2);
    },
  ],
  [
    "counts live sessions by the key they depend on",
    async ({ store, other, now }) => {
      assert.deepEqual(await other.countByKey(now), new Map());
      for (const keyId of ["old1", "new1", "new1"])
        await store.create(newHandle(), record(now, { keyId }), now);
      await store.create(newHandle(), record(now, { keyId: "old1", expiresAt: now + 10 }), now);
      const moved = newHandle();
      await store.create(moved, record(now, { keyId: "old1" }), now);
      await store.update(moved, 1, record(now, { keyId: "new1" }), now);
      assert.deepEqual(
        await other.countByKey(now + 10),
        new Map([
          ["old1", 1],
          ["new1", 3],
        ]),
      );
    },
    ["listing"],
  ],
  [
    "answers without promises if it says that it is synchronous",
    async ({ store, now }) => {
      if (!store.capabilities.sync) return;
      const handle = newHandle();
      const answers: unknown[] = [
        store.create(handle, record(now), now),
        store.read(handle, now),
        store.update(handle, 1, record(now), now),
        store.touch([{ handle, version: 2, expiresAt: now + 1, header: bytes("") }], now),
        store.userGeneration(newUser()),
        store.delete(handle, now),
      ];
      if (!lacks(store, "listing")) answers.push(store.listUser([newUser()], now));
      if (!lacks(store, "listing")) answers.push(store.scan(now, { limit: 1 }));
      if (!lacks(store, "values")) {
        answers.push(store.writeValue("conformance-1", 0, bytes(""), now));
        answers.push(store.readValue("conformance-1", now));
      }
      const promised = answers.some((answer) => isPromise<unknown>(answer));
      await Promise.all(answers);
      assert.equal(promised, false);
    },
    ["revocation"],
  ],
  [
    "does nothing but say that it is closed once it is closed, and can be closed twice",
    async ({ store, now }) => {
      const handle = newHandle();
      const user = newUser();
      await store.create(handle, record(now, { user }), now);
      await store.close();
      await store.close();
      const touch = { handle, version: 1, expiresAt: now + 1, header: bytes("") };
      const operations: readonly ((store: Store) => unknown)[] = [
        (on) => on.read(handle, now),
        (on) => on.read(newHandle(), now),
        (on) => on.create(newHandle(), record(now), now),
        (on) => on.update(handle, 1, record(now), now),
        (on) => on.touch([touch], now),
        (on) => on.touch([], now),
        (on) => on.delete(handle, now),
        (on) => on.listUser([user], now),
        (on) => on.deleteUser([user], now),
        (on) => on.userGeneration(user),
        (on) => on.countByKey(now),
        (on) => on.deleteByKey("k-01", 1),
        (on) => on.readValue("conformance-1", now),
        (on) => on.writeValue("conformance-1", 0, bytes(""), now),
        (on) => on.scan(now, { limit: 1 }),
        (on) => on.prune(now, 1),
      ];
      for (const operation of operations) {
        await assert.rejects(async () => operation(store), { code: "ERR_HOLDFAST_STORE_CLOSED" });
      }
    },
  ],
];
