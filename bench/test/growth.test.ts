import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { medianOf } from "../src/growth/measure.ts";

describe("the memory of sessions", () => {
  it("is the median of the processes, figure by figure", () => {
    const found = medianOf([
      { heap: 1_290, rss: 3_283, kept: 0.05 },
      { heap: 1_280, rss: 1_324, kept: 0.9 },
      { heap: 1_285, rss: 1_310, kept: 0.06 },
    ]);
    assert.deepEqual(found, { heap: 1_285, rss: 1_324, kept: 0.06 });
  });

  it("is that of the one process where there is no other", () => {
    const only = { heap: 1_280, rss: 1_310, kept: 0 };
    assert.deepEqual(medianOf([only]), only);
  });
});
