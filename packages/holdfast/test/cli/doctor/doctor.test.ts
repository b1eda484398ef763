import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../../src/cli/command.ts";
import { SOURCE_RULES } from "../../../src/cli/doctor/examine.ts";
import { COOKIE_LOOKS, REPLY_RULES } from "../../../src/cli/doctor/live/rules.ts";
import { loadParser } from "../../../src/cli/doctor/parser.ts";

const CLI = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/guide/doctor.md"), "utf8");

const TSX = import.meta.resolve("tsx");

function doctor(args: readonly string[], { cwd = ROOT, input = "" } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", TSX, CLI, "doctor", ...args], {
    encoding: "utf8",
    cwd,
    input,
  });
  return { status, stdout, stderr };
}

function folder(test: TestContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-doctor-"));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const GOOD = `
import session from "express-session";
import { RedisStore } from "connect-redis";
app.use(session({
  secret: [process.env.NEW_SECRET, process.env.SESSION_SECRET],
  name: process.env.NODE_ENV === "production" ? "__Host-id" : "id",
  store: new RedisStore({ client }),
  resave: false,
  saveUninitialized: false,
  unset: "destroy",
  cookie: { secure: process.env.NODE_ENV === "production", sameSite: "lax", maxAge: 30 * 60 * 1000 },
}));
`;
const LOGIN = "export const login = (req, res) => { req.session.userId = 1; res.end(); };";
const SET_COOKIE = "connect.sid=s%3Aabcdefgh.kq9Xv1Lw7Rt5Yb2Nc8Md4Hf6Jg0SaQeUiOoTyWxZzAb; Path=/; HttpOnly";

describe("holdfast doctor", () => {
  it("finds nothing wrong with this project's own application and examples", () => {
    const { status, stdout } = doctor(["app", ...ownExamples()]);
    assert.match(stdout, /^0 errors, 0 warnings, 0 notes\. Files: \d+\. Sessions by: holdfast\.$/m);
    assert.equal(status, 0);
  });

  it("finds nothing wrong with express-session where it is set up as the doctor advises", (test) => {
    const { status, stdout } = doctor(["."], { cwd: folder(test, { "app.js": GOOD }) });
    assert.equal(stdout, "0 errors, 0 warnings, 0 notes. Files: 1. Sessions by: express-session.\n");
    assert.equal(status, 0);
  });

  it("judges the handlers of one file by the middleware of another, or by the package's dependencies", (test) => {
    const whole = folder(test, { "app.js": GOOD, "routes/login.js": LOGIN });
    const found = doctor(["."], { cwd: whole });
    assert.match(found.stdout, /routes\/login\.js:1:\d+ {2}sign-in-without-new-id/);
    assert.equal(found.status, 1);

    const alone = folder(test, { "login.js": LOGIN });
    assert.match(doctor(["."], { cwd: alone }).stdout, /no session middleware was found/);
    writeFileSync(join(alone, "package.json"), '{ "dependencies": { "express-session": "1" } }');
    assert.match(doctor(["."], { cwd: alone }).stdout, /sign-in-without-new-id/);
  });

  it("leaves out what is installed, built, declared or a test, unless it is named", (test) => {
    const weak = 'require("express-session")({ secret: "x" })';
    const names = ["node_modules/a.js", "dist/a.js", ".cache/a.js", "a.d.ts", "test/a.js", "src/a.test.js"];
    const cwd = folder(test, Object.fromEntries(names.map((name) => [name, weak])));
    assert.match(doctor(["."], { cwd }).stdout, /Files: 0\./);
    assert.match(doctor(["dist", "src/a.test.js"], { cwd }).stdout, /Files: 2\./);
  });

  it("says which files it cannot read, and reads the others", (test) => {
    const cwd = folder(test, {
      "bad.js": "session (((",
      "app.js": GOOD,
      "bundle.js": "session;".repeat(200_000),
    });
    const { stdout, status } = doctor(["."], { cwd });
    assert.match(stdout, /bad\.js {2}neither JavaScript nor TypeScript/);
    assert.match(stdout, /bundle\.js {2}longer than a megabyte/);
    assert.equal(status, 0);
  });

  it("has exit code 1 from --level on, and prints JSON for machines", (test) => {
    const cwd = folder(test, { "app.js": GOOD.replace('  unset: "destroy",\n', "") });
    assert.equal(doctor(["."], { cwd }).status, 0);
    assert.equal(doctor([".", "--level", "note"], { cwd }).status, 1);
    assert.equal(doctor([".", "--level", "error"], { cwd }).status, 0);
    const { findings, unread, recognised } = JSON.parse(doctor([".", "--json"], { cwd }).stdout);
    assert.deepEqual([unread, recognised], [[], []]);
    assert.equal(findings.length, 1);
    assert.deepEqual(findings[0].place, { in: "app.js", line: 4, column: 9 });
    assert.deepEqual(
      [findings[0].rule, findings[0].level, findings[0].row],
      ["unset-keeps", "note", "LIFE-10"],
    );
  });

  it("judges a copied header, from the command line or stdin, without showing the cookie's value", () => {
    for (const { status, stdout, stderr } of [
      doctor(["--set-cookie", SET_COOKIE]),
      doctor(["--set-cookie", "-"], { input: `Set-Cookie: ${SET_COOKIE}\n` }),
    ]) {
      assert.equal(status, 1);
      assert.match(stdout, /The form is express-session's/);
      assert.match(stdout, /cookie connect\.sid {2}secure-missing/);
      assert.ok(!`${stdout}${stderr}`.includes("kq9Xv1"));
    }
  });

  it("writes no colours but to a terminal", () => {
    assert.ok(!doctor(["--set-cookie", SET_COOKIE]).stdout.includes("\u001b"));
  });

  it("refuses what it cannot look at with exit code 2", () => {
    const mistakes: [string[], RegExp][] = [
      [[], /something to look at/],
      [["./nowhere"], /no file or folder .*nowhere/],
      [["app", "--level", "bad"], /--level is one of error, warning, note/],
      [["https://"], /not a URL/],
      [["https://anna:secret@app.example"], /no name and no password/],
      [["http://127.0.0.1:1/?token=hidden"], /http:\/\/127\.0\.0\.1:1 does not answer/],
    ];
    for (const [args, reason] of mistakes) {
      const { status, stdout, stderr } = doctor(args);
      assert.deepEqual([status, stdout], [2, ""], args.join(" "));
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /secret|hidden/);
    }
  });

  it("says which command installs the parser where there is none", async () => {
    await assert.rejects(
      loadParser(() => Promise.reject(new Error("Cannot find package"))),
      (error) =>
        error instanceof UsageError && error.message.includes("npm install --save-dev @babel/parser"),
    );
  });
});

describe("the doctor's page", () => {
  it("shows what a run prints", (test) => {
    const [, source = ""] = /^```javascript\n(.*?)^```$/ms.exec(PAGE) ?? [];
    const [, command = "", shown = ""] =
      /^```console\n\$ npx holdfast doctor (.*?)\n(.*?)^```$/ms.exec(PAGE) ?? [];
    const cwd = folder(test, { [command]: source });
    assert.equal(shown, doctor([command], { cwd }).stdout);
  });

  it("has every rule with its level, row and source, and no other", () => {
    const rules = [...SOURCE_RULES, ...REPLY_RULES];
    const listed = [...PAGE.matchAll(/^\| `([\w-]+)` \| (\w+) \| ([\w-]+) \| (.*?) \|/gm)].map(
      ([, ...cells]) => cells,
    );
    assert.deepEqual(
      listed,
      rules.map(({ id, level, row, source }) => [id, level, row, source]),
    );
    assert.ok(COOKIE_LOOKS.every(({ id }) => rules.some((rule) => rule.id === id)));
  });
});

/** Those on Holdfast alone; the app in `examples/moving` begins on express-session, and shows why one moves. */
function ownExamples(): string[] {
  return readdirSync(join(ROOT, "examples"))
    .filter((name) => /\.c?js$/.test(name))
    .map((name) => `examples/${name}`);
}
