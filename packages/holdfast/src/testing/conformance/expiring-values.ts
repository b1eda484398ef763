import assert from "node:assert/strict";
import {
  assertValue,
  atOnce,
  bytes,
  type Clause,
  HOUR,
  newHandle,
  newUser,
  record,
  SECOND,
} from "./trial.ts";

const NAME = "conformance-1";
const OTHER_NAME = "conformance_2";
const SKEW = 5 * SECOND;

/** Values that end: notes that must outlast what they are about, in any number. */
export const expiringValueClauses: readonly Clause[] = [
  [
    "returns a value until the millisecond it expires in, and changes nothing by not returning it",
    async ({ store, other, now }) => {
      await store.writeValue(NAME, 0, bytes("one"), now, now + HOUR);
      assertValue(await other.readValue(NAME, now + HOUR - 1), 1, "one");
      assert.equal(await other.readValue(NAME, now + HOUR), null);
      assertValue(await store.readValue(NAME, now), 1, "one");
    },
    ["values"],
  ],
  [
    "lets a value be written again once it has expired, as if there were none, and no sooner",
    async ({ store, other, now }) => {
      const end = now + HOUR;
      await store.writeValue(NAME, 0, bytes("one"), now, end - 1);
      await store.writeValue(NAME, 1, bytes("two"), now, end);
      assert.equal(await other.writeValue(NAME, 0, bytes("too soon"), end - 1, end + HOUR), false);
      assert.equal(await other.writeValue(NAME, 2, bytes("too late"), end, end + HOUR), false);
      assert.equal(await store.readValue(NAME, end), null);
      assert.equal(await other.writeValue(NAME, 0, bytes("anew"), end, end + HOUR), true);
      assertValue(await store.readValue(NAME, end), 1, "anew");
      assert.equal(await store.readValue(NAME, end + HOUR), null);
    },
    ["values"],
  ],
  [
    "gives a value the end that was written last: a later one, an earlier one, or none",
    async ({ store, other, now }) => {
      await store.writeValue(NAME, 0, bytes("one"), now);
      await other.writeValue(NAME, 1, bytes("two"), now, now + HOUR);
      await store.writeValue(NAME, 2, bytes("three"), now, now + 3 * HOUR);
      assertValue(await other.readValue(NAME, now + HOUR), 3, "three");
      await other.writeValue(NAME, 3, bytes("four"), now, now + 2 * HOUR);
      assert.equal(await store.readValue(NAME, now + 2 * HOUR), null);
      await store.writeValue(NAME, 4, bytes("five"), now);
      await store.prune(now + 1000 * HOUR, 1_000);
      assertValue(await other.readValue(NAME, now + 1000 * HOUR), 5, "five");
    },
    ["values"],
  ],
  [
    "lets one of many win who write a value that none of them has found, or that has expired",
    async (trial) => {
      const { store, now } = trial;
      for (const at of [now, now + HOUR]) {
        const written = await atOnce(trial, 10, (on, index) =>
          on.writeValue(NAME, 0, bytes(`${index}`), at, at + HOUR),
        );
        const winners = written.flatMap((won, index) => (won ? [index] : []));
        assert.equal(winners.length, 1);
        assertValue(await store.readValue(NAME, at), 1, `${winners[0]}`);
      }
    },
    ["values"],
  ],
  [
    "prunes expired values with expired records, at most the number given in all, and no live ones",
    async ({ store, other, now, expiresByItself }) => {
      const names = Array.from({ length: 25 }, newUser);
      for (const name of names) await store.writeValue(name, 0, bytes(""), now, now + 10);
      await store.writeValue(NAME, 0, bytes("longer"), now, now + 11);
      await store.writeValue(OTHER_NAME, 0, bytes("for good"), now);
      for (let count = 0; count < 3; count++) {
        await store.create(newHandle(), record(now, { expiresAt: now + 10 }), now);
      }
      assert.equal(await other.prune(now + 9, 10), 0);
      assert.equal(await other.prune(now + 10, 0), 0);
      const removed = [];
      for (let batch = 0; batch < 4; batch++) removed.push(await other.prune(now + 10, 10));
      assert.deepEqual(removed, expiresByItself ? [0, 0, 0, 0] : [10, 10, 8, 0]);
      // Pruned is gone, for a clock that is behind as well.
      const left = await Promise.all(names.map((name) => store.readValue(name, now)));
      if (!expiresByItself) assert.deepEqual(new Set(left), new Set([null]));
      assertValue(await store.readValue(NAME, now + 10), 1, "longer");
      assertValue(await store.readValue(OTHER_NAME, now + 10), 1, "for good");
    },
    ["values"],
  ],
  [
    "keeps values apart whose names differ in one place, or in capitals",
    async ({ store, other, now }) => {
      const middle = newUser();
      const names = [
        `a${middle}`,
        `A${middle}`,
        `${middle}a`,
        `${middle}A`,
        middle,
        `${middle}-`,
        `${middle}_`,
      ];
      for (const name of names)
        assert.equal(await store.writeValue(name, 0, bytes(name), now, now + HOUR), true);
      for (const name of names) assertValue(await other.readValue(name, now), 1, name);
    },
    ["values"],
  ],
  [
    "gives a value to processes whose clocks are five seconds ahead or behind, until each one's own time is up",
    async ({ store, other, now }) => {
      await store.writeValue(NAME, 0, bytes("one"), now, now + 2 * SKEW);
      assertValue(await other.readValue(NAME, now - SKEW), 1, "one");
      assertValue(await other.readValue(NAME, now + SKEW), 1, "one");
      assert.equal(await other.readValue(NAME, now + 2 * SKEW), null);
      assertValue(await store.readValue(NAME, now), 1, "one");
      // Whose clock is ahead writes it anew; whose is behind finds that one.
      assert.equal(await other.writeValue(NAME, 0, bytes("anew"), now + 2 * SKEW, now + HOUR), true);
      assertValue(await store.readValue(NAME, now - SKEW), 1, "anew");
      assert.equal(await store.writeValue(NAME, 0, bytes("late"), now - SKEW, now + HOUR), false);
    },
    ["values"],
  ],
];
