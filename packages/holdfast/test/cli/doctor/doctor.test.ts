import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../../src/cli/command.ts";
import { SOURCE_RULES } from "../../../src/cli/doctor/examine.ts";
import { COOKIE_LOOKS, REPLY_RULES } from "../../../src/cli/doctor/live/rules.ts";
import { loadParser } from "../../../src/cli/doctor/parser.ts";
import { doctorCommand } from "../../../src/cli/doctor.ts";

const CLI = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/guide/doctor.md"), "utf8");

const TSX = import.meta.resolve("tsx");

/** What the command does, in this process: starting one takes a second. */
async function doctor(args: readonly string[], { cwd = ROOT } = {}) {
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const { text, exitCode } = await doctorCommand(args);
    return { status: exitCode, stdout: text, stderr: "" };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { status: 2, stdout: "", stderr: error.message };
  } finally {
    process.chdir(before);
  }
}

/** The command as it is called. */
function holdfast(args: readonly string[], { cwd = ROOT, input = "" } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", TSX, CLI, ...args], {
    encoding: "utf8",
    cwd,
    input,
  });
  return { status, stdout, stderr };
}

function folder(test: TestContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-doctor-"));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), content);
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
  it("finds nothing wrong with this project's own application and examples", async () => {
    const { status, stdout } = await doctor(["app", ...ownExamples()]);
    assert.match(stdout, /^0 errors, 0 warnings, 0 notes\. Files: \d+\. Sessions by: holdfast\.$/m);
    assert.equal(status, 0);
  });

  it("finds nothing wrong with express-session where it is set up as the doctor advises", async (test) => {
    const { status, stdout } = await doctor(["."], { cwd: folder(test, { "app.js": GOOD }) });
    assert.equal(stdout, "0 errors, 0 warnings, 0 notes. Files: 1. Sessions by: express-session.\n");
    assert.equal(status, 0);
  });

  it("judges the handlers of one file by the middleware of another, or by the package's dependencies", async (test) => {
    const whole = folder(test, { "app.js": GOOD, "routes/login.js": LOGIN });
    const found = await doctor(["."], { cwd: whole });
    assert.match(found.stdout, /routes\/login\.js:1:\d+ {2}sign-in-without-new-id/);
    assert.equal(found.status, 1);

    const alone = folder(test, { "login.js": LOGIN });
    assert.match((await doctor(["."], { cwd: alone })).stdout, /no session middleware was found/);
    writeFileSync(join(alone, "package.json"), '{ "dependencies": { "express-session": "1" } }');
    assert.match((await doctor(["."], { cwd: alone })).stdout, /sign-in-without-new-id/);
  });

  it("leaves out what is installed, built, declared or a test, unless it is named", async (test) => {
    const weak = 'require("express-session")({ secret: "x" })';
    const names = ["node_modules/a.js", "dist/a.js", ".cache/a.js", "a.d.ts", "test/a.js", "src/a.test.js"];
    const cwd = folder(test, Object.fromEntries(names.map((name) => [name, weak])));
    assert.match((await doctor(["."], { cwd })).stdout, /Files: 0\./);
    assert.match((await doctor(["dist", "src/a.test.js"], { cwd })).stdout, /Files: 2\./);
  });

  it("says which files it cannot read, and reads the others", async (test) => {
    const cwd = folder(test, {
      "bad.js": "session (((",
      "app.js": GOOD,
      "bundle.js": "session;".repeat(200_000),
    });
    const { stdout, status } = await doctor(["."], { cwd });
    assert.match(stdout, /bad\.js {2}neither JavaScript nor TypeScript/);
    assert.match(stdout, /bundle\.js {2}longer than a megabyte/);
    assert.equal(status, 0);
  });

  it("has exit code 1 from --level on, and prints JSON for machines", async (test) => {
    const cwd = folder(test, { "app.js": GOOD.replace('  unset: "destroy",\n', "") });
    assert.equal((await doctor(["."], { cwd })).status, 0);
    assert.equal((await doctor([".", "--level", "note"], { cwd })).status, 1);
    assert.equal((await doctor([".", "--level", "error"], { cwd })).status, 0);
    const { findings, unread, recognised } = JSON.parse((await doctor([".", "--json"], { cwd })).stdout);
    assert.deepEqual([unread, recognised], [[], []]);
    assert.equal(findings.length, 1);
    assert.deepEqual(findings[0].place, { in: "app.js", line: 4, column: 9 });
    assert.deepEqual(
      [findings[0].rule, findings[0].level, findings[0].row],
      ["unset-keeps", "note", "LIFE-10"],
    );
  });

  it("judges a copied header, from the command line or stdin, without showing the cookie's value", async () => {
    for (const { status, stdout, stderr } of [
      await doctor(["--set-cookie", SET_COOKIE]),
      holdfast(["doctor", "--set-cookie", "-"], { input: `Set-Cookie: ${SET_COOKIE}\n` }),
    ]) {
      assert.equal(status, 1);
      assert.match(stdout, /The form is express-session's/);
      assert.match(stdout, /cookie connect\.sid {2}secure-missing/);
      assert.ok(!`${stdout}${stderr}`.includes("kq9Xv1"));
    }
  });

  it("judges the reply of a URL", async (test) => {
    const server = createServer((_req, res) => {
      // More than anybody waits for.
      res.writeHead(200, { "Set-Cookie": SET_COOKIE }).write("hello");
    }).listen(0, "127.0.0.1");
    test.after(() => server.close().closeAllConnections());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, [
      "--import",
      TSX,
      CLI,
      "doctor",
      `http://127.0.0.1:${port}/?token=hidden`,
    ]);
    const [stdout] = await Promise.all([textOf(child.stdout), once(child, "close")]);
    assert.equal(child.exitCode, 1);
    assert.match(stdout, /The form is express-session's/);
    assert.match(stdout, /127\.0\.0\.1:\d+\/ {2}cacheable/);
    assert.doesNotMatch(stdout, /kq9Xv1|hidden/);
  });

  it("writes no colours but to a terminal", async () => {
    assert.ok(!(await doctor(["--set-cookie", SET_COOKIE])).stdout.includes("\u001b"));
  });

  it("lets no escape sequence of a program or a reply through", async (test) => {
    const source = `${GOOD} app.get("/", (req, res) => { req.session["\u001b[31m"] = 1; res.redirect("/"); });`;
    const { stdout } = await doctor(["."], { cwd: folder(test, { "app.js": source }) });
    assert.match(stdout, /redirect-before-save/);
    assert.ok(!stdout.includes("\u001b"));
    const reply = await doctor(["--set-cookie", "sid\u001b[31m=1; Secure"]);
    assert.match(reply.stdout, /http-only-off/);
    assert.ok(!reply.stdout.includes("\u001b"));
  });

  it("refuses what it cannot look at with exit code 2", async () => {
    const mistakes: [string[], RegExp][] = [
      [[], /something to look at/],
      [["./nowhere"], /no file or folder .*nowhere/],
      [["app", "--level", "bad"], /--level is one of error, warning, note/],
      [["sid=secret; Path=/"], /judged with --set-cookie/],
      [["https://"], /not a URL/],
      [["https://anna:secret@app.example"], /no name and no password/],
      [["http://127.0.0.1:1/?token=hidden"], /http:\/\/127\.0\.0\.1:1 does not answer/],
    ];
    for (const [args, reason] of mistakes) {
      const { status, stdout, stderr } = await doctor(args);
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
  it("shows what a run prints", async (test) => {
    const [, source = ""] = /^```javascript\n(.*?)^```$/ms.exec(PAGE) ?? [];
    const [, command = "", shown = ""] =
      /^```console\n\$ npx holdfast doctor (.*?)\n(.*?)^```$/ms.exec(PAGE) ?? [];
    const cwd = folder(test, { [command]: source });
    assert.equal(shown, holdfast(["doctor", command], { cwd }).stdout);
  });

  it("has every rule with its level, row and source, and no other", async () => {
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
