import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { storedKeys } from "../../src/keys/index.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { type CookieApp, movingFrom, openCookieSession, visitorWith } from "../support/cookie-apps.ts";
import { browserWith, cookieOf, handleIn, type SessionApp, strongSecret } from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** A store across a network: what one request waits for, others get in between. */
const slow = (inner?: SqliteStore): WatchedStore =>
  new WatchedStore({ ...(inner && { inner }), pause: () => new Promise((resolve) => setImmediate(resolve)) });

/** The cookies that a user's devices have: the same, for there is nothing in them but the data. */
async function sameCookies(old: CookieApp, data: Record<string, unknown>) {
  const [first, second] = [await old.cookiesWith(data), await old.cookiesWith(data)];
  assert.deepEqual([...first], [...second]);
  return first;
}

describe("clients with the same cookies of cookie-session", () => {
  it("each keep their sign-in: whoever comes later gets a session of its own", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old);
    const legacy = await sameCookies(old, { userId: "anna" });
    const devices = [visitorWith(app, legacy), visitorWith(app, legacy), visitorWith(app, legacy)];
    for (const [index, device] of devices.entries()) {
      // The first ones have long been idle when the last comes.
      app.clock.advance("1h");
      await app.data(device);
      await app.act((session) => void Object.assign(session, { device: index }), { by: device });
    }
    const last = devices[2] ?? assert.fail();
    assert.equal(new Set(devices.map((device) => handleIn(cookieOf(device)))).size, 3);
    assert.deepEqual(await app.data(last), { userId: "anna", device: 2 });
  });

  it("are no alarm to each other, and end nothing of each other's", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old);
    const legacy = await sameCookies(old, { userId: "anna" });
    const [first, second] = [visitorWith(app, legacy), visitorWith(app, legacy)];
    for (const device of [first, first, second, second, first, second]) {
      assert.equal((await app.data(device)).userId, "anna");
      app.clock.advance("2m");
    }
    assert.equal((await app.sessions.list("anna")).length, 2);
    assert.equal(app.takeEvents().includes("session_replayed"), false);
  });

  it("keep them where one comes while the other's secret has just been replaced", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old);
    const legacy = await sameCookies(old, { userId: "anna" });
    const [first, second] = [visitorWith(app, legacy), visitorWith(app, legacy)];
    for (let i = 0; i < 2; i++) await app.data(first);
    assert.deepEqual(await app.data(second), { userId: "anna" });
    assert.deepEqual([...second.cookies], [...legacy], "it is not given the other's cookie");
    app.clock.advance("2m");
    for (let i = 0; i < 2; i++) assert.deepEqual(await app.data(second), { userId: "anna" });
    assert.equal((await app.sessions.list("anna")).length, 2);
  });

  it("each get one session for all of their first requests, in two processes too", async (test) => {
    const old = await openCookieSession(test);
    const [store, secret] = [sharedFile(test), strongSecret()];
    const app = await movingFrom(test, old, { store: slow(store()), secret });
    const other = await movingFrom(test, old, { store: slow(store()), secret });
    const legacy = await sameCookies(old, { userId: "anna" });
    const first = visitorWith(app, legacy);
    for (let i = 0; i < 2; i++) await app.data(first);
    app.clock.advance("2m");
    other.clock.advance("2m");
    const requests = Array.from({ length: 20 }, (_, i) => ({
      app: i % 2 === 0 ? app : other,
      browser: visitorWith(i % 2 === 0 ? app : other, legacy),
    }));
    const found = await Promise.all(requests.map(({ app: one, browser }) => one.data(browser)));
    for (const data of found) assert.deepEqual(data, { userId: "anna" });
    assert.equal(new Set(requests.map(({ browser }) => cookieOf(browser))).size, 1);
    assert.equal((await app.sessions.list("anna")).length, 2);
  });

  it("that have not come yet stay outside once one of them is signed out; the others stay in", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old);
    const legacy = await sameCookies(old, { userId: "anna" });
    const [first, second] = [visitorWith(app, legacy), visitorWith(app, legacy)];
    for (const device of [first, first, second, second]) {
      await app.data(device);
      app.clock.advance("2m");
    }
    await app.act((session) => session.signOut(), { by: first });
    assert.deepEqual(await app.data(second), { userId: "anna" });
    app.takeEvents();
    const late = visitorWith(app, legacy);
    assert.deepEqual(await app.data(late), {});
    assert.deepEqual([...late.cookies], []);
    assert.deepEqual(
      app.events.map((event) => [event.type, Reflect.get(event, "reason")]),
      [["legacy_session_refused", "moved"]],
    );
  });

  const endings: Readonly<Record<string, (app: SessionApp, browser: TestAgent) => Promise<unknown>>> = {
    "makes room for another": (app) => app.agent.newBrowser().signIn("anna"),
    "depends on a key that is revoked": async (app) => {
      const [key = assert.fail()] = await app.sessions.keys.list();
      await app.sessions.keys.revoke(key.id);
    },
    "is ended by a replay": async (app, browser) => {
      const copied = cookieOf(browser);
      for (const time of ["16m", "1m", "5m"] as const) {
        app.clock.advance(time);
        await app.data(browser);
      }
      await app.data(browserWith(app, copied));
      assert.equal(app.takeEvents().includes("session_replayed"), true);
    },
  };
  for (const [how, end] of Object.entries(endings)) {
    it(`stay outside once the session of one of them ${how}`, async (test) => {
      const old = await openCookieSession(test);
      const app = await movingFrom(test, old, {
        store: sharedFile(test)(),
        secret: storedKeys({ secret: strongSecret() }),
        maxSessions: 1,
        renew: "15m",
      });
      const legacy = await sameCookies(old, { userId: "anna" });
      const browser = visitorWith(app, legacy);
      for (let i = 0; i < 2; i++) await app.data(browser);
      app.clock.advance("1m");
      await end(app, browser);
      assert.deepEqual(await app.data(browser), {});
      assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
    });
  }

  it("end nothing for each other where the later one makes the earlier one go", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old, { maxSessions: 1 });
    const legacy = await sameCookies(old, { userId: "anna" });
    const [first, second] = [visitorWith(app, legacy), visitorWith(app, legacy)];
    for (let i = 0; i < 2; i++) await app.data(first);
    app.clock.advance("2m");
    // The reply to the first request is lost.
    await app.data(visitorWith(app, legacy));
    for (let i = 0; i < 2; i++) assert.deepEqual(await app.data(second), { userId: "anna" });
    assert.deepEqual(await app.data(first), {});
  });

  it("stay outside after a step-up or a renewal of the one that is signed out", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old, { renew: "15m" });
    const legacy = await sameCookies(old, { userId: "anna" });
    const browser = visitorWith(app, legacy);
    await app.data(browser);
    await app.act((session) => session.signIn("anna"), { by: browser });
    app.clock.advance("16m");
    for (let i = 0; i < 3; i++) await app.data(browser);
    await app.act((session) => session.signOut(), { by: browser });
    assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
  });

  it("that nobody is signed in on do not meet in one session", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old, { store: slow() });
    const legacy = await sameCookies(old, { views: 1 });
    const visitors = Array.from({ length: 5 }, () => visitorWith(app, legacy));
    const found = await Promise.all(visitors.map((visitor) => app.data(visitor)));
    for (const data of found) assert.deepEqual(data, { views: 1 });
    assert.equal(new Set(visitors.map((visitor) => cookieOf(visitor))).size, 5);
    const [one = assert.fail(), another = assert.fail()] = visitors;
    await app.act((session) => void Object.assign(session, { address: "Elm Street" }), { by: one });
    assert.deepEqual(await app.data(another), { views: 1 });
    await app.act((session) => session.destroy(), { by: one });
    assert.deepEqual(await app.data(visitorWith(app, legacy)), { views: 1 });
  });

  it("are let in by no revoked cookie while one moves and another is signed out", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old, { store: slow() });
    const legacy = await sameCookies(old, { userId: "anna" });
    const first = visitorWith(app, legacy);
    for (let i = 0; i < 2; i++) await app.data(first);
    app.clock.advance("2m");
    const late = Array.from({ length: 10 }, () => visitorWith(app, legacy));
    const [, ...answers] = await Promise.all([
      app.act((session) => session.signOut(), { by: first }),
      ...late.map((browser) => app.data(browser)),
    ]);
    // Each came before the sign-out or after it; what came after is nothing.
    for (const data of answers) assert.ok(["anna", undefined].includes(data.userId as string | undefined));
    assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
    assert.equal((await app.sessions.list("anna")).length <= 1, true);
  });

  it("have nothing to hide: a cookie that was never signed out works until its date", async (test) => {
    const old = await openCookieSession(test);
    const app = await movingFrom(test, old);
    const legacy = await sameCookies(old, { userId: "anna" });
    const browser = visitorWith(app, legacy);
    await app.data(browser);
    app.clock.advance("30d");
    assert.deepEqual(await app.data(browser), {}, "it has expired here");
    assert.deepEqual(await app.data(visitorWith(app, legacy)), { userId: "anna" });
  });
});
