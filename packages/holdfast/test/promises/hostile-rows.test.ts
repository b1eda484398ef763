import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor, openLibsql } from "../store/databases.ts";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  strongSecret,
} from "../support/session-app.ts";

type Cell = string | number | Buffer | null;

interface Scene {
  readonly app: SessionApp;
  /** What `handle`'s row has in a column, for whoever edits the file behind the store's back. */
  readonly get: (handle: string, column: string) => Cell;
  readonly set: (handle: string, column: string, value: Cell) => void;
}

async function scene(test: TestContext, options: AppOptions = {}): Promise<Scene> {
  const path = databaseFor(test);
  const app = await sessionApp(test, { ...options, store: new SqliteStore(path) });
  const raw = openLibsql(path);
  test.after(() => raw.close());
  return {
    app,
    get: (handle, column) => {
      const [cell] = raw
        .prepare(`SELECT ${column} FROM holdfast_sessions WHERE handle = ?`)
        .raw()
        .get(handle) as unknown as [Cell];
      return cell;
    },
    set: (handle, column, value) =>
      void raw.prepare(`UPDATE holdfast_sessions SET ${column} = ? WHERE handle = ?`).run(value, handle),
  };
}

const handleOf = (cookie: string) => cookie.split(".")[1] ?? "";

/** A visit that must be an ordinary anonymous one. */
async function isAnonymous(app: SessionApp, cookie: string, what = ""): Promise<void> {
  const reply = await app.act((session) => session, { by: browserWith(app, cookie) });
  assert.deepEqual([reply.status, reply.json(), reply.setCookie], [200, {}, []], what);
}

