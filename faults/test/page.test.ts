import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isTried, rows } from "../src/page/page.ts";
import { PAGE } from "../src/page/place.ts";
import { type Setup, setups } from "../src/trial/matrix.ts";

/** The page's tables, as lists of cells, headings first. */
function tables(): string[][][] {
  const blocks = readFileSync(PAGE, "utf8").split(/\n{2,}/);
  return blocks
    .filter((block) => block.startsWith("| |"))
    .map((block) =>
      block
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("|---"))
        .map((line) => line.slice(1, -1).split("|"))
        .map((cells) => cells.map((cell) => cell.trim())),
    );
}

const names = Object.keys(setups) as Setup[];

describe("the page of stores under faults", () => {
  const [held = [], figures = []] = tables();

  it("has a column for each setup", () => {
    const titles = names.map((name) => setups[name].title);
    for (const [heading] of [held, figures]) assert.deepEqual(heading?.slice(1), titles);
  });

  it("has a row for each fault, with a result wherever it is tried and nowhere else", () => {
    const expected = (Object.keys(rows) as (keyof typeof rows)[]).map((row) => [
      rows[row],
      ...names.map((name) => isTried(name, row)),
    ]);
    const found = held.slice(1).map(([title, ...cells]) => [title, ...cells.map((cell) => /\w/.test(cell))]);
    assert.deepEqual(found, expected);
    assert.deepEqual(
      figures.slice(1).map(([title]) => title),
      expected.slice(1).map(([title]) => title),
    );
  });

  it("says which store forgot something, and of no other", () => {
    const forgetful = new Set(
      held.flatMap((line) =>
        line.flatMap((cell, column) => (/lost, as declared/.test(cell) ? [column] : [])),
      ),
    );
    const may: Setup[] = ["redisDurable", "redisMemory", "redisCluster", "postgresUnlogged"];
    for (const column of forgetful) assert.ok(may.includes(names[column - 1] as Setup), names[column - 1]);
  });
});
