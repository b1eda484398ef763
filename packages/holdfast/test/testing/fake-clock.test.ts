import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "../../src/testing/fake-clock.ts";

describe("the fake clock", () => {
  it("stands still at its start until it is told to move", () => {
    assert.equal(fakeClock().now(), Date.UTC(2026, 0, 1));
    const clock = fakeClock(5_000);
    assert.deepEqual([clock.now(), clock.now()], [5_000, 5_000]);
  });

  it("moves forward by milliseconds or a duration", () => {
    const clock = fakeClock(0);
    clock.advance(250);
    assert.equal(clock.now(), 250);
    clock.advance("15m");
    assert.equal(clock.now(), 250 + 15 * 60_000);
  });

  it("can be set, backwards too", () => {
    const clock = fakeClock(9_000);
    clock.set(1_000);
    assert.equal(clock.now(), 1_000);
  });

  it("refuses what is no duration", () => {
    const clock = fakeClock(9_000);
    assert.throws(() => clock.advance(-1), { code: "ERR_HOLDFAST_DURATION" });
    assert.throws(() => clock.advance("soon" as "1s"), { code: "ERR_HOLDFAST_DURATION" });
    assert.equal(clock.now(), 9_000);
  });

  it("belongs to one test: two clocks do not move each other", () => {
    const [one, two] = [fakeClock(0), fakeClock(0)];
    one.advance("1h");
    assert.equal(two.now(), 0);
  });
});
