import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestReply } from "../../src/testing/index.ts";
import { type SessionApp, sessionApp, set } from "../support/session-app.ts";

const HOUR = 3_600_000;

/** Max-Age in seconds, checked against Expires; `undefined` for a cookie that goes with the browser. */
function life(app: SessionApp, reply: TestReply): number | undefined {
  const [header = ""] = reply.setCookie;
  assert.notEqual(header, "", "a cookie was sent");
  const maxAge = /; Max-Age=(\d+)/.exec(header)?.[1];
  const expires = /; Expires=([^;]+)/.exec(header)?.[1];
  assert.equal(maxAge === undefined, expires === undefined, header);
  if (maxAge === undefined || expires === undefined) return undefined;
  assert.match(expires, / \d{4} \d\d:\d\d:\d\d GMT$/);
  assert.equal(Date.parse(expires), app.clock.now() + Number(maxAge) * 1000);
  return Number(maxAge);
}

describe("a cookie that outlives the browser", () => {
  it("is asked for with cookie.maxAge, and then the session may idle as long", async (test) => {
    const app = await sessionApp(test, { cookie: { maxAge: 2 * HOUR } });
    assert.equal(life(app, await app.act(set({ a: 1 }))), 7200);
    app.clock.advance(2 * HOUR - 1);
    assert.deepEqual(await app.data(), { a: 1 });
  });

  it("is sent anew when the data is saved, and with every reply only if `rolling`", async (test) => {
    for (const rolling of [false, true]) {
      const app = await sessionApp(test, { cookie: { maxAge: "2h" }, rolling });
      await app.act(set({ a: 1 }));
      app.clock.advance("10m");
      assert.equal((await app.act((session) => session)).setCookie.length, rolling ? 1 : 0);
      assert.equal((await app.agent.get("/plain")).setCookie.length, rolling ? 1 : 0);
      assert.equal(life(app, await app.act(set({ a: 2 }))), 7200);
    }
  });

  it("never goes beyond the absolute limit, so its life falls", async (test) => {
    const app = await sessionApp(test, { cookie: { maxAge: "8h" }, absolute: "12h" });
    await app.agent.signIn("anna");
    const lives: (number | undefined)[] = [];
    for (let hour = 1; hour < 12; hour++) {
      app.clock.advance("1h");
      lives.push(life(app, await app.act(set({ hour: hour }))));
    }
    assert.deepEqual(
      lives,
      [8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1].map((hours) => hours * 3600),
    );
  });

  it("of a remembered session is shown as it is, and can be shortened", async (test) => {
    const app = await sessionApp(test);
    await app.act((session) => session.signIn("anna", { remember: true }));
    app.clock.advance("10m");
    const left = 12 * HOUR - 600_000;
    assert.deepEqual((await app.act((session) => ({ life: session.cookie.maxAge }))).json(), { life: left });
    const shortened = await app.act((session) => {
      session.cookie.maxAge = HOUR;
    });
    assert.equal(life(app, shortened), 3600);
    assert.equal(life(app, await app.act(set({ a: 1 }))), 3600);
  });

  it("enforces nothing: kept past its date, it is refused by the server", async (test) => {
    const app = await sessionApp(test, { cookie: { maxAge: "1h" } });
    await app.act(set({ a: 1 }));
    app.clock.advance("61m");
    assert.deepEqual(await app.data(), {});
  });

  it("belongs to one session where req.session.cookie.maxAge says so", async (test) => {
    const app = await sessionApp(test, { idle: "2h" });
    await app.agent.signIn("anna");
    const setLife = (value: unknown) =>
      app.act((session) => void Reflect.set(session.cookie, "maxAge", value));
    assert.equal(life(app, await setLife(HOUR)), 3600);
    const seen = await app.act(({ cookie }) => ({ maxAge: cookie.maxAge, original: cookie.originalMaxAge }));
    assert.deepEqual(seen.json(), { maxAge: HOUR, original: HOUR });
    assert.equal(life(app, await app.act(set({ a: 1 }))), 3600, "it stays so");
    assert.equal(life(app, await setLife(1000 * HOUR)), 12 * 3600, "cut to the absolute limit");
    assert.equal(life(app, await setLife(Number.POSITIVE_INFINITY)), 12 * 3600);
    for (const none of [null, undefined, 0, -5, Number.NaN, "1h"]) {
      await setLife(HOUR);
      assert.equal(life(app, await setLife(none)), undefined, String(none));
    }
  });

  it("is given by a date too, as express-session's users write it", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const reply = await app.act((session) => {
      session.cookie.expires = new Date(app.clock.now() + HOUR);
      return { expires: session.cookie.expires };
    });
    assert.equal(life(app, reply), 3600);
    assert.deepEqual(reply.json(), { expires: new Date(app.clock.now() + HOUR).toISOString() });
    assert.equal(
      life(app, await app.act((session) => void Reflect.set(session.cookie, "expires", false))),
      undefined,
    );
  });

  it("set before the session is stored goes with its first cookie", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act((session) => {
      session.cookie.maxAge = HOUR;
      session.cart = 1;
    });
    assert.equal(life(app, reply), 3600);
  });

  it("lives until the absolute limit after a sign-in that is to be remembered, and no other", async (test) => {
    const app = await sessionApp(test, { absolute: "30d", idle: "14d" });
    assert.equal(
      life(app, await app.act((session) => session.signIn("anna", { remember: true }))),
      30 * 86_400,
    );
    app.clock.advance("10d");
    assert.equal(life(app, await app.act(set({ a: 1 }))), 20 * 86_400);
    const kept = await app.act(async (session) => {
      await session.regenerate();
      session.userId = "anna";
    });
    assert.equal(life(app, kept), 20 * 86_400, "a new id of the same session is remembered no longer");
    assert.equal(life(app, await app.act((session) => session.signIn("bert"))), undefined);
    assert.equal(
      life(app, await app.act((session) => session.signIn("anna", { remember: false }))),
      undefined,
    );
  });

  it("is never longer than 400 days, whatever the limits are", async (test) => {
    const app = await sessionApp(test, { absolute: "3650d", idle: "3650d" });
    assert.equal(
      life(app, await app.act((session) => session.signIn("anna", { remember: true }))),
      34_560_000,
    );
  });
});
