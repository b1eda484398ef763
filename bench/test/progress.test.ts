import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Progress } from "../src/progress.ts";

/** What ten steps of twenty seconds each write. */
function written(isTTY: boolean): string[] {
  const lines: string[] = [];
  let now = 0;
  const progress = new Progress(10, { isTTY, write: (text) => lines.push(text) }, () => now);
  for (let step = 0; step < 10; step++) {
    progress.label(`step ${step}`);
    now += 20_000;
    progress.step();
  }
  progress.clear();
  return lines;
}

describe("progress", () => {
  it("is drawn over and over on a terminal, and cleared", () => {
    const lines = written(true);
    assert.equal(lines.length, 21);
    assert.ok(lines.every((line) => line.startsWith("\r\u001b[K") && !line.includes("\n")));
    assert.match(lines[9] ?? "", /█ *.* 50 %, 100 s left {2}step 4/);
    assert.equal(lines.at(-1), "\r\u001b[K");
  });

  it("is a line a minute in a log", () => {
    assert.deepEqual(written(false), [
      "30 %, 140 s left  step 2\n",
      "60 %, 80 s left  step 5\n",
      "90 %, 20 s left  step 8\n",
    ]);
  });
});
