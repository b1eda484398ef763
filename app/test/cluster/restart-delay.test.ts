import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RestartDelay } from "../../src/cluster/restart-delay.ts";

describe("the wait before a worker is started again", () => {
  it("is none after a steady life", () => {
    const delay = new RestartDelay();
    assert.equal(delay.after(60_000), 0);
    assert.equal(delay.after(60_000), 0);
  });

  it("doubles with each short life, up to half a minute, and begins anew after a steady one", () => {
    const delay = new RestartDelay();
    const waits = Array.from({ length: 9 }, () => delay.after(0));
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    assert.equal(delay.after(10_000), 0);
    assert.equal(delay.after(9_999), 250);
  });
});
