import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { GUIDE, withDiffs } from "../../moving/diffs.js";
import { STEPS } from "../../support/album-steps.js";

const guide = readFileSync(GUIDE, "utf8");

describe("the guide to moving an app", () => {
  it("shows what changes from each program to the next, as node examples/moving/diffs.js writes it", () => {
    assert.equal(guide, withDiffs(guide));
  });

  it("leaves out no step", () => {
    const shown = [...guide.matchAll(/<!-- from (\S+) to (\S+) -->/g)].map(([, from, to]) => [from, to]);
    const files = STEPS.map(({ file }) => file);
    assert.deepEqual(
      shown,
      files.slice(1).map((file, i) => [files[i], file]),
    );
  });
});
