import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store } from "../../../src/store/contract.ts";
import { CookieStore } from "../../../src/store/cookie.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import type { TestAgent } from "../../../src/testing/index.ts";
import { carriedApp, copyOf, deniableApp } from "../../support/carried.ts";
import {
  codeOf,
  cookieOf,
  handleIn,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

/** Deny lists as apps may have them. */
const lists: Readonly<Record<string, () => Store<unknown>>> = {
  "in memory": () => new MemoryStore<unknown>(),
  "in SQLite": () => new SqliteStore(":memory:"),
  "across a network": () => new WatchedStore({ sync: false }),
};

async function annaWith(app: SessionApp): Promise<TestAgent> {
  const browser = app.agent.newBrowser();
  await browser.signIn("anna");
  return browser;
}

const userOf = async (app: SessionApp, browser: TestAgent): Promise<unknown> =>
  (await app.data(browser)).userId ?? null;

describe("without a deny list", () => {
  it("a session that was ended lives on in a copy of its cookies, until its limits, as the store says", async (test) => {
    const store = new CookieStore();
    assert.ok(store.capabilities.lacks.includes("revocation"));
    const app = await sessionApp(test, { store, idle: "30m" });
    await app.agent.signIn("anna");
    const copy = copyOf(app.agent);
    await app.act((session) => session.signOut());
    assert.equal(app.agent.cookies.size, 0);
    assert.equal(await userOf(app, copy), "anna");
    app.clock.advance("30m");
    assert.equal(await userOf(app, copy), null);
  });

  it("nothing can be ended from outside, and the app is told so", async (test) => {
    const app = await carriedApp(test);
    await app.agent.signIn("anna");
    const handle = handleIn(cookieOf(app.agent));
    for (const attempt of [
      app.sessions.revoke(handle),
      app.sessions.revoke(handle, { user: "anna" }),
      app.sessions.revokeUser("anna"),
      app.sessions.revokeAll(),
    ])
      assert.equal(await codeOf(attempt), "ERR_HOLDFAST_STORE_CANNOT");
    assert.equal(await userOf(app, app.agent), "anna");
  });
});

for (const [list, make] of Object.entries(lists)) {
  describe(`a deny list ${list}`, () => {
    it("refuses what was ended by sign-out, by a new id, by an operator", async (test) => {
      const app = await carriedApp(test, { denyList: make() });
      const ways: Record<string, (browser: TestAgent) => Promise<unknown>> = {
        signOut: (by) => app.act((session) => session.signOut(), { by }),
        destroy: (by) => app.act((session) => session.destroy(), { by }),
        null: (by) => app.act((_session, req) => void Reflect.set(req, "session", null), { by }),
        regenerate: (by) => app.act((session) => session.regenerate(), { by }),
        signIn: (by) => app.act((session) => session.signIn("anna"), { by }),
        elevate: (by) => app.act((session) => session.elevate({ level: 2 }), { by }),
        revoke: (by) => app.sessions.revoke(handleIn(cookieOf(by))),
        revokeUser: () => app.sessions.revokeUser("anna"),
        revokeAll: () => app.sessions.revokeAll(),
      };
      for (const [way, end] of Object.entries(ways)) {
        const browser = await annaWith(app);
        const copy = copyOf(browser);
        assert.equal(await userOf(app, copy), "anna");
        await end(browser);
        assert.equal(await userOf(app, copy), null, way);
        assert.equal(await userOf(app, await annaWith(app)), "anna", `${way}: who signs in after is let in`);
      }
    });

    it("spares whom revokeUser excepts, and other users", async (test) => {
      const app = await carriedApp(test, { denyList: make() });
      const [mine, other] = [await annaWith(app), await annaWith(app)];
      const bert = app.agent.newBrowser();
      await bert.signIn("bert");
      await app.sessions.revokeUser("anna", { except: handleIn(cookieOf(mine)) });
      assert.deepEqual(
        [await userOf(app, mine), await userOf(app, other), await userOf(app, bert)],
        ["anna", null, "bert"],
      );
      // And again, as after each change of a password.
      const third = await annaWith(app);
      await app.sessions.revokeUser("anna", { except: handleIn(cookieOf(mine)) });
      assert.deepEqual([await userOf(app, mine), await userOf(app, third)], ["anna", null]);
      await app.sessions.revokeUser("anna");
      assert.deepEqual([await userOf(app, mine), await userOf(app, bert)], [null, "bert"]);
    });

    it("spares nothing that was ended before", async (test) => {
      const app = await carriedApp(test, { denyList: make() });
      const [mine, other, third] = [await annaWith(app), await annaWith(app), await annaWith(app)];
      await app.sessions.revokeUser("anna", { except: handleIn(cookieOf(mine)) });
      await app.sessions.revokeUser("anna", { except: handleIn(cookieOf(other)) });
      for (const browser of [mine, other]) assert.equal(await userOf(app, copyOf(browser)), null);
      await app.sessions.revokeUser("anna");
      await app.sessions.revokeUser("anna", { except: handleIn(cookieOf(third)) });
      assert.equal(await userOf(app, third), null);
    });

    it("ends anonymous sessions with revokeAll, and no new ones", async (test) => {
      const app = await carriedApp(test, { denyList: make() });
      await app.act(set({ cart: 1 }));
      const copy = copyOf(app.agent);
      await app.sessions.revokeAll();
      assert.deepEqual(await app.data(copy), {});
      const fresh = app.agent.newBrowser();
      await app.act(set({ cart: 2 }), { by: fresh });
      assert.deepEqual(await app.data(fresh), { cart: 2 });
    });
  });
}

describe("a deny list", () => {
  it("is kept until what it denies is over, and no longer", async (test) => {
    const denyList = new MemoryStore<unknown>();
    const app = await carriedApp(test, { denyList, idle: "12h", absolute: "12h" });
    const browser = await annaWith(app);
    app.clock.advance("6h");
    await app.sessions.revokeUser("anna");
    await app.act((session) => session.signOut(), { by: await annaWith(app) });
    await app.sessions.revoke(handleIn(cookieOf(await annaWith(app))));
    app.clock.advance("5h");
    denyList.prune(app.clock.now(), 100);
    assert.equal(denyList.size, 3);
    assert.equal(await userOf(app, browser), null);
    app.clock.advance("7h");
    app.clock.advance("1m");
    denyList.prune(app.clock.now(), 100);
    assert.equal(denyList.size, 0);
    assert.equal(await userOf(app, browser), null);
  });

  it("keeps an entry for as long as the longest-lived process needs it", async (test) => {
    const [denyList, secret] = [new MemoryStore<unknown>(), strongSecret()];
    const long = await carriedApp(test, { denyList, secret, idle: "12h", absolute: "12h" });
    const short = await carriedApp(test, { denyList, secret, idle: "1h", absolute: "1h" });
    const browser = await annaWith(long);
    await long.sessions.revokeUser("anna");
    await short.sessions.revokeUser("anna");
    long.clock.advance("2h");
    assert.equal(await userOf(long, browser), null);
  });

  it("has no entry for what had ended by itself", async (test) => {
    const denyList = new MemoryStore<unknown>();
    const app = await carriedApp(test, { denyList });
    await app.agent.signIn("anna");
    app.takeEvents();
    await app.act(async (session) => {
      assert.equal(session.userId, "anna");
      app.clock.advance("2h");
      await session.signOut();
    });
    assert.equal(denyList.size, 0);
    assert.deepEqual(app.takeEvents(), []);
  });

  it("lets a request that learns of the end bring no cookie, whatever it had saved before", async (test) => {
    const app = await deniableApp(test);
    await app.agent.signIn("anna");
    const reply = await app.act(async (session) => {
      session.a = 1;
      await session.save();
      await app.sessions.revokeAll();
      return { code: await codeOf(session.update(() => undefined)) };
    });
    assert.deepEqual([reply.json(), reply.setCookie], [{ code: "ERR_HOLDFAST_SESSION_ENDED" }, []]);
  });

  it("is asked once by a request that loads its session, and never by one that does not", async (test) => {
    const denyList = new WatchedStore({ sync: true });
    const app = await carriedApp(test, { denyList });
    await app.agent.signIn("anna");
    await app.data();
    denyList.calls.length = 0;
    await app.data();
    assert.deepEqual(denyList.calls, ["listUser"]);
    await app.agent.get("/plain");
    await app.act(set({ a: 1 }), { by: copyOf(app.agent) });
    assert.deepEqual(denyList.calls, ["listUser", "listUser"], "nor again by one that writes");
    await app.act(() => ({}), { by: app.agent.newBrowser() });
    assert.deepEqual(denyList.calls, ["listUser", "listUser"]);
  });

  it("that fails lets nobody in, and no session end in pretence", async (test) => {
    const denyList = new WatchedStore();
    const app = await carriedApp(test, { denyList });
    await app.agent.signIn("anna");
    denyList.fail("listUser", new Error("down"));
    assert.equal((await app.act((session) => session)).status, 503);
    denyList.fail("listUser", undefined);
    denyList.fail("create", new Error("down"));
    const out = await app.act((session) => session.signOut());
    assert.deepEqual([out.status, out.setCookie], [503, []]);
    assert.equal(await codeOf(app.sessions.revokeAll()), "ERR_HOLDFAST_STORE_UNAVAILABLE");
    assert.equal(await userOf(app, app.agent), "anna");
  });

  it("is what readiness and health are about", async (test) => {
    const denyList = new WatchedStore();
    const app = await carriedApp(test, { denyList });
    await app.sessions.ready();
    denyList.fail("listUser", new Error("down"));
    assert.equal(await codeOf(app.sessions.ready()), "ERR_HOLDFAST_STORE_UNAVAILABLE");
    assert.equal((await app.sessions.health()).status, "unavailable");
    const bare = await carriedApp(test);
    await bare.sessions.ready();
    assert.equal((await bare.sessions.health()).status, "ok");
  });

  it("lets no request that was under way bring back what was ended", async (test) => {
    const app = await deniableApp(test);
    const ends: Record<string, (browser: TestAgent) => Promise<unknown>> = {
      signOut: (by) => app.act((session) => session.signOut(), { by: copyOf(by) }),
      revoke: (by) => app.sessions.revoke(handleIn(cookieOf(by))),
      revokeUser: () => app.sessions.revokeUser("anna"),
      revokeAll: () => app.sessions.revokeAll(),
    };
    const goesOn: Record<string, Parameters<SessionApp["act"]>[0]> = {
      writes: set({ a: 1 }),
      touches: (session) => void session.touch(),
      elevates: (session) => session.elevate({ level: 2 }).catch(() => undefined),
      regenerates: async (session) => {
        await session.regenerate().catch(() => undefined);
        session.userId = "anna";
      },
    };
    for (const [way, end] of Object.entries(ends)) {
      for (const [what, go] of Object.entries(goesOn)) {
        const browser = await annaWith(app);
        await app.act(
          async (session, req, res) => {
            assert.equal(session.userId, "anna");
            await end(browser);
            return go(session, req, res);
          },
          { by: browser },
        );
        assert.equal(await userOf(app, browser), null, `${way}, and the request ${what}`);
      }
    }
  });

  it("ends a sign-in that began before its user's sessions were revoked, and finished after", async (test) => {
    const denyList = new WatchedStore({ sync: false });
    const app = await carriedApp(test, { denyList });
    const visitor = app.agent.newBrowser();
    await app.act(set({ cart: 1 }), { by: visitor });
    const held = denyList.hold("create");
    const signingIn = app.act((session) => session.signIn("anna"), { by: visitor });
    await held.reached;
    await app.sessions.revokeUser("anna");
    held.release();
    assert.equal((await signingIn).status, 200);
    assert.equal(await userOf(app, visitor), null);
  });

  it("has one winner of two who end the same session", async (test) => {
    const app = await deniableApp(test);
    const handle = handleIn(cookieOf(await annaWith(app)));
    const ended = await Promise.all([app.sessions.revoke(handle), app.sessions.revoke(handle)]);
    assert.deepEqual(ended.sort(), [false, true]);
    assert.equal(await app.sessions.revoke("no handle"), false);
  });

  it("holds across processes, clocks that differ and rotated keys", async (test) => {
    const denyList = new MemoryStore<unknown>();
    const [older, newer] = [strongSecret(), strongSecret()];
    const ahead = { now: () => Date.UTC(2026, 0, 1, 12, 0, 5) };
    const behind = { now: () => Date.UTC(2026, 0, 1, 12, 0, 0) };
    const before = await carriedApp(test, { denyList, secret: older, clock: ahead });
    const after = await carriedApp(test, { denyList, secret: [newer, older], clock: behind });
    const browser = await annaWith(before);
    // By a clock that is five seconds behind the one by which the session began.
    await after.sessions.revokeUser("anna");
    assert.equal(await userOf(before, browser), null);
    const again = await annaWith(before);
    assert.equal(await userOf(before, again), "anna");
    const there = copyOf(after.agent, Object.fromEntries(again.cookies));
    await after.act(set({ a: 1 }), { by: there });
    assert.equal(cookieOf(there).slice(0, 4) === cookieOf(again).slice(0, 4), false, "signed anew");
    assert.equal(await userOf(after, there), "anna");
    await after.sessions.revokeUser("anna");
    assert.deepEqual([await userOf(after, there), await userOf(before, again)], [null, null]);
  });

  it("outlasts what it denies by every process's clock", async (test) => {
    const [denyList, secret] = [new MemoryStore<unknown>(), strongSecret()];
    const ahead = await carriedApp(test, { denyList, secret, idle: "1h", absolute: "1h" });
    const behind = await carriedApp(test, { denyList, secret, idle: "1h", absolute: "1h" });
    ahead.clock.advance("5s");
    const [revoked, signedOut] = [await annaWith(ahead), await annaWith(ahead)];
    const copy = copyOf(behind.agent, Object.fromEntries(signedOut.cookies));
    await ahead.act((session) => session.signOut(), { by: signedOut });
    await behind.sessions.revokeUser("anna");
    for (const app of [ahead, behind]) app.clock.advance(3_599_000);
    assert.equal(await userOf(ahead, revoked), null);
    ahead.clock.advance("2s");
    denyList.prune(ahead.clock.now(), 100);
    assert.equal(await userOf(behind, copy), null);
  });

  it("spares a session whose key was replaced since its user's last revocation", async (test) => {
    const [old, next] = [strongSecret(), strongSecret()];
    const denyList = new MemoryStore<unknown>();
    const before = await carriedApp(test, { denyList, secret: old });
    await before.sessions.revokeUser("anna");
    const browser = await annaWith(before);
    const app = await carriedApp(test, { denyList, secret: [next, old] });
    const here = copyOf(app.agent, Object.fromEntries(browser.cookies));
    await app.act(set({ seen: true }), { by: here });
    for (let i = 0; i < 2; i++) {
      const younger = await annaWith(app);
      await app.sessions.revokeUser("anna", { except: handleIn(cookieOf(here)) });
      assert.deepEqual([await userOf(app, here), await userOf(app, younger)], ["anna", null]);
    }
  });

  it("tells nothing of sessions and users to whoever steals it", async (test) => {
    const denyList = new MemoryStore<unknown>();
    const app = await carriedApp(test, { denyList });
    const browser = await annaWith(app);
    await app.sessions.revokeUser("anna");
    await app.sessions.revoke(handleIn(cookieOf(browser)));
    const records = denyList.scan(app.clock.now(), { limit: 10 });
    assert.equal(records.length, 2);
    const text = JSON.stringify(records);
    assert.ok(!text.includes("anna") && !text.includes(handleIn(cookieOf(browser))));
  });

  it("is told of by events, though nobody knows how many sessions there were", async (test) => {
    const app = await deniableApp(test);
    const browser = await annaWith(app);
    app.takeEvents();
    assert.equal(await app.sessions.revokeUser("anna"), 0);
    assert.equal(await app.sessions.revokeAll(), 0);
    await app.sessions.revoke(handleIn(cookieOf(browser)));
    assert.deepEqual(app.takeEvents(), ["session_revoked", "session_revoked", "session_revoked"]);
  });
});
