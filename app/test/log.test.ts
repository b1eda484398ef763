import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLog, type LogLevel } from "../src/log.ts";

const linesOf = (level: LogLevel, use: (log: ReturnType<typeof createLog>) => void): string[] => {
  const lines: string[] = [];
  use(
    createLog(
      level,
      (line) => lines.push(line),
      () => 0,
    ),
  );
  return lines;
};

describe("the log", () => {
  it("writes time, level, message and pairs in one line", () => {
    const lines = linesOf("info", (log) =>
      log.warn("something", { user: "a-1", ms: 3, text: "two words", no: undefined }),
    );
    assert.deepEqual(lines, ['1970-01-01T00:00:00.000Z warn  something user=a-1 ms=3 text="two words"\n']);
  });

  it("puts fields of its own on every line", () => {
    const lines: string[] = [];
    const log = createLog(
      "info",
      (line) => lines.push(line),
      () => 0,
      { worker: 2 },
    );
    log.info("something", { ms: 3 });
    assert.deepEqual(lines, ["1970-01-01T00:00:00.000Z info  something worker=2 ms=3\n"]);
  });

  it("drops what is below the level, and everything when silent", () => {
    const all = (log: ReturnType<typeof createLog>): void => {
      log.debug("a");
      log.info("b");
      log.warn("c");
      log.error("d");
    };
    assert.equal(linesOf("debug", all).length, 4);
    assert.equal(linesOf("warn", all).length, 2);
    assert.equal(linesOf("silent", all).length, 0);
  });

  it("lets nobody forge a line or drive a terminal", () => {
    const hostile = "x\r\n1970 error forged\x1b[2J\x7f\x9b\u2028";
    const [line = ""] = linesOf("info", (log) => log.info(hostile, { agent: hostile, nested: { hostile } }));
    assert.equal(line.match(/\n/g)?.length, 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    assert.doesNotMatch(line.trimEnd(), /[\x00-\x1f\x7f-\x9f\u2028]/);
  });
});
