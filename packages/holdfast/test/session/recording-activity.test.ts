import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { CookieStore } from "../../src/store/cookie.ts";
import {
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { distances, WatchedStore } from "../support/watched-store.ts";

const IDLE = 30 * 60_000;
const isActivity = (req: { url?: string | undefined }) => !req.url?.includes("?poll");
const poll = { query: "?poll" };

/** An app whose agent has been signed in for half of the idle limit; the store's calls until then are forgotten. */
async function withActivityDue(
  test: TestContext,
  distance: ConstructorParameters<typeof WatchedStore>[0],
  renew: number | false = false,
): Promise<{ store: WatchedStore; app: SessionApp }> {
  const store = new WatchedStore(distance);
  const app = await sessionApp(test, { store, renew });
  await app.agent.signIn("anna");
  app.clock.advance(IDLE / 2);
  store.calls.length = 0;
  return { store, app };
}

/** As long as the store that is farthest away takes for it. */
async function recorded(app: SessionApp): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await app.settle();
}

describe("recording activity", () => {
  it("costs a busy reader ten writes per idle limit, and no request a wait", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    store.calls.length = 0;
    for (let second = 0; second < 30 * 60; second += 10) {
      app.clock.advance("10s");
      await app.agent.get("/plain");
      await app.settle();
    }
    const touches = store.calls.filter((call) => call === "touch").length;
    assert.ok(touches >= 8 && touches <= 10, `${touches} touches`);
    assert.ok(store.calls.length <= 3 * touches, "and hardly a read");
  });

  it("is one read and no write for a request that only looks, within the tenth", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    store.calls.length = 0;
    await app.data();
    await app.settle();
    assert.deepEqual(store.calls, ["read"]);
  });

  it("is no write at all for a request that is no activity, however old the last record is", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const app = await sessionApp(test, { store, isActivity, renew: false });
      await app.agent.signIn("anna");
      store.calls.length = 0;
      for (let i = 0; i < 4; i++) {
        app.clock.advance(IDLE / 5);
        await app.act((session) => ({ ends: session.expiresAt }), poll);
        await app.settle();
      }
      assert.deepEqual(store.calls, ["read", "read", "read", "read"]);
    }
  });

  for (const [where, options] of Object.entries(distances)) {
    it(`goes with the data where the request writes anyway, in a store ${where}`, async (test) => {
      const { store, app } = await withActivityDue(test, options);
      await app.act(set({ a: 1 }));
      await recorded(app);
      assert.deepEqual(store.calls, ["read", "update"]);
      app.clock.advance(IDLE - 1);
      assert.equal((await app.data()).userId, "anna");
    });

    it(`goes with the offer of another secret, in a store ${where}`, async (test) => {
      const { store, app } = await withActivityDue(test, options, IDLE / 3);
      await app.data();
      await recorded(app);
      assert.deepEqual(store.calls, ["read", "update"]);
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });

    it(`is recorded without another look at the session where the request has read it, in a store ${where}`, async (test) => {
      const { store, app } = await withActivityDue(test, options);
      await app.data();
      await recorded(app);
      assert.deepEqual(store.calls, ["read", "touch"]);
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });

    it(`is not recorded of a session whose request signs out, in a store ${where}`, async (test) => {
      const { store, app } = await withActivityDue(test, options);
      assert.equal((await app.act((session) => session.signOut())).status, 200);
      await recorded(app);
      assert.deepEqual(store.calls, ["read", "delete"]);
    });

    it(`is recorded after all where the data it was to go with is not written, in a store ${where}`, async (test) => {
      const { store, app } = await withActivityDue(test, options);
      store.fail("update", new Error("no"));
      assert.equal((await app.act(set({ a: 1 }))).status, 503);
      await recorded(app);
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });
  }

  for (const [where, options] of Object.entries(distances)) {
    it(`is never more than a tenth behind where the tenth is less than a second either, in a store ${where}`, async (test) => {
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: false, idle: "3s" });
      await app.agent.signIn("anna");
      for (let used = 0; used < 30; used++) {
        app.clock.advance(100);
        await app.data();
        await recorded(app);
        const [session] = await app.sessions.list("anna");
        assert.ok(app.clock.now() - (session?.lastSeenAt.getTime() ?? 0) < 300);
      }
    });
  }

  it("is recorded on its own where the request writes only later", async (test) => {
    const { store, app } = await withActivityDue(test, distances["across a network"]);
    await app.act(async (session) => {
      await recorded(app);
      session.a = 1;
    });
    assert.deepEqual(store.calls, ["read", "touch", "update"]);
  });

  it("is one operation for all sessions that are used in the same moment", async (test) => {
    let gate = Promise.resolve();
    const store = new WatchedStore({ sync: false, pause: () => gate });
    const app = await sessionApp(test, { store, renew: false });
    const browsers = ["anna", "berta", "carla"].map((user) => ({ user, browser: app.agent.newBrowser() }));
    for (const { user, browser } of browsers) await browser.signIn(user);
    app.clock.advance(IDLE / 2);
    store.calls.length = 0;
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const replies = browsers.map(({ browser }) => app.data(browser));
    while (store.calls.length < browsers.length) await setImmediate();
    open();
    await Promise.all(replies);
    await app.settle();
    assert.deepEqual(store.calls, ["read", "read", "read", "touch"]);
    for (const { user } of browsers) {
      assert.equal((await app.sessions.list(user))[0]?.lastSeenAt.getTime(), app.clock.now(), user);
    }
  });

  it("does not go with data that is written within a twentieth, and is remembered", async (test) => {
    const app = await sessionApp(test, { store: new WatchedStore({ sync: true }), isActivity, renew: false });
    await app.agent.signIn("anna");
    const recorded = async () => (await app.sessions.list("anna"))[0]?.lastSeenAt.getTime();
    const start = app.clock.now();
    app.clock.advance(IDLE / 20 - 1);
    await app.act(set({ a: 1 }));
    assert.equal(await recorded(), start);
    await app.act((session) => Object.assign(session.touch(), { a: 2 }), poll);
    assert.equal(await recorded(), start);
    app.clock.advance(IDLE - 1);
    assert.equal((await app.data()).a, 2);
    await app.settle();
    assert.equal(await recorded(), app.clock.now());
    app.clock.advance(IDLE / 20);
    await app.act(set({ a: 3 }));
    assert.equal(await recorded(), app.clock.now());
  });

  it("that touch() asks for is remembered though the data of its request is written without", async (test) => {
    const app = await sessionApp(test, { isActivity, renew: false });
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 20 - 1);
    await app.act((session) => Object.assign(session.touch(), { a: 1 }), poll);
    app.clock.advance(IDLE - 1);
    assert.equal((await app.data()).a, 1);
  });

  it("goes with touch() where there is nothing else to write, however lately it was recorded", async (test) => {
    const app = await sessionApp(test, { store: new WatchedStore({ sync: true }), isActivity, renew: false });
    await app.agent.signIn("anna");
    app.clock.advance("1s");
    await app.act((session) => void session.touch(), poll);
    assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
  });

  it("goes with each write where the client carries its session", async (test) => {
    const options = { secret: strongSecret(), store: new CookieStore(), renew: false } as const;
    const app = await sessionApp(test, options);
    const other = await sessionApp(test, { ...options, clock: app.clock });
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 20 - 1);
    await app.act(set({ a: 1 }));
    app.clock.advance(IDLE - 1);
    const browser = other.agent.newBrowser();
    for (const [name, value] of app.agent.cookies) browser.cookies.set(name, value);
    assert.equal((await other.data(browser)).a, 1);
  });

  it("is never more than a tenth behind, for one that writes each time and one that writes once and then is only there", async (test) => {
    const habits: Record<string, (app: SessionApp, at: number) => Promise<unknown>> = {
      "a write each time": (app, at) => app.act(set({ at })),
      "a write within the twentieth, and no look at the session after": (app, at) =>
        at === 4 ? app.act(set({ at })) : app.agent.get("/plain"),
    };
    for (const [name, use] of Object.entries(habits)) {
      const app = await sessionApp(test, { store: new WatchedStore({ sync: true }), renew: false });
      await app.agent.signIn("anna");
      for (let at = 1; at <= 100; at++) {
        app.clock.advance("20s");
        await use(app, at);
        await app.settle();
        const [session] = await app.sessions.list("anna");
        const behind = app.clock.now() - (session?.lastSeenAt.getTime() ?? 0);
        assert.ok(behind <= IDLE / 10, `${name}: ${behind / IDLE} of the limit behind`);
      }
    }
  });

  it("does not count a cross-site request that was refused", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const browser = browserWith(app, cookieOf(app.agent));
    for (let i = 0; i < 4; i++) {
      app.clock.advance(IDLE / 4);
      const reply = await app.act(() => ({}), {
        by: browser,
        method: "POST",
        headers: { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      });
      assert.equal(reply.status, 403);
      await app.settle();
    }
    assert.deepEqual(await app.data(), {});
  });
});
