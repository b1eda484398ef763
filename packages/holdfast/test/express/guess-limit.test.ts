import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { GuessLimit } from "../../src/express/guess-limit.ts";
import { fakeClock } from "../../src/testing/index.ts";

describe("a limit of guesses", () => {
  it("lets so many pass in a window, then says how long to wait, for each source by itself", () => {
    const clock = fakeClock();
    const limit = new GuessLimit(2, 60_000, clock);
    assert.deepEqual(
      [limit.count("a"), limit.count("a"), limit.count("b")],
      [undefined, undefined, undefined],
    );
    clock.advance(1_500);
    assert.deepEqual(limit.count("a"), { isFirst: true, retryAfter: 59 });
    clock.advance(58_499);
    assert.deepEqual(limit.count("a"), { isFirst: false, retryAfter: 1 });
    clock.advance(1);
    assert.equal(limit.count("a"), undefined);
    assert.equal(limit.size, 1, "the other's window is over as well, and forgotten");
  });

  it("remembers ten thousand sources at most, the newest", () => {
    const limit = new GuessLimit(1, 60_000, fakeClock());
    for (let i = 0; i < 25_000; i++) limit.count(`source ${i}`);
    assert.equal(limit.size, 10_000);
    assert.notEqual(limit.count("source 24999"), undefined);
    assert.notEqual(limit.count("source 15000"), undefined, "and counting again forgets nobody");
    assert.equal(limit.count("source 14999"), undefined);
  });

  it("keeps nobody out for longer than a window, wherever the clock goes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e7, max: 1e7 }), { minLength: 1, maxLength: 50 }), (steps) => {
        let now = 1e12;
        const limit = new GuessLimit(1, 60_000, { now: () => now });
        for (const step of steps) {
          now += step;
          assert.ok((limit.count("a")?.retryAfter ?? 0) <= 60);
        }
      }),
    );
  });
});
