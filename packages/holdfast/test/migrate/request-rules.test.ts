import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { NAME, set } from "../support/session-app.ts";

describe("a request with a legacy cookie", () => {
  it("that changes something must come from the app's own pages", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const by = visitorWith(app, legacy);
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const reply = await app.act(() => ({}), { by, method: "POST", headers });
    assert.equal(reply.status, 403);
    assert.equal(await old.records(), 1, "it has not moved");
    assert.equal((await app.act((session) => session, { by, method: "POST" })).status, 200);
  });

  it("is anonymous over plain HTTP, and leaves the session where it is", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { https: false });
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    assert.deepEqual(await app.data(browser), {});
    assert.equal(browser.cookies.has(LEGACY_NAME), true);
    assert.equal(await old.records(), 1);
  });

  it("that brings nothing genuine is any anonymous one: no check, no cookie", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, "s%3Aforged.forged");
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    assert.equal((await app.act(() => ({}), { by: browser, method: "POST", headers })).status, 200);
  });

  it("may sign somebody in: the legacy session ends, and its id is of no use", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const planted = await old.cookieWith({ cart: [1], role: "admin" });
    const victim = visitorWith(app, planted);
    await app.act((session) => session.signIn("anna"), { by: victim });
    assert.deepEqual(await app.data(victim), { userId: "anna" });
    assert.equal(victim.cookies.has(LEGACY_NAME), false);
    assert.deepEqual(await app.data(visitorWith(app, planted)), {});
    assert.equal(await old.records(), 0);
  });

  it("gives its user nothing they have not proved here", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    const reply = await app.act(
      (session) => ({ level: session.level, at: session.authenticatedAt ?? null, methods: session.methods }),
      { by: browser },
    );
    assert.deepEqual(reply.json(), { level: 0, at: null, methods: [] });
  });

  it("begins its limits at the move", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { idle: "10m", absolute: "20m", renew: false });
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    app.clock.advance("1h");
    await app.data(browser);
    app.clock.advance("9m");
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    app.clock.advance("9m");
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    app.clock.advance("2m");
    assert.deepEqual(await app.data(browser), {});
  });

  it("gives the session a cookie that outlives the window where the options say so", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { cookie: { maxAge: "1h" } });
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    const reply = await app.act(set({ step: 1 }), { by: browser });
    const [cookie = ""] = reply.setCookie.filter((one) => one.startsWith(NAME));
    assert.match(cookie, /Max-Age=3600/);
    assert.deepEqual(await app.data(browser), { userId: "anna", step: 1 });
    assert(app.takeEvents().includes("session_renewed"), "it was the cookie that follows");
  });

  it("ends the user's session that would end first where maxSessions is reached", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { maxSessions: 1 });
    await app.act((session) => session.signIn("anna"));
    app.clock.advance("1m");
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    assert.deepEqual(await app.data(), {});
    assert(app.takeEvents().includes("excess_sessions_exceeded"));
  });

  it("is anonymous beyond maxSessions where none is to make room, until one has", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { maxSessions: 1, onLimit: "reject" });
    await app.act((session) => session.signIn("anna"));
    const legacy = await old.cookieWith({ userId: "anna" });
    const browser = visitorWith(app, legacy);
    assert.deepEqual(await app.data(browser), {});
    assert.equal(browser.cookies.get(LEGACY_NAME), legacy);
    await app.act((session) => session.signOut());
    assert.deepEqual(await app.data(browser), { userId: "anna" });
  });

  it("tells listeners nothing that opens a session", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { migrate: { keepLegacy: true } });
    const legacy = await old.cookieWith({ userId: "anna" });
    const id = decodeURIComponent(legacy).slice(2).split(".")[0] ?? "";
    const browser = visitorWith(app, legacy);
    await app.data(browser);
    await app.act((session) => session.signOut(), { by: browser });
    await app.data(visitorWith(app, legacy));
    const told = JSON.stringify([app.events, app.warnings, app.errors]);
    assert(id.length > 20 && !told.includes(id));
    assert.match(told, /session_migrated/);
  });
});
