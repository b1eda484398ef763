import assert from "node:assert/strict";
import type { StoredValue } from "../../store/contract.ts";
import { atOnce, bytes, type Clause, HOUR, newHandle, record } from "./trial.ts";

const NAME = "conformance-1";

function assertValue(found: StoredValue | null, version: number, value: string): void {
  assert.ok(found, "the value is missing");
  assert.ok(found.value instanceof Uint8Array, "the value must be a Uint8Array");
  assert.deepEqual([found.version, Buffer.from(found.value).toString()], [version, value]);
}

/** The small values that processes share. */
export const valueClauses: readonly Clause[] = [
  [
    "has no value of a name before it is written, and the last one written after, with versions from 1 on",
    async ({ store, other }) => {
      assert.equal(await other.readValue(NAME), null);
      assert.equal(await store.writeValue(NAME, 0, bytes("one")), true);
      assertValue(await other.readValue(NAME), 1, "one");
      assert.equal(await other.writeValue(NAME, 1, bytes("two")), true);
      assertValue(await store.readValue(NAME), 2, "two");
      assert.equal(await store.readValue("conformance-2"), null);
    },
    ["values"],
  ],
  [
    "does not write a value over another version than the one it was told, older, newer or none",
    async ({ store, other }) => {
      assert.equal(await store.writeValue(NAME, 1, bytes("none there")), false);
      assert.equal(await store.readValue(NAME), null);
      await store.writeValue(NAME, 0, bytes("one"));
      await store.writeValue(NAME, 1, bytes("two"));
      for (const version of [0, 1, 3]) {
        assert.equal(await other.writeValue(NAME, version, bytes("late")), false, `version ${version}`);
      }
      assertValue(await store.readValue(NAME), 2, "two");
    },
    ["values"],
  ],
  [
    "lets one of many writers of a value win, who all know the same version",
    async (trial) => {
      for (const version of [0, 1]) {
        const written = await atOnce(trial, 10, (on, index) =>
          on.writeValue(NAME, version, bytes(`${index}`)),
        );
        const winners = written.flatMap((won, index) => (won ? [index] : []));
        assert.equal(winners.length, 1);
        assertValue(await trial.store.readValue(NAME), version + 1, `${winners[0]}`);
      }
    },
    ["values"],
  ],
  [
    "keeps a value of 64 KiB byte for byte, and as it was when it was written",
    async ({ store, other }) => {
      const value = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 7) % 256);
      const written = Uint8Array.from(value);
      assert.equal(await store.writeValue(NAME, 0, written), true);
      written.fill(0);
      assert.ok(Buffer.compare((await other.readValue(NAME))?.value ?? Buffer.alloc(0), value) === 0);
    },
    ["values"],
  ],
  [
    "leaves values alone when it prunes, and when it removes everything",
    async ({ store, other, now }) => {
      await store.writeValue(NAME, 0, bytes("stays"));
      await store.create(newHandle(), record(now), now);
      await other.prune(now + 1000 * HOUR, 1_000);
      await other.deleteAll(now);
      assertValue(await store.readValue(NAME), 1, "stays");
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
