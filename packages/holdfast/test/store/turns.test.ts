import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Turns } from "../../src/store/turns.ts";

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  it("run the tasks of one name one after another, in order, whether or not they fail", async () => {
    const turns = new Turns();
    const said: string[] = [];
    const task = (name: string) => async (): Promise<void> => {
      said.push(`${name} begins`);
      await later();
      said.push(`${name} ends`);
      if (name === "first") throw new Error("failed");
    };
    const first = turns.run("a", task("first"));
    const second = turns.run("a", task("second"));
    const aside = turns.run("b", task("aside"));
    await assert.rejects(first, /failed/);
    await Promise.all([second, aside]);
    assert.deepEqual(
      said.filter((words) => !words.startsWith("aside")),
      ["first begins", "first ends", "second begins", "second ends"],
    );
    assert.ok(said.indexOf("aside begins") < said.indexOf("first ends"));
  });

  it("keep nothing of names that have nothing under way", async () => {
    const turns = new Turns();
    const running = Array.from({ length: 100 }, (_, index) => turns.run(`${index % 7}`, later));
    assert.equal(turns.size, 7);
    await Promise.all(running);
    await later();
    assert.equal(turns.size, 0);
  });
});
