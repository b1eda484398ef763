import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { verifyAuditLog } from "../../src/audit/index.ts";
import { sessionApp, set, strongSecret } from "../support/session-app.ts";
import { event, Trail, usersOf } from "../support/trails.ts";

/** Verifies what is there, and gives the trail's own lines. */
async function gapsOf(trail: Trail): Promise<readonly unknown[]> {
  const gaps = trail.lines().filter(({ type }) => type === "audit_gap");
  const result = await verifyAuditLog(trail.file, { key: trail.key });
  assert.deepEqual(result.ok && result.gaps, gaps.length);
  return gaps.map(({ seq: _seq, mac: _mac, at: _at, type: _type, ...rest }) => rest);
}

const users = (...numbers: number[]): string[] => numbers.map((number) => `user ${number}`);

describe("a trail whose process was killed in mid-write", () => {
  it("is found torn, goes on after what is whole, and keeps the gap and what was left", async (test) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 130 }), async (cut) => {
        const trail = new Trail(test);
        await trail.write(3);
        const size = readFileSync(trail.file).length;
        truncateSync(trail.file, size - cut);
        const torn = trail.text().split("\n").at(-1);
        const damaged = await verifyAuditLog(trail.file, { key: trail.key });
        assert.deepEqual(damaged, { ok: false, line: 3, reason: "torn" });
        await trail.write(1);
        assert.deepEqual(usersOf(trail.lines()), users(0, 1, 0));
        assert.deepEqual(await gapsOf(trail), [{ reason: "torn_line", torn }]);
      }),
      { numRuns: 20 },
    );
  });

  it("says so even if nothing happens any more, and begins anew if nothing is whole", async (test) => {
    const trail = new Trail(test);
    await trail.write(1);
    truncateSync(trail.file, 5);
    await trail.write(0);
    assert.deepEqual(await gapsOf(trail), [{ reason: "torn_line", torn: '{"seq' }]);
  });
});

describe("a trail that somebody changed", () => {
  const changes: [string, (trail: Trail) => void][] = [
    ["edited", (trail) => writeFileSync(trail.file, trail.text().replace("user 2", "user 9"))],
    ["lengthened", (trail) => appendFileSync(trail.file, '{"seq":4,"type":"session_logout"}\n')],
    ["overwritten with zeros", (trail) => appendFileSync(trail.file, `${"\0".repeat(100)}\n`)],
  ];
  for (const [how, change] of changes) {
    it(`at its end (${how}) is kept aside, and a new one says where`, async (test) => {
      const trail = new Trail(test);
      for (const number of [1, 2]) {
        await trail.write(3);
        change(trail);
        const bytes = readFileSync(trail.file);
        await trail.write(1);
        assert.deepEqual(await gapsOf(trail), [
          { reason: "file_damaged", movedTo: `audit.log.damaged-${number}` },
        ]);
        assert.deepEqual(readFileSync(`${trail.file}.damaged-${number}`), bytes);
        rmSync(trail.file);
      }
      assert.deepEqual(trail.codes(), ["ERR_HOLDFAST_AUDIT_CHANGED", "ERR_HOLDFAST_AUDIT_CHANGED"]);
    });
  }

  it("is kept aside if the key is another one", async (test) => {
    const trail = new Trail(test);
    await trail.write(3);
    await trail.open({ key: strongSecret() }).close();
    assert.deepEqual(readdirSync(trail.folder).sort(), ["audit.log", "audit.log.damaged-1"]);
  });

  const meanwhile: [string, (trail: Trail) => unknown, string[]][] = [
    ["removed", (trail) => rmSync(trail.file), []],
    ["moved away", (trail) => renameSync(trail.file, `${trail.file}.1`), []],
    ["emptied", (trail) => truncateSync(trail.file), []],
    ["shortened", (trail) => writeFileSync(trail.file, trail.text().split(/(?<=\n)/)[0] ?? ""), users(0)],
    [
      "exchanged for another trail of its size",
      async (trail) => {
        // Kept, so that its inode is not used again.
        renameSync(trail.file, `${trail.file}.1`);
        const other = trail.open();
        for (const number of [7, 8]) other(event(number));
        await other.close();
      },
      users(7, 8),
    ],
    ["written to by another process", (trail) => trail.write(1), users(0, 1, 0)],
  ];
  for (const [how, change, left] of meanwhile) {
    it(`while it was open (${how}) loses no event and says where it had been`, async (test) => {
      const trail = new Trail(test);
      const log = trail.open();
      log(event(0));
      log(event(1));
      while (log.head().seq < 2) await new Promise(setImmediate);
      const after = log.head();
      await change(trail);
      log(event(2));
      await log.close();
      assert.deepEqual(usersOf(trail.lines()), [...left, ...users(2)]);
      assert.deepEqual(await gapsOf(trail), [{ reason: "file_changed", after }]);
      assert.deepEqual(trail.codes(), ["ERR_HOLDFAST_AUDIT_CHANGED"]);
    });
  }
});

