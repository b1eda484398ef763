import assert from "node:assert/strict";
import {
  assertListed,
  assertRecord,
  bytes,
  type Clause,
  counted,
  newHandle,
  newUser,
  record,
} from "./trial.ts";

/** What a record may contain. */
export const contentClauses: readonly Clause[] = [
  [
    "keeps every byte value, in header and body, through create, update and touch",
    async ({ store, other, now }) => {
      const all = Uint8Array.from({ length: 256 }, (_, value) => value);
      const reversed = all.toReversed();
      const handle = newHandle();
      await store.create(handle, record(now, { header: all, body: reversed }), now);
      assertRecord(await other.read(handle, now), record(now, { header: all, body: reversed }));
      await store.update(handle, 1, record(now, { header: reversed, body: all }), now);
      assertRecord(await other.read(handle, now), record(now, { version: 2, header: reversed, body: all }));
      const { expiresAt } = record(now);
      await store.touch([{ handle, version: 2, expiresAt, header: all }], now);
      assertRecord(await other.read(handle, now), record(now, { version: 2, header: all, body: all }));
    },
  ],
  [
    "keeps an empty body and one of a mebibyte",
    async ({ store, other, now }) => {
      const large = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31) % 251);
      const handle = newHandle();
      await store.create(handle, record(now, { body: new Uint8Array() }), now);
      assertRecord(await other.read(handle, now), record(now, { body: new Uint8Array() }));
      await store.update(handle, 1, record(now, { body: large }), now);
      assertRecord(await other.read(handle, now), record(now, { version: 2, body: large }));
      await store.update(handle, 2, record(now, { body: new Uint8Array() }), now);
      assertRecord(await other.read(handle, now), record(now, { version: 3, body: new Uint8Array() }));
    },
  ],
  [
    "keeps just the bytes that a view of larger memory shows, Buffer or Uint8Array",
    async ({ store, other, now }) => {
      const memory = bytes("..header..body..");
      const buffer = Buffer.from(memory.buffer, 0, memory.length);
      for (const whole of [memory, buffer]) {
        const handle = newHandle();
        const header = whole.subarray(2, 8);
        await store.create(handle, record(now, { header, body: whole.subarray(10, 14) }), now);
        assertRecord(
          await other.read(handle, now),
          record(now, { header: bytes("header"), body: bytes("body") }),
        );
      }
    },
  ],
  [
    "keeps times far in the future to the millisecond",
    async ({ store, other, now }) => {
      const handle = newHandle();
      const expiresAt = Date.UTC(2199, 11, 31, 23, 59, 59, 999);
      await store.create(handle, record(now, { expiresAt }), now);
      assertRecord(await other.read(handle, expiresAt - 1), record(now, { expiresAt }));
      assert.equal(await other.read(handle, expiresAt), null);
    },
  ],
  [
    "tells handles and users apart that differ in case only",
    async ({ store, other, now }) => {
      const handle = `a${newHandle().slice(1)}`;
      const user = `u${newUser().slice(1)}`;
      const otherHandle = `A${handle.slice(1)}`;
      const otherUser = `U${user.slice(1)}`;
      assert.equal(await store.create(handle, record(now, { user }), now), "created");
      assert.equal(await other.read(otherHandle, now), null);
      assert.equal(await other.create(otherHandle, record(now, { user: otherUser }), now), "created");
      await assertListed(store, [user], now, [handle]);
      assert.equal(await store.deleteUser([otherUser], now), counted(store, 1));
      assert.equal(await other.userGeneration(user), 0);
      assertRecord(await other.read(handle, now), record(now, { user }));
    },
    ["revocation"],
  ],
];
