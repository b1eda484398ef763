import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { strongSecret } from "../support/session-app.ts";

const url = (path: string): string => new URL(path, import.meta.url).href;
const CLI = fileURLToPath(url("../../src/cli.ts"));
const PACKAGE = fileURLToPath(url("../.."));

/** The file of an app; `exported` is what it exports. */
function appFile(test: TestContext, exported: string): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "sessions.mjs");
  writeFileSync(
    file,
    `import { createRequire } from "node:module";
    import { session } from ${JSON.stringify(url("../../src/index.ts"))};
    import { SqliteStore } from ${JSON.stringify(url("../../src/store/sqlite.ts"))};
    const expressSession = createRequire(${JSON.stringify(url("../.."))})("express-session");
    class Counted extends expressSession.MemoryStore {
      length(done) { done(null, 7); }
    }
    class Uncounted extends expressSession.Store {
      get(id, done) { done(); }
      set(id, session, done) { done(); }
      destroy(id, done) { done(); }
    }
    const until = new Date(Date.now() + 10 * 86_400_000 - 60_000);
    const make = (store, migrate, path = ":memory:") => session({
      secret: ${JSON.stringify(strongSecret())}, onWarning: () => {}, store: new SqliteStore(path),
      migrate: migrate && { from: "express-session", secrets: "x", store, until, ...migrate },
    });
    setInterval(() => {}, 60_000);
    ${exported}`,
  );
  return file;
}

function holdfast(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", CLI, "migrate", ...args],
    { encoding: "utf8", cwd: PACKAGE, timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

describe("holdfast migrate", () => {
  it("says what remains, what has moved, until when, and what comes next, though the app holds things open", (test) => {
    const { status, stdout } = holdfast(appFile(test, "export default make(new Counted(), {});"));
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^Sessions of express-session, whose cookies are accepted until \S+Z \(10 days\)\.\n/,
    );
    assert.match(stdout, /In the legacy store: {2}7\n/);
    assert.match(stdout, /Moved and live here: {2}0\n/);
    assert.match(stdout, /Next: leave `migrate` as it is/);
  });

  it("says of sessions in cookies that nobody can count them", (test) => {
    const secret = JSON.stringify(strongSecret());
    const migrate = '{ from: "cookie-session", secrets: "x", until }';
    const options = `{ secret: ${secret}, store: new SqliteStore(":memory:"), onWarning: () => {}, migrate: ${migrate} }`;
    const { status, stdout } = holdfast(appFile(test, `export default session(${options});`));
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^Sessions of cookie-session, .*\n {2}In cookies still: {5}not known, only their clients/,
    );
  });

  it("prints JSON, with null for what cannot be counted", (test) => {
    const file = appFile(test, "export const sessions = make(new Uncounted(), { keepLegacy: true });");
    const { status, stdout } = holdfast(file, "--json");
    assert.equal(status, 0);
    const { until, ...report } = JSON.parse(stdout);
    assert.deepEqual(report, { from: "express-session", keepsLegacy: true, remaining: null, moved: 0 });
    assert.match(until, /^\d{4}-\d\d-\d\dT/);
  });

  it("ends with 1 where nothing is taken over, or no more", (test) => {
    for (const options of ["undefined", '{ until: "2020-01-01" }']) {
      const { status, stdout } = holdfast(appFile(test, `export default make(new Counted(), ${options});`));
      assert.equal(status, 1);
      assert.match(stdout, /takes no sessions over/);
    }
  });

  it("ends with 2, and says why, where it can tell nothing", (test) => {
    const failing = "class Failing extends Counted { length(done) { done(new Error('secret')); } }";
    const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [[], /needs the file/],
      [["./nowhere.js"], /There is no file/],
      [[appFile(test, "export default 7;")], /exports no middleware/],
      [[appFile(test, "throw new Error('no such database');")], /cannot be imported \(no such database\)/],
      [[appFile(test, `${failing} export default make(new Failing(), {});`)], /did not answer/],
    ];
    for (const [args, says] of cases) {
      const { status, stderr } = holdfast(...args);
      assert.equal(status, 2);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /secret/);
    }
  });
});

describe("sessions.migration()", () => {
  it("counts what remains and what has moved", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const cookies = await Promise.all(["anna", "bert", "carl"].map((userId) => old.cookieWith({ userId })));
    assert.deepEqual(await app.sessions.migration(), {
      from: "express-session",
      until: new Date("2030-01-01"),
      keepsLegacy: false,
      remaining: 3,
      moved: 0,
    });
    for (const cookie of cookies.slice(1)) await app.data(visitorWith(app, cookie));
    await app.act((session) => session.signIn("dora"));
    const after = await app.sessions.migration();
    assert.deepEqual([after?.remaining, after?.moved], [1, 2]);
  });
});