/** Lets a trail notice that its disk fails, or works again. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** From now on the next sync waits until it is released. */
async function hangingDisk(
  test: TestContext,
  folder: string,
): Promise<{ readonly reached: Promise<void>; readonly release: () => void }> {
  let reach = (): void => {};
  let release = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const probe = await open(folder, "r");
  const prototype: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const { datasync } = prototype;
  const mock = test.mock.method(prototype, "datasync", async function (this: FileHandle): Promise<void> {
    mock.mock.restore();
    reach();
    await released;
    return datasync.call(this);
  });
  return { reached, release };
}

describe("a trail whose disk fails", () => {
  const failures: [string, (trail: Trail) => void, (trail: Trail) => void][] = [
    [
      "its folder is gone",
      (trail) => renameSync(trail.folder, `${trail.folder}-gone`),
      (trail) => renameSync(`${trail.folder}-gone`, trail.folder),
    ],
    [
      "a folder is in its place",
      (trail) => {
        renameSync(trail.file, `${trail.file}-gone`);
        mkdirSync(trail.file);
      },
      (trail) => {
        rmdirSync(trail.file);
        renameSync(`${trail.file}-gone`, trail.file);
      },
    ],
  ];
  for (const [how, breakIt, mend] of failures) {
    it(`(${how}) fails no request, tells once, and writes everything when it works again`, async (test) => {
      test.mock.timers.enable({ apis: ["setTimeout"] });
      const trail = new Trail(test);
      const log = trail.open();
      breakIt(trail);
      const app = await sessionApp(test);
      app.sessions.on("*", log);
      for (let i = 0; i < 5; i++) {
        assert.equal((await app.act(set({ i }), { by: app.agent.newBrowser() })).status, 200);
        await until(() => trail.errors.length > 0);
        test.mock.timers.tick(1_000);
      }
      assert.deepEqual(trail.codes(), ["ERR_HOLDFAST_AUDIT_WRITE"]);
      assert.deepEqual(app.warnings, []);
      mend(trail);
      while (log.head().seq < 5) {
        test.mock.timers.tick(1);
        // The clock goes no faster than the disk, or a write under way would count as one that hangs.
        await stat(trail.folder);
      }
      await log.close();
      assert.equal(trail.lines().length, 5);
      assert.deepEqual(await gapsOf(trail), []);
    });
  }

  it("drops the newest when too much waits, and says in their place how many of what", async (test) => {
    const trail = new Trail(test);
    const log = trail.open({ maxWaiting: 2_048 });
    const [, breakIt, mend] = failures[1] ?? assert.fail();
    breakIt(trail);
    for (let i = 0; i < 1_000; i++) log(event(i));
    log({ type: "session_created", at: "2026-01-02T00:00:00.000Z", user: "a user with a longer name" });
    await until(() => trail.errors.length === 2);
    assert.deepEqual(trail.codes(), ["ERR_HOLDFAST_AUDIT_FULL", "ERR_HOLDFAST_AUDIT_WRITE"]);
    mend(trail);
    await log.close();
    const written = usersOf(trail.lines());
    assert.ok(written.length > 10);
    assert.deepEqual(written, users(...written.keys()));
    const dropped = 1_000 - written.length;
    assert.deepEqual(await gapsOf(trail), [
      {
        reason: "dropped",
        lost: { session_logout: dropped, session_created: 1 },
        from: event(written.length).at,
      },
    ]);
    assert.equal(trail.lines().at(-1)?.at, "2026-01-02T00:00:00.000Z");
  });

  it("that hangs is told once, lets no request wait, and close() does not wait for ever", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const trail = new Trail(test);
    const log = trail.open();
    const disk = await hangingDisk(test, trail.folder);
    const app = await sessionApp(test);
    app.sessions.on("*", log);
    assert.equal((await app.act(set({ a: 1 }))).status, 200);
    await disk.reached;
    test.mock.timers.tick(9_999);
    assert.deepEqual(trail.codes(), []);
    test.mock.timers.tick(1);
    assert.deepEqual(trail.codes(), ["ERR_HOLDFAST_AUDIT_WRITE"]);
    assert.match(trail.errors[0]?.message ?? "", /has not answered for 10 seconds/);
    assert.equal((await app.act(set({ a: 2 }))).status, 200);
    const closed = log.close();
    await assert.rejects(closed, { code: "ERR_HOLDFAST_AUDIT_WRITE", message: /10 seconds/ });
    disk.release();
    await until(() => log.head().seq === 1);
  });

  it("that hangs while it is being closed is waited for as long, and no longer", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const trail = new Trail(test);
    const log = trail.open();
    const disk = await hangingDisk(test, trail.folder);
    log(event(0));
    await disk.reached;
    const closed = log.close();
    test.mock.timers.tick(10_000);
    await assert.rejects(closed, { code: "ERR_HOLDFAST_AUDIT_WRITE" });
    disk.release();
    await until(() => log.head().seq === 1);
  });

  it("that answers late after all writes everything, in order", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const trail = new Trail(test);
    const log = trail.open();
    const disk = await hangingDisk(test, trail.folder);
    log(event(0));
    await disk.reached;
    test.mock.timers.tick(10_000);
    log(event(1));
    disk.release();
    await until(() => log.head().seq === 2);
    await log.close();
    assert.deepEqual(usersOf(trail.lines()), users(0, 1));
    assert.deepEqual(await gapsOf(trail), []);
  });

  it("notes what was dropped before what comes after it", async (test) => {
    const trail = new Trail(test);
    const log = trail.open({ maxWaiting: 1_024 });
    for (let i = 0; i < 30; i++) log(event(i));
    await until(() => trail.text().includes("audit_gap"));
    log(event(30));
    await log.close();
    const types = trail.lines().map(({ type }) => type);
    assert.equal(types.at(-2), "audit_gap");
    assert.equal(usersOf(trail.lines()).at(-1), "user 30");
    assert.equal((await gapsOf(trail)).length, 1);
  });

  it("ends with an error if what waits cannot be written", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    const [, breakIt] = failures[1] ?? assert.fail();
    breakIt(trail);
    log(event(0));
    await assert.rejects(log.close(), { code: "ERR_HOLDFAST_AUDIT_WRITE", message: /EISDIR|is not a file/ });
  });

  it("leaves only whole lines where it is full, and goes on from them when there is room", fullDisk);
});

