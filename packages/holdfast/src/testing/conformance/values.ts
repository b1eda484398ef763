import assert from "node:assert/strict";
import { assertValue, atOnce, bytes, type Clause, HOUR, newHandle, record } from "./trial.ts";

const NAME = "conformance-1";
const OTHER_NAME = "conformance_2";

/** The small values that processes share. */
export const valueClauses: readonly Clause[] = [
  [
    "has no value of a name before it is written, and the last one written after, with versions from 1 on",
    async ({ store, other, now }) => {
      assert.equal(await other.readValue(NAME, now), null);
      assert.equal(await store.writeValue(NAME, 0, bytes("one"), now), true);
      assertValue(await other.readValue(NAME, now), 1, "one");
      assert.equal(await other.writeValue(NAME, 1, bytes("two"), now), true);
      assertValue(await store.readValue(NAME, now), 2, "two");
      assert.equal(await store.readValue(OTHER_NAME, now), null);
    },
    ["values"],
  ],
  [
    "does not write a value over another version than the one it was told, older, newer or none",
    async ({ store, other, now }) => {
      assert.equal(await store.writeValue(NAME, 1, bytes("none there"), now), false);
      assert.equal(await store.readValue(NAME, now), null);
      await store.writeValue(NAME, 0, bytes("one"), now);
      await store.writeValue(NAME, 1, bytes("two"), now);
      for (const version of [0, 1, 3]) {
        assert.equal(await other.writeValue(NAME, version, bytes("late"), now), false, `version ${version}`);
      }
      assertValue(await store.readValue(NAME, now), 2, "two");
    },
    ["values"],
  ],
  [
    "lets one of many writers of a value win, who all know the same version",
    async (trial) => {
      const { now } = trial;
      for (const version of [0, 1]) {
        const written = await atOnce(trial, 10, (on, index) =>
          on.writeValue(NAME, version, bytes(`${index}`), now),
        );
        const winners = written.flatMap((won, index) => (won ? [index] : []));
        assert.equal(winners.length, 1);
        assertValue(await trial.store.readValue(NAME, now), version + 1, `${winners[0]}`);
      }
    },
    ["values"],
  ],
  [
    "keeps a value of 64 KiB byte for byte, and as it was when it was written",
    async ({ store, other, now }) => {
      const value = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 7) % 256);
      const written = Uint8Array.from(value);
      assert.equal(await store.writeValue(NAME, 0, written, now), true);
      written.fill(0);
      assert.ok(Buffer.compare((await other.readValue(NAME, now))?.value ?? Buffer.alloc(0), value) === 0);
    },
    ["values"],
  ],
  [
    "leaves live values alone when it prunes, and when it removes everything",
    async ({ store, other, now }) => {
      await store.writeValue(NAME, 0, bytes("stays"), now);
      await store.writeValue(OTHER_NAME, 0, bytes("stays long"), now, now + 1001 * HOUR);
      await store.create(newHandle(), record(now), now);
      await other.prune(now + 1000 * HOUR, 1_000);
      await other.deleteAll(now);
      assertValue(await store.readValue(NAME, now), 1, "stays");
      assertValue(await store.readValue(OTHER_NAME, now + 1000 * HOUR), 1, "stays long");
    },
    ["values", "revocation"],
  ],
  [
    "removes the records that depend on one key, in batches, and no others",
    async ({ store, other, now }) => {
      const handles = Array.from({ length: 7 }, newHandle);
      for (const [index, handle] of handles.entries()) {
        const keyId = index < 5 ? "gone" : "kept";
        const expiresAt = index === 0 ? now + 1 : now + HOUR;
        await store.create(handle, record(now, { keyId, expiresAt }), now);
      }
      const removed = [];
      for (let batch = 0; batch < 3; batch++) removed.push(await other.deleteByKey("gone", 3));
      assert.deepEqual(removed, [3, 2, 0]);
      const left = await Promise.all(handles.map((handle) => store.read(handle, now)));
      assert.deepEqual(
        left.map((found) => found !== null),
        [false, false, false, false, false, true, true],
      );
      assert.deepEqual(await store.countByKey(now), new Map([["kept", 2]]));
    },
    ["listing"],
  ],
];
