import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ExpiryQueue } from "../../../src/store/memory/expiry-queue.ts";

interface Waiting {
  slot: number;
  due: number;
}

const LATEST = 1_000;

describe("the expiry queue", () => {
  it("has the entry due first in front, whatever is added, removed, rescheduled and brought forward", () => {
    const step = fc.record({
      act: fc.constantFrom("add", "add", "add", "add", "remove", "reschedule", "bring forward"),
      pick: fc.nat(),
      due: fc.integer({ min: 0, max: LATEST }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 300 }), (sequence) => {
        const queue = new ExpiryQueue<Waiting>();
        const entries: Waiting[] = [];
        for (const { act, pick, due } of sequence) {
          const index = pick % Math.max(1, entries.length);
          const entry = entries[index];
          if (act === "add" || entry === undefined) {
            const added = { slot: -1, due };
            entries.push(added);
            queue.add(added, due);
          } else if (act === "remove") {
            entries.splice(index, 1);
            queue.remove(entry);
          } else if (act === "reschedule") {
            entry.due = due;
            queue.reschedule(entry, due);
          } else {
            entry.due = Math.min(entry.due, due);
            queue.bringForward(entry, due);
          }
          const earliest = Math.min(...entries.map((one) => one.due));
          assert.equal(queue.firstDue(LATEST)?.due, entries.length === 0 ? undefined : earliest);
          assert.equal(queue.firstDue(earliest - 1), undefined, "nobody is due before the first");
        }
        const drained: number[] = [];
        for (let first = queue.firstDue(LATEST); first !== undefined; first = queue.firstDue(LATEST)) {
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