/** A limit on the size of files stands in for a full disk: a write goes in part, and then fails. */
async function fullDisk(test: TestContext): Promise<void> {
  if (process.platform === "win32") return test.skip("needs ulimit");
  const trail = new Trail(test);
  const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    const { auditLog } = await import(${source("../../src/audit/index.ts")});
    const log = auditLog(process.env.FILE, { key: process.env.KEY, onError: ({ code }) => console.log(code) });
    for (let i = 0; i < 100; i++) {
      log({ type: "session_logout", at: "2026-01-01T00:00:00.000Z", user: "user " + i });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await log.close().catch(({ code }) => console.log("close", code));
  `;
  const { stdout, stderr } = spawnSync(
    "/bin/sh",
    [
      "-c",
      `ulimit -f 8 && exec "$0" "$@"`,
      process.execPath,
      "--import",
      "tsx",
      "--input-type=module",
      "-e",
      program,
    ],
    {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, FILE: trail.file, KEY: trail.key, TSX_DISABLE_CACHE: "1" },
    },
  );
  assert.equal(stdout, "ERR_HOLDFAST_AUDIT_WRITE\nclose ERR_HOLDFAST_AUDIT_WRITE\n", stderr);
  assert.ok(existsSync(trail.file));
  const written = usersOf(trail.lines()).length;
  assert.ok(written > 10 && written < 100);
  await trail.write(1);
  assert.equal(usersOf(trail.lines()).length, written + 1);
  assert.deepEqual(await gapsOf(trail), []);
}
