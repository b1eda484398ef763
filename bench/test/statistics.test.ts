import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MOST_RATIO, orderOf, quantileOf, ratioOf, spreadOf } from "../src/statistics.ts";

describe("a spread", () => {
  it("is the median with the quartiles around it", () => {
    assert.deepEqual(spreadOf([5, 1, 3, 2, 4]), { low: 2, median: 3, high: 4 });
  });

  it("lies between two values where there is none in the middle", () => {
    assert.equal(quantileOf([1, 2], 0.5), 1.5);
  });
});

describe("the ratio of what two add", () => {
  it("does not change with the speed of a round", () => {
    const rounds = [1, 2, 7].map((slow) => ({ bare: 5 * slow, others: 65 * slow, ours: 15 * slow }));
    assert.deepEqual(ratioOf(rounds), { low: 6, median: 6, high: 6 });
  });

  it("is bounded where ours cannot be told from nothing", () => {
    assert.equal(ratioOf([{ bare: 5, others: 65, ours: 4.9 }]).median, MOST_RATIO);
  });
});

describe("the order of turns", () => {
  it("has everybody first, last and after each of the others as often", () => {
    for (const many of [2, 3, 4]) {
      const orders = Array.from({ length: 2 * many }, (_, round) => orderOf(round, many));
      for (let one = 0; one < many; one++) {
        assert.equal(orders.filter((order) => order[0] === one).length, 2, "first");
        assert.equal(orders.filter((order) => order.at(-1) === one).length, 2, "last");
      }
      for (const order of orders) assert.deepEqual([...order].sort(), [...Array(many).keys()]);
    }
  });
});
