import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deadlines } from "../../../src/session/outage/deadlines.ts";
import type { Store } from "../../../src/store/contract.ts";

describe("the deadline of an operation", () => {
  const deadlines = new Deadlines(500);

  it("is the option's where a request waits for it", () => {
    const short: readonly (keyof Store)[] = [
      "read",
      "create",
      "update",
      "touch",
      "delete",
      "listUser",
      "deleteUser",
      "userGeneration",
    ];
    for (const operation of short) assert.equal(deadlines.of(operation), 500, operation);
  });

  it("is twenty times that where it opens the store or goes through everything", () => {
    const long: readonly (keyof Store)[] = [
      "open",
      "scan",
      "countByKey",
      "deleteByKey",
      "deleteAll",
      "prune",
    ];
    for (const operation of long) assert.equal(deadlines.of(operation), 10_000, operation);
  });

  it("is never longer than a timer can be", () => {
    const month = new Deadlines(2 ** 31 - 1);
    assert.deepEqual([month.keys, month.patient], [2 ** 31 - 1, 2 ** 31 - 1]);
  });
});
