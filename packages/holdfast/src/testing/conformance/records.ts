import assert from "node:assert/strict";
import { assertListed, assertRecord, bytes, type Clause, HOUR, newHandle, newUser, record } from "./trial.ts";

/** Read, create, update and delete of one session. */
export const recordClauses: readonly Clause[] = [
  [
    "gives a created record to every reader, field by field",
    async ({ store, other, now }) => {
      for (const user of [null, newUser()]) {
        const handle = newHandle();
        const created = record(now, { user, keyId: "_k-9", header: bytes("limits"), body: bytes('{"n":1}') });
        assert.equal(await store.create(handle, created, now), "created");
        assertRecord(await other.read(handle, now), created);
      }
    },
  ],
  [
    "answers null for a handle it does not have",
    async ({ store, now }) => assert.equal(await store.read(newHandle(), now), null),
  ],
  [
    "never returns a record from the millisecond it expires in",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const { expiresAt } = record(now);
      await store.create(handle, record(now), now);
      assertRecord(await other.read(handle, expiresAt - 1), record(now));
      assert.equal(await other.read(handle, expiresAt), null);
      assert.equal(await other.read(handle, expiresAt + 1), null);
    },
  ],
  [
    "changes nothing by reading",
    async ({ store, now }) => {
      const handle = newHandle();
      await store.create(handle, record(now), now);
      assert.equal(await store.read(handle, now + 2 * HOUR), null);
      assertRecord(await store.read(handle, now), record(now));
    },
  ],
  [
    "leaves a record as it is when another is created under its handle",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const first = record(now, { user: newUser() });
      const second = record(now, { user: newUser(), body: bytes("another") });
      await store.create(handle, first, now);
      assert.equal(await other.create(handle, second, now), "exists");
      assertRecord(await store.read(handle, now), first);
      await assertListed(store, [second.user ?? ""], now, []);
    },
  ],
  [
    "lets a new record take the handle of one that has expired",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const old = newUser();
      await store.create(handle, record(now, { user: old }), now);
      await store.update(handle, 1, record(now, { user: old }), now);
      const later = now + 2 * HOUR;
      assert.equal(await other.create(handle, record(later), later), "created");
      assertRecord(await store.read(handle, later), record(later));
      await assertListed(store, [old], later, []);
    },
  ],
  [
    "replaces every field by an update and counts the version up from the one expected",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const user = newUser();
      await store.create(handle, record(now, { user }), now);
      const next = record(now, {
        version: 77,
        expiresAt: now + 5,
        user,
        keyId: "next",
        header: bytes("h2"),
        body: bytes(""),
      });
      assert.equal(await other.update(handle, 1, next, now), true);
      assertRecord(await store.read(handle, now), { ...next, version: 2 });
      assert.equal(await store.update(handle, 2, record(now, { user }), now), true);
      assertRecord(await other.read(handle, now), record(now, { user, version: 3 }));
    },
  ],
  [
    "refuses an update of a version that has moved, and changes nothing",
    async ({ store, other, now }) => {
      const handle = newHandle();
      await store.create(handle, record(now), now);
      await store.update(handle, 1, record(now, { body: bytes("second") }), now);
      for (const version of [0, 1, 3]) {
        assert.equal(await other.update(handle, version, record(now, { body: bytes("late") }), now), false);
      }
      assertRecord(await store.read(handle, now), record(now, { version: 2, body: bytes("second") }));
    },
  ],
  [
    "never creates a record by an update: not one it never had, nor a deleted, nor an expired one",
    async ({ store, other, now }) => {
      const [never, deleted, expired] = [newHandle(), newHandle(), newHandle()];
      for (const handle of [deleted, expired]) await store.create(handle, record(now), now);
      await other.delete(deleted, now);
      const later = now + 2 * HOUR;
      for (const handle of [never, deleted, expired]) {
        assert.equal(await store.update(handle, 1, record(later), later), false);
        assert.equal(await other.read(handle, later), null);
      }
      assert.equal(await other.read(never, now), null);
      assert.equal(await other.read(deleted, now), null);
    },
    ["revocation"],
  ],
  [
    "gives a record that was read before a change as it was then",
    async ({ store, now }) => {
      const handle = newHandle();
      await store.create(handle, record(now), now);
      const before = await store.read(handle, now);
      await store.touch([{ handle, version: 1, expiresAt: now + 9, header: bytes("touch!") }], now);
      await store.update(handle, 1, record(now, { header: bytes("HEADER"), body: bytes("BODY") }), now);
      await store.delete(handle, now);
      assertRecord(before, record(now));
    },
    ["revocation"],
  ],
  [
    "deletes a live record once, for every reader",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const user = newUser();
      await store.create(handle, record(now, { user }), now);
      assert.equal(await other.delete(handle, now), true);
      assert.equal(await store.read(handle, now), null);
      await assertListed(store, [user], now, []);
      assert.equal(await store.delete(handle, now), false);
      assert.equal(await store.delete(newHandle(), now), false);
    },
    ["revocation"],
  ],
  [
    "deletes an expired record too, but does not count it as live",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const user = newUser();
      await store.create(handle, record(now, { user }), now);
      assert.equal(await store.delete(handle, now + HOUR), false);
      assert.equal(await other.read(handle, now), null);
      await assertListed(other, [user], now, []);
    },
    ["revocation"],
  ],
];
