import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge, readBudget } from "../src/instructions/budget.ts";
import { SCENARIO_NAMES } from "../src/scenarios.ts";

describe("The budget of instructions", () => {
  it("has room for what two runs of the same code differ by, and no more", () => {
    assert.equal(judge(100_000, 100_000), "within");
    assert.equal(judge(114_999, 100_000), "within");
    assert.equal(judge(115_001, 100_000), "over");
  });

  it("is no budget any more once the code costs far less", () => {
    assert.equal(judge(84_999, 100_000), "under");
  });

  it("has as much room for what costs next to nothing", () => {
    assert.equal(judge(6900, 5000), "within");
    assert.equal(judge(7100, 5000), "over");
  });

  it("knows every scenario", () => {
    const { instructions } = readBudget();
    assert.deepEqual(Object.keys(instructions).sort(), [...SCENARIO_NAMES].sort());
    assert.equal(judge(1, undefined), "none");
  });
});
