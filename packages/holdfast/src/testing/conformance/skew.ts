import assert from "node:assert/strict";
import {
  assertListed,
  assertRecord,
  bytes,
  type Clause,
  newHandle,
  newUser,
  record,
  SECOND,
} from "./trial.ts";

const SKEW = 5 * SECOND;

/** Processes whose clocks disagree. */
export const skewClauses: readonly Clause[] = [
  [
    "gives a record to processes whose clocks are five seconds ahead or behind, until each one's own time is up",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const short = record(now, { expiresAt: now + 2 * SKEW });
      await store.create(handle, short, now);
      assertRecord(await other.read(handle, now - SKEW), short);
      assertRecord(await other.read(handle, now + SKEW), short);
      assert.equal(await other.read(handle, now + 2 * SKEW), null);
      assertRecord(await store.read(handle, now), short);
    },
  ],
  [
    "orders updates and touches by version, whatever the clocks of their processes say",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const { expiresAt } = record(now);
      await store.create(handle, record(now), now + SKEW);
      assert.equal(await other.update(handle, 1, record(now, { body: bytes("behind") }), now - SKEW), true);
      assert.equal(await store.update(handle, 1, record(now, { body: bytes("ahead") }), now + SKEW), false);
      await store.touch([{ handle, version: 2, expiresAt, header: bytes("seen") }], now - SKEW);
      assertRecord(
        await other.read(handle, now + SKEW),
        record(now, { version: 2, header: bytes("seen"), body: bytes("behind") }),
      );
    },
  ],
  [
    "keeps a deleted session deleted for a process whose clock is behind",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const user = newUser();
      await store.create(handle, record(now, { user }), now + SKEW);
      assert.equal(await store.delete(handle, now + SKEW), true);
      assert.equal(await other.read(handle, now - SKEW), null);
      assert.equal(await other.update(handle, 1, record(now, { user }), now - SKEW), false);
      await assertListed(other, [user], now - SKEW, []);
    },
    ["revocation"],
  ],
  [
    "orders sign-ins and the deletion of a user's sessions by generation, whatever the clocks say",
    async ({ store, other, now }) => {
      const user = newUser();
      const begun = await other.userGeneration(user);
      await store.deleteUser([user], now - SKEW);
      // Began before the deletion, on a clock that is ahead of it.
      assert.equal(await other.create(newHandle(), record(now, { user }), now + SKEW, begun), "revoked");
      // Begins after it, on a clock that is behind.
      const generation = await other.userGeneration(user);
      const [handle, at] = [newHandle(), now - 2 * SKEW];
      assert.equal(await other.create(handle, record(now, { user }), at, generation), "created");
      await assertListed(store, [user], now, [handle]);
    },
    ["revocation"],
  ],
];
