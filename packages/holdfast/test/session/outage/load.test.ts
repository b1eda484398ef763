import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventLoopDelay } from "../../../src/session/outage/event-loop.ts";
import { Load } from "../../../src/session/outage/load.ts";

describe("a bounded load", () => {
  it("has room for so many operations, and for as many again that are no beginning of a request", () => {
    const load = new Load({ inFlight: 2, loopIsLate: () => false });
    load.begin();
    assert.equal(load.refuses("read"), undefined);
    load.begin();
    assert.equal(load.refuses("read"), "in-flight");
    for (const operation of ["update", "delete", "deleteUser"]) {
      assert.equal(load.refuses(operation), undefined);
    }
    load.begin();
    load.begin();
    assert.equal(load.refuses("delete"), "in-flight");
    load.end();
    assert.equal(load.refuses("delete"), undefined);
  });

  it("notes the first refusal, and the next first one when half of it is done", () => {
    const load = new Load({ inFlight: 4, loopIsLate: () => false });
    for (let i = 0; i < 4; i++) load.begin();
    assert.deepEqual([load.refused(), load.refused()], [true, false]);
    load.end();
    assert.equal(load.shedding, true);
    assert.equal(load.refused(), false);
    load.end();
    assert.equal(load.shedding, false);
    assert.equal(load.refused(), true);
  });

  it("begins nothing while the event loop is late, and finishes what has begun", () => {
    let late = true;
    const load = new Load({ inFlight: 4, loopIsLate: () => late });
    assert.equal(load.light, false);
    assert.equal(load.refuses("read"), "event-loop");
    assert.equal(load.refuses("update"), undefined);
    late = false;
    assert.equal(load.light, true);
    assert.equal(load.refuses("read"), undefined);
  });
});

describe("an event loop's delay", () => {
  it("is an average: one long computation is no overload, many are, and it passes", () => {
    const delay = new EventLoopDelay(200);
    delay.note(600);
    assert.equal(delay.isLate, false);
    for (let i = 0; i < 5; i++) delay.note(-3);
    for (let i = 0; i < 5; i++) delay.note(300);
    assert.equal(delay.isLate, true);
    for (let i = 0; i < 5; i++) delay.note(0);
    assert.equal(delay.isLate, false);
  });

  it("is measured by a timer", (test) => {
    test.mock.timers.enable({ apis: ["setInterval"] });
    const delay = new EventLoopDelay(20);
    let measured = 0;
    let now = performance.now();
    test.mock.method(performance, "now", () => now);
    const stop = delay.watch(() => {
      measured++;
    });
    for (let i = 0; i < 8; i++) {
      now += 150;
      test.mock.timers.tick(100);
    }
    assert.deepEqual([measured, delay.isLate], [8, true]);
    stop();
    test.mock.timers.tick(1_000);
    assert.equal(measured, 8);
  });
});
