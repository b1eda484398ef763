import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Entry } from "../../../src/store/memory/entry.ts";
import { ExpiryQueue } from "../../../src/store/memory/expiry-queue.ts";
import { record } from "../records.ts";

function entryDue(due: number): Entry<Uint8Array> {
  return {
    handle: "",
    record: record(),
    bytes: 0,
    due,
    slot: -1,
    older: undefined,
    newer: undefined,
    previousOfUser: undefined,
    nextOfUser: undefined,
  };
}

describe("the expiry queue", () => {
  it("has the entry due first in front, whatever is added, removed and rescheduled", () => {
    const step = fc.record({
      act: fc.constantFrom("add", "add", "add", "remove", "reschedule"),
      pick: fc.nat(),
      due: fc.integer({ min: 0, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 300 }), (sequence) => {
        const queue = new ExpiryQueue();
        const entries: Entry<Uint8Array>[] = [];
        for (const { act, pick, due } of sequence) {
          const index = pick % Math.max(1, entries.length);
          const entry = entries[index];
          if (act === "add" || entry === undefined) {
            const added = entryDue(due);
            entries.push(added);
            queue.add(added);
          } else if (act === "remove") {
            entries.splice(index, 1);
            queue.remove(entry);
          } else {
            queue.reschedule(entry, due);
          }
          assert.equal(
            queue.first?.due,
            entries.length === 0 ? undefined : Math.min(...entries.map((one) => one.due)),
          );
        }
        const drained: number[] = [];
        for (let first = queue.first; first !== undefined; first = queue.first) {
          drained.push(first.due);
          queue.remove(first);
        }
        const sorted = entries.map(({ due }) => due).sort((a, b) => a - b);
        assert.deepEqual(drained, sorted);
      }),
      { numRuns: 100 },
    );
  });
});
