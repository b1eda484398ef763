import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  Circuit,
  FAILURES_TO_OPEN,
  FIRST_COOL_DOWN,
  LONGEST_COOL_DOWN,
  type Mark,
} from "../../../src/session/outage/circuit.ts";

function circuit() {
  let now = 1_000_000;
  const it = new Circuit(() => now);
  const fail = (): boolean => it.failed(it.enter(false) ?? Number.NaN);
  return {
    it,
    fail,
    open: () => {
      for (let i = 0; i < FAILURES_TO_OPEN; i++) fail();
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("a circuit", () => {
  it("opens at the fifth failure in a row, and says so once", () => {
    const { it, fail } = circuit();
    assert.deepEqual([1, 2, 3, 4, 5].map(fail), [false, false, false, false, true]);
    assert.equal(it.state, "open");
    assert.equal(it.enter(false), undefined);
  });

  it("stays closed while others are answered, however many fail", () => {
    const { it, fail } = circuit();
    for (let i = 0; i < 50; i++) {
      for (let j = 1; j < FAILURES_TO_OPEN; j++) fail();
      it.answered();
    }
    const marks = Array.from({ length: 100 }, () => it.enter(false) ?? Number.NaN);
    it.answered();
    for (const mark of marks) it.failed(mark);
    assert.equal(it.state, "closed");
  });

  it("lets one operation through after the cool-down, and the others when that one is answered", () => {
    const { it, open, pass } = circuit();
    open();
    pass(FIRST_COOL_DOWN - 1);
    assert.equal(it.enter(false), undefined);
    pass(1);
    assert.equal(it.enter(true), undefined, "not one that may take long");
    const probe = it.enter(false);
    assert.notEqual(probe, undefined);
    assert.equal(it.state, "half-open");
    assert.deepEqual([it.enter(false), it.enter(false)], [undefined, undefined]);
    pass(70);
    assert.equal(it.answered(), FIRST_COOL_DOWN + 70);
    assert.equal(it.state, "closed");
    assert.notEqual(it.enter(false), undefined);
  });

  it("cools down for twice as long after each probe that fails, up to five seconds, and then starts anew", () => {
    const { it, open, pass } = circuit();
    open();
    const waits = Array.from({ length: 5 }, () => {
      const wait = it.coolsFor;
      pass(wait);
      assert.equal(it.failed(it.enter(false) ?? Number.NaN), false, "it was open before");
      return wait;
    });
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 5_000, 5_000]);
    pass(LONGEST_COOL_DOWN);
    it.enter(false);
    it.answered();
    open();
    assert.equal(it.coolsFor, FIRST_COOL_DOWN);
  });

  it("is not opened anew by what began before it opened and fails late", () => {
    const { it, open, pass } = circuit();
    const early = it.enter(false) ?? Number.NaN;
    open();
    pass(FIRST_COOL_DOWN);
    it.enter(false);
    it.failed(early);
    assert.equal(it.state, "half-open");
  });

  it("tries at once where the clock has been set back", () => {
    const { it, open, pass } = circuit();
    open();
    pass(-3_600_000);
    assert.equal(it.coolsFor, 0);
    assert.notEqual(it.enter(false), undefined);
    assert.equal(it.answered(), 0);
  });

  it("never lets two through at once while it is not closed, and always one after a cool-down", () => {
    const step = fc.oneof(
      fc.constant("enter" as const),
      fc.constant("answer" as const),
      fc.constant("fail" as const),
      fc.integer({ min: 0, max: 6_000 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { it, pass } = circuit();
        const under: Mark[] = [];
        let probes = 0;
        for (const next of steps) {
          if (typeof next === "number") pass(next);
          else if (next === "enter") {
            const before = it.state;
            const mark = it.enter(false);
            if (mark !== undefined) under.push(mark);
            if (before !== "closed" && mark !== undefined) probes++;
            assert.ok(it.state !== "half-open" || probes === 1);
          } else if (next === "answer" && under.shift() !== undefined) {
            it.answered();
          } else if (next === "fail") {
            const mark = under.shift();
            if (mark !== undefined) it.failed(mark);
          }
          if (it.state !== "half-open") probes = 0;
          assert.ok(it.coolsFor <= LONGEST_COOL_DOWN);
        }
        while (under.length > 0) it.failed(under.shift() ?? 0);
        pass(LONGEST_COOL_DOWN);
        assert.notEqual(it.enter(false), undefined, "it always comes back");
      }),
    );
  });
});
