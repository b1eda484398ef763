import assert from "node:assert/strict";
import { assertRecord, bytes, type Clause, HOUR, newHandle, newUser, record } from "./trial.ts";

/** Records of activity. */
export const touchClauses: readonly Clause[] = [
  [
    "records activity: a touch replaces the header and the expiry and nothing else",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const before = record(now, { user: newUser(), keyId: "key1" });
      await store.create(handle, before, now);
      const touch = { handle, version: 1, expiresAt: now + 2 * HOUR, header: bytes("seen") };
      assert.deepEqual(await other.touch([touch], now), [handle]);
      const touched = { ...before, expiresAt: now + 2 * HOUR, header: bytes("seen") };
      assertRecord(await store.read(handle, now + HOUR), touched);
      assert.equal(await store.update(handle, 1, before, now), true, "a touch must not change the version");
    },
  ],
  [
    "records many touches in one call, skips those of another version or of no live session, and says which it recorded",
    async ({ store, other, now }) => {
      const [live, moved, never, deleted, expired] = Array.from({ length: 5 }, newHandle) as [
        string,
        string,
        string,
        string,
        string,
      ];
      const later = now + HOUR / 2;
      for (const handle of [live, moved, deleted]) await store.create(handle, record(now), now);
      await store.create(expired, record(now, { expiresAt: now + 1 }), now);
      await store.update(moved, 1, record(now), now);
      await store.delete(deleted, now);
      const handles = [never, expired, moved, deleted, live];
      const touches = handles.map((handle) => ({
        handle,
        version: 1,
        expiresAt: later + HOUR,
        header: bytes("seen"),
      }));
      assert.deepEqual(await other.touch(touches, later), [live]);
      for (const touch of touches.slice(0, -1)) assert.deepEqual(await other.touch([touch], later), []);
      assertRecord(
        await store.read(live, later),
        record(now, { expiresAt: later + HOUR, header: bytes("seen") }),
      );
      assertRecord(await store.read(moved, later), record(now, { version: 2 }));
      for (const handle of [never, deleted, expired]) assert.equal(await store.read(handle, later), null);
    },
    ["revocation"],
  ],
  [
    "accepts a call without touches",
    async ({ store, now }) => assert.deepEqual(await store.touch([], now), []),
  ],
  [
    "ends a session earlier when a touch or an update says so",
    async ({ store, other, now, expiresByItself }) => {
      const [touched, updated] = [newHandle(), newHandle()];
      for (const handle of [touched, updated]) await store.create(handle, record(now), now);
      await store.touch([{ handle: touched, version: 1, expiresAt: now + 10, header: bytes("") }], now);
      await store.update(updated, 1, record(now, { expiresAt: now + 10 }), now);
      for (const handle of [touched, updated]) {
        assert.ok(await other.read(handle, now + 9));
        assert.equal(await other.read(handle, now + 10), null);
      }
      assert.equal(await store.prune(now + 10, 100), expiresByItself ? 0 : 2);
    },
  ],
];