describe("a row that somebody has edited", () => {
  it("with the header or the body of another session opens nothing, and says so", async (test) => {
    const { app, get, set } = await scene(test);
    const mallory = app.agent.newBrowser();
    await app.agent.signIn("anna", { data: { role: "admin" } });
    await mallory.signIn("mallory", { data: { role: "guest" } });
    const [anna, evil] = [cookieOf(app.agent), cookieOf(mallory)];
    const all = ["header", "body", "user", "key_id", "version"];
    const original = all.map((column) => get(handleOf(evil), column));
    for (const columns of [["header"], ["body"], ["header", "body"], all]) {
      for (const column of columns) set(handleOf(evil), column, get(handleOf(anna), column));
      app.takeEvents();
      await isAnonymous(app, evil, columns.join());
      assert.deepEqual(app.takeEvents(), ["session_unreadable"], columns.join());
      all.forEach((column, index) => {
        set(handleOf(evil), column, original[index] ?? null);
      });
      assert.equal((await app.data(browserWith(app, evil))).role, "guest");
    }
  });

  it("with the header or the body of an earlier version of itself opens nothing", async (test) => {
    const { app, get, set } = await scene(test);
    await app.agent.signIn("anna", { data: { balance: 100 } });
    const cookie = cookieOf(app.agent);
    const handle = handleOf(cookie);
    for (const column of ["header", "body"]) {
      const before = get(handle, column);
      await app.act((session) => {
        session.balance = Number(session.balance) - 1;
      });
      const after = get(handle, column);
      set(handle, column, before);
      app.takeEvents();
      await isAnonymous(app, cookie, column);
      assert.deepEqual(app.takeEvents(), ["session_unreadable"]);
      set(handle, column, after);
      assert.ok(Number((await app.data()).balance) < 100);
    }
  });

  it("cannot be kept alive by its columns: the limits are in the sealed header", async (test) => {
    const { app, set } = await scene(test, { idle: "2h" });
    for (const reason of ["idle", "absolute"]) {
      await app.agent.signIn("anna");
      const cookie = cookieOf(app.agent);
      for (let hour = 1; hour < (reason === "idle" ? 1 : 12); hour++) {
        app.clock.advance("1h");
        await app.data();
      }
      await app.settle();
      set(handleOf(cookie), "expires_at", app.clock.now() + 1e12);
      app.clock.advance(reason === "idle" ? "2h" : "1h");
      assert.deepEqual(await app.sessions.list("anna"), [], "not listed");
      app.takeEvents();
      await isAnonymous(app, cookie);
      assert.deepEqual(
        app.events.map((event) => [event.type, Reflect.get(event, "reason")]),
        [["session_expired", reason]],
      );
    }
  });

  it("moved to another user is not that user's in any way that matters", async (test) => {
    const { app, get, set } = await scene(test);
    const mallory = app.agent.newBrowser();
    await app.agent.signIn("anna");
    await mallory.signIn("mallory");
    const [anna, evil] = [handleOf(cookieOf(app.agent)), handleOf(cookieOf(mallory))];
    set(evil, "user", get(anna, "user"));
    assert.equal((await app.data(mallory)).userId === "anna", false);
    assert.deepEqual(
      (await app.sessions.list("anna")).map(({ handle }) => handle).filter((handle) => handle === evil),
      [],
    );
  });

  it("taken out of its user's index to escape revocation opens nothing", async (test) => {
    const { app, set } = await scene(test);
    await app.agent.signIn("mallory");
    const cookie = cookieOf(app.agent);
    set(handleOf(cookie), "user", null);
    app.takeEvents();
    await isAnonymous(app, cookie);
    assert.deepEqual(app.takeEvents(), ["session_unreadable"]);
  });

  it("in any way at all is an anonymous visit or the session itself: never a crash, a 500, or somebody else's", async (test) => {
    const { app, get, set } = await scene(test);
    const columns = ["version", "expires_at", "user", "key_id", "header", "body"];
    const blob = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      fc.constant(null),
      fc.integer(),
      fc.double(),
      fc.string(),
      blob,
    );
    const damage = fc.record({ column: fc.constantFrom(...columns), cell, flip: fc.option(fc.nat(500)) });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const browser = app.agent.newBrowser();
        await browser.signIn("anna", { data: { mine: true } });
        const cookie = cookieOf(browser);
        const handle = handleOf(cookie);
        for (const { column, cell, flip } of damages) {
          const was = get(handle, column);
          const value =
            flip !== null && Buffer.isBuffer(was)
              ? was.with(flip % was.length, (was[flip % was.length] ?? 0) ^ 1)
              : cell;
          try {
            set(
              handle,
              column,
              Buffer.isBuffer(value) || !(value instanceof Uint8Array) ? value : Buffer.from(value),
            );
          } catch {
            // The schema itself would not have it.
          }
        }
        const read = await app.act((session) => session, { by: browserWith(app, cookie) });
        assert.equal(read.status, 200, read.text);
        const data = read.json() as Record<string, unknown>;
        if (Object.keys(data).length > 0) assert.deepEqual(data, { mine: true, userId: "anna" });
        const written = await app.act(
          (session) => {
            session.more = 1;
          },
          { by: browserWith(app, cookie) },
        );
        assert.equal(written.status, 200, written.text);
        for (const { handle: listed } of await app.sessions.list("anna")) assert.match(listed, /^[\w-]{22}$/);
        await app.sessions.revokeUser("anna");
        await app.sessions.revoke(handle);
      }),
      { numRuns: 80 },
    );
  });
});

describe("a row of another time", () => {
  it("sealed in a format that is not known opens nothing, and is left alone", async (test) => {
    const secret = strongSecret();
    const { app, get, set } = await scene(test, { secret });
    await app.agent.signIn("anna");
    const cookie = cookieOf(app.agent);
    const handle = handleOf(cookie);
    const { Key } = await import("../../src/keys/key.ts");
    const { open, seal } = await import("../../src/crypto/seal.ts");
    const { systemRandom } = await import("../../src/crypto/random.ts");
    const key = new Key(secret);
    const sealed = get(handle, "header") as Buffer;
    const plain = open(key.headerKey(handle), sealed.subarray(4), `header.${handle}`);
    assert.ok(plain, "this test knows how headers are sealed");
    for (const format of [0, 2, 255]) {
      plain[0] = format;
      set(
        handle,
        "header",
        Buffer.concat([
          Buffer.from(key.id),
          seal(key.headerKey(handle), plain, `header.${handle}`, systemRandom),
        ]),
      );
      app.takeEvents();
      await isAnonymous(app, cookie, `format ${format}`);
      assert.deepEqual(app.takeEvents(), ["session_unreadable"]);
      assert.deepEqual(await app.sessions.list("anna"), []);
    }
    set(handle, "header", sealed);
    assert.equal((await app.data()).userId, "anna", "it was not thrown away");
  });
});
