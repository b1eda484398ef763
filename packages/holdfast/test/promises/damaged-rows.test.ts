import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Cell, isAnonymous, scene } from "../support/edited-rows.ts";
import { browserWith, cookieOf, handleIn, strongSecret } from "../support/session-app.ts";

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
    const { Key } = await import("../../src/keys/key.ts");
    const { open, seal } = await import("../../src/crypto/seal.ts");
    const { systemRandom } = await import("../../src/crypto/random.ts");
    const key = new Key(secret);
    const sealed = get(handle, "header") as Buffer;
    const plain = open(key.headerKey(handle), sealed.subarray(4), `header.${handle}`);
    assert.ok(plain, "this test knows how headers are sealed");
    for (const format of [0, 4, 255]) {
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
