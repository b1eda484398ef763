import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { systemRandom } from "../../src/crypto/random.ts";
import { open, seal } from "../../src/crypto/seal.ts";
import { deploymentOf } from "../../src/express/session.ts";
import { Key } from "../../src/keys/key.ts";
import { editHeader } from "../../src/session/record/edit-header.ts";
import { recordActivity } from "../../src/session/watching/record-activity.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { type Cell, isAnonymous, scene } from "../support/edited-rows.ts";
import {
  browserWith,
  cookieOf,
  handleIn,
  type SessionApp,
  sessionApp,
  strongSecret,
} from "../support/session-app.ts";

describe("a row that is damaged", () => {
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
        const handle = handleIn(cookie);
        for (const { column, cell, flip } of damages) {
          const was = get(handle, column);
          const value =
            flip !== null && Buffer.isBuffer(was) && was.length > 0
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
    const handle = handleIn(cookie);
    const sealed = get(handle, "header") as Buffer;
    for (const format of [0, 4, 255]) {
      set(handle, "header", inFormat(format, sealed, handle, secret));
      app.takeEvents();
      await isAnonymous(app, cookie, `format ${format}`);
      assert.deepEqual(app.takeEvents(), ["session_unreadable"]);
      assert.deepEqual(await app.sessions.list("anna"), []);
    }
    set(handle, "header", sealed);
    assert.equal((await app.data()).userId, "anna", "it was not thrown away");
  });

  const lives: Record<string, (app: SessionApp) => Promise<unknown>> = {
    "is read": (app) => app.data(),
    "is written": (app) => app.act((session) => Object.assign(session, { data: 2 })),
    "is touched": async (app) => {
      app.clock.advance("4m");
      await app.data();
      await app.settle();
    },
    "is touched, then written": async (app) => {
      app.clock.advance("4m");
      await app.data();
      await app.settle();
      await app.act((session) => Object.assign(session, { data: 2 }));
    },
    "gets a pending step": (app) => app.act((session) => session.pend("otp", 1, "5m")),
    "is edited by its handle": async (app) => {
      const { core } = deploymentOf(app.sessions);
      const handle = handleIn(cookieOf(app.agent));
      await editHeader(
        core,
        handle,
        () => 0,
        { report: () => undefined },
        ({ header }) => ({
          header: { ...header, cookieLife: 1000 },
          result: "edited",
        }),
      );
    },
    "is in use by a socket": async (app) => {
      app.clock.advance("4m");
      const { core } = deploymentOf(app.sessions);
      const handle = handleIn(cookieOf(app.agent));
      await recordActivity(core, { report: () => undefined }, handle, app.clock.now());
    },
  };
  for (const [name, live] of Object.entries(lives)) {
    it(`sealed in format 2 goes on when it ${name}`, async (test) => {
      const secret = strongSecret();
      const { app, path, get, set } = await scene(test, { secret, renew: false });
      await app.agent.signIn("anna", { data: { data: 1 } });
      const handle = handleIn(cookieOf(app.agent));
      set(handle, "header", inFormat(2, get(handle, "header") as Buffer, handle, secret));
      await live(app);
      const { data } = await app.data();
      for (let round = 0; round < 2; round++) {
        const { clock } = app;
        const fresh = await sessionApp(test, { secret, renew: false, store: new SqliteStore(path), clock });
        assert.deepEqual(await fresh.data(browserWith(fresh, cookieOf(app.agent))), { userId: "anna", data });
        await app.act((session) => Object.assign(session, { data }));
      }
      assert.ok(!app.takeEvents().includes("session_unreadable"));
    });
  }
});

/** A header sealed as it would be by a version of the library whose format this is. */
function inFormat(format: number, sealed: Buffer, handle: string, secret: string): Buffer {
  const key = new Key(secret);
  const plain = open(key.headerKey(handle), sealed.subarray(4), `header.${handle}`);
  assert.ok(plain, "this test knows how headers are sealed");
  plain[0] = format;
  const again = seal(key.headerKey(handle), plain, `header.${handle}`, systemRandom);
  return Buffer.concat([Buffer.from(key.id), again]);
}
