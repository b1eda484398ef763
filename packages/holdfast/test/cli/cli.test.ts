import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { checkSecrets } from "../../src/keys/secrets.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url);

function holdfast(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", fileURLToPath(CLI), ...args],
    { encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

describe("holdfast keygen", () => {
  it("prints a new secret that session() accepts, and nothing else", () => {
    const [first, second] = [holdfast("keygen"), holdfast("keygen")];
    for (const { status, stdout, stderr } of [first, second]) {
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, /^[\w-]{43}\n$/);
      assert.doesNotThrow(() => checkSecrets(stdout.trim()));
    }
    assert.notEqual(first.stdout, second.stdout);
  });

  it("prints a line for a .env file", () => {
    assert.match(holdfast("keygen", "--env").stdout, /^SESSION_SECRET=[\w-]{43}\n$/);
  });

  it("prints as many as asked for, all different", () => {
    const { status, stdout } = holdfast("keygen", "--count", "3");
    assert.equal(status, 0);
    assert.equal(new Set(stdout.trim().split("\n")).size, 3);
    assert.match(stdout, /^([\w-]{43}\n){3}$/);
  });
});

describe("holdfast", () => {
  it("explains itself with --help, alone or after a command", () => {
    for (const args of [["--help"], ["-h"], ["keygen", "--help"]]) {
      const { status, stdout } = holdfast(...args);
      assert.equal(status, 0);
      assert.match(stdout, /^Usage: holdfast[\s\S]+keygen[\s\S]+--env[\s\S]+--count/);
    }
  });

  it("says its version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    assert.equal(holdfast("--version").stdout, `${version}\n`);
  });

  it("refuses what it does not understand with exit code 2, a reason and the way to help", () => {
    const mistakes: [string[], RegExp][] = [
      [[], /No command given/],
      [["keygne"], /no command "keygne"/],
      [["keygen", "extra"], /no argument "extra"/],
      [["keygen", "--size", "5"], /--size/],
      [["keygen", "--count", "0"], /from 1 to 100/],
      [["keygen", "--count", "1e9"], /from 1 to 100/],
      [["keygen", "--count"], /--count/],
      [["keygen", "--env", "--count", "2"], /--env prints one line/],
    ];
    for (const [args, reason] of mistakes) {
      const { status, stdout, stderr } = holdfast(...args);
      assert.deepEqual([status, stdout], [2, ""], args.join(" "));
      assert.match(stderr, reason);
      assert.match(stderr, /holdfast --help/);
    }
  });

  it("can be run by its name", () => {
    assert.match(readFileSync(CLI, "utf8"), /^#!\/usr\/bin\/env node\n/);
  });
});
