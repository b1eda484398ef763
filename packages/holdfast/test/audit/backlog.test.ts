import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backlog } from "../../src/audit/backlog.ts";
import { bodyOf } from "../../src/audit/entry.ts";
import { event } from "../support/trails.ts";

/** Adds until well beyond what there is room for; how often that is said to be the first loss. */
function overfill(backlog: Backlog): number {
  let told = 0;
  for (let i = 0; i < 100; i++) if (!backlog.add(event(i), bodyOf(event(i)))) told += 1;
  return told;
}

describe("what waits for the disk", () => {
  it("is said to be too much once until all of it is written, however often it fills", () => {
    const backlog = new Backlog(2_048);
    assert.equal(overfill(backlog), 1);
    for (let round = 0; round < 10; round++) {
      backlog.remove(backlog.next().length - 1);
      assert.equal(overfill(backlog), 0, "some of it has waited all the time");
    }
    while (!backlog.isEmpty) backlog.remove(backlog.next().length);
    assert.equal(overfill(backlog), 1);
  });
});
