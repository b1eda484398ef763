import assert from "node:assert/strict";
import {
  assertListed,
  assertRecord,
  bytes,
  type Clause,
  counted,
  HOUR,
  handlesOf,
  newHandle,
  newUser,
  record,
} from "./trial.ts";

/** The index of sessions by user. */
export const userClauses: readonly Clause[] = [
  [
    "lists a user's live sessions with their records, and nobody else's",
    async ({ store, other, now }) => {
      const [user, stranger] = [newUser(), newUser()];
      const handles = [newHandle(), newHandle(), newHandle()].sort();
      for (const handle of handles)
        await store.create(handle, record(now, { user, body: bytes(handle) }), now);
      await store.create(newHandle(), record(now, { user: stranger }), now);
      await store.create(newHandle(), record(now), now);
      const listed = await other.listUser([user], now);
      assert.deepEqual(listed.map(({ handle }) => handle).sort(), handles);
      for (const { handle, record: found } of listed)
        assertRecord(found, record(now, { user, body: bytes(handle) }));
    },
    ["listing"],
  ],
  [
    "lists the sessions under each of several hashes of a user, each once, and none for no hash",
    async ({ store, other, now }) => {
      const [oldHash, newHash] = [newUser(), newUser()];
      const handles = [newHandle(), newHandle()].sort() as [string, string];
      await store.create(handles[0], record(now, { user: oldHash }), now);
      await store.create(handles[1], record(now, { user: newHash }), now);
      assert.deepEqual(await handlesOf(other, [newHash, oldHash], now), handles);
      assert.deepEqual(await handlesOf(other, [oldHash, oldHash], now), [handles[0]]);
      assert.deepEqual(await handlesOf(other, [newUser()], now), []);
      assert.deepEqual(await handlesOf(other, [], now), []);
    },
    ["listing"],
  ],
  [
    "moves a session to the user's new hash by an update",
    async ({ store, other, now }) => {
      const [oldHash, newHash] = [newUser(), newUser()];
      const handle = newHandle();
      await store.create(handle, record(now, { user: oldHash }), now);
      await store.update(handle, 1, record(now, { user: newHash }), now);
      await assertListed(other, [oldHash], now, []);
      await assertListed(other, [newHash], now, [handle]);
      assert.equal(await other.deleteUser([oldHash], now), 0);
      assert.equal(await other.deleteUser([newHash], now), counted(other, 1));
      assert.equal(await store.read(handle, now), null);
    },
    ["revocation"],
  ],
  [
    "lists no session that has expired, and one that a touch has kept alive",
    async ({ store, other, now }) => {
      const user = newUser();
      const [kept, expired] = [newHandle(), newHandle()];
      for (const handle of [kept, expired]) await store.create(handle, record(now, { user }), now);
      await store.touch(
        [{ handle: kept, version: 1, expiresAt: now + 3 * HOUR, header: bytes("seen") }],
        now,
      );
      assert.deepEqual(await handlesOf(other, [user], now + HOUR), [kept]);
    },
    ["listing"],
  ],
  [
    "deletes every session of a user under each hash given, and no other",
    async ({ store, other, now }) => {
      const [oldHash, newHash, stranger] = [newUser(), newUser(), newUser()];
      const doomed = [newHandle(), newHandle(), newHandle()];
      const safe = [newHandle(), newHandle()].sort() as [string, string];
      for (const [index, handle] of doomed.entries()) {
        await store.create(handle, record(now, { user: index === 0 ? oldHash : newHash }), now);
      }
      await store.create(safe[0], record(now, { user: stranger }), now);
      await store.create(safe[1], record(now), now);
      assert.equal(await other.deleteUser([newHash, oldHash], now), counted(other, 3));
      for (const handle of doomed) assert.equal(await store.read(handle, now), null);
      for (const handle of safe) assert.ok(await store.read(handle, now));
      await assertListed(store, [oldHash, newHash], now, []);
      assert.equal(await store.deleteUser([newHash, oldHash], now), 0);
    },
    ["revocation"],
  ],
  [
    "keeps the one session it is told to keep",
    async ({ store, other, now }) => {
      const user = newUser();
      const [kept, ended, foreign] = [newHandle(), newHandle(), newHandle()];
      for (const handle of [kept, ended]) await store.create(handle, record(now, { user }), now);
      await store.create(foreign, record(now), now);
      assert.equal(await other.deleteUser([user], now, kept), 1);
      assert.deepEqual(await handlesOf(store, [user], now), [kept]);
      assert.equal(await store.read(ended, now), null);
      assert.equal(await store.update(kept, 1, record(now, { user }), now), true);
      assert.equal(await other.deleteUser([user], now, foreign), 1);
      assert.ok(await store.read(foreign, now));
    },
    ["listing", "revocation"],
  ],
  [
    "counts only live sessions among those it deletes, and deletes the expired ones too",
    async ({ store, other, now }) => {
      const user = newUser();
      const [live, expired] = [newHandle(), newHandle()];
      await store.create(live, record(now, { user, expiresAt: now + 3 * HOUR }), now);
      await store.create(expired, record(now, { user }), now);
      assert.equal(await other.deleteUser([user], now + HOUR), counted(other, 1));
      assert.equal(await store.read(expired, now), null);
    },
    ["revocation"],
  ],
];
