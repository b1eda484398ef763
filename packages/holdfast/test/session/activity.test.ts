import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { CookieStore } from "../../src/store/cookie.ts";
import { type FakeClock, fakeClock, type TestAgent } from "../../src/testing/index.ts";
import {
  type AppSession,
  browserWith,
  cookieOf,
  meanwhile,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const IDLE = 30 * 60_000;
const isActivity = (req: { url?: string | undefined }) => !req.url?.includes("?poll");
const poll = { query: "?poll" };

/** What a request that waits does with the session while others use it. */
const slowWrites: Readonly<Record<string, (session: AppSession, meanwhile: () => Promise<void>) => unknown>> =
  {
    "writes when its reply is due": async (session, meanwhile) => {
      const before = Number(session.polls ?? 0);
      await meanwhile();
      session.polls = before + 1;
    },
    "writes by update()": (session, meanwhile) =>
      session.update(async (data) => {
        await meanwhile();
        data.polls = Number(data.polls ?? 0) + 1;
      }),
  };

for (const [name, newStore] of everyStore) {
  describe(`requests that are no activity, on a ${name}`, () => {
    const polls: Record<string, (session: AppSession) => unknown> = {
      "reads nothing": () => {},
      reads: (session) => session.userId,
      "asks when it ends": (session) => session.expiresAt,
      writes: (session) => {
        session.polled = Number(session.polled ?? 0) + 1;
      },
      "writes with save()": async (session) => {
        session.polled = Number(session.polled ?? 0) + 1;
        await session.save();
      },
      "writes with update()": (session) =>
        session.update((s) => {
          s.polled = Number(s.polled ?? 0) + 1;
        }),
    };
    for (const [what, handler] of Object.entries(polls)) {
      it(`a poll that ${what} keeps no session alive`, async (test) => {
        const app = await sessionApp(test, { store: newStore(test), isActivity });
        await app.agent.signIn("anna");
        const browser = browserWith(app, cookieOf(app.agent));
        for (let waited = 0; waited < IDLE - 1000; waited += IDLE / 10) {
          await app.act(handler, { ...poll, by: browser });
          await app.settle();
          app.clock.advance(IDLE / 10);
        }
        assert.deepEqual(await app.data(browser), {});
      });
    }

    it("do not hide when the session ends: it can be shown without putting it off", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.agent.signIn("anna");
      const end = app.clock.now() + IDLE;
      for (const wait of [1000, IDLE / 2, IDLE / 3]) {
        app.clock.advance(wait);
        const reply = await app.act(
          (session) => ({
            seen: session.times?.lastSeenAt,
            idle: session.times?.idleExpiresAt,
            ends: session.expiresAt,
          }),
          poll,
        );
        const seen = new Date(end - IDLE).toISOString();
        assert.deepEqual(reply.json(), {
          seen,
          idle: new Date(end).toISOString(),
          ends: new Date(end).toISOString(),
        });
      }
    });

    it("show both limits after the latest activity, whether it has been recorded or not", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.agent.signIn("anna");
      const start = app.clock.now();
      for (const wait of [1000, IDLE / 20, IDLE / 2]) {
        app.clock.advance(wait);
        const seen = app.clock.now();
        await app.agent.get("/plain");
        await app.settle();
        app.clock.advance(1000);
        const reply = await app.act((session) => session.times, poll);
        assert.deepEqual(reply.json(), {
          createdAt: new Date(start).toISOString(),
          lastSeenAt: new Date(seen).toISOString(),
          idleExpiresAt: new Date(seen + IDLE).toISOString(),
          absoluteExpiresAt: new Date(start + 12 * 3_600_000).toISOString(),
        });
      }
    });

    it("keep no session without a user alive either", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.act(set({ cart: 1 }));
      for (let minute = 0; minute < 15; minute += 5) {
        assert.deepEqual((await app.act((session) => session, poll)).json(), { cart: 1 });
        app.clock.advance("5m");
      }
      assert.deepEqual(await app.data(), {});
    });

    it("write over none that another deployment has recorded meanwhile", async (test) => {
      const store = newStore(test);
      const secret = strongSecret();
      const app = await sessionApp(test, { store, secret, isActivity });
      const other = await sessionApp(test, { store, secret, clock: app.clock });
      await app.agent.signIn("anna");
      await app.data();
      app.clock.advance(IDLE / 5);
      const seen = new Date(app.clock.now());
      await other.data(browserWith(other, cookieOf(app.agent)));
      await other.settle();
      app.clock.advance(1000);
      await app.act(set({ polled: 1 }), poll);
      const [session] = await app.sessions.list("anna");
      assert.deepEqual(session?.lastSeenAt, seen);
    });

    it("are asked about once, with the whole URL, however often the session is used", async (test) => {
      const asked: (string | undefined)[] = [];
      const app = await sessionApp(test, {
        store: newStore(test),
        isActivity: (req) => {
          asked.push(req.url);
          return true;
        },
      });
      await app.agent.signIn("anna");
      app.clock.advance("5m");
      await app.act(
        async (session) => {
          session.a = session.expiresAt;
          await session.save();
          session.b = 1;
        },
        { query: "?whole" },
      );
      await app.settle();
      assert.deepEqual(asked, ["/act/0?whole"]);
    });

    it("touch() makes one count", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.agent.signIn("anna");
      for (let i = 0; i < 3; i++) {
        app.clock.advance(IDLE - 1);
        await app.act((session) => void session.touch(), poll);
      }
      assert.equal((await app.data()).userId, "anna");
    });
  });
}

/** Here, and where more passes before an answer than a turn of the event loop. */
const distances = {
  "in this process": { sync: true },
  "across a network": { sync: false, pause: () => setImmediate().then(() => setImmediate()) },
};

/** What others do with a session, and when it was last in use after that. */
const interferences: Readonly<
  Record<string, (app: SessionApp, by: TestAgent, clock: FakeClock) => Promise<unknown>>
> = {
  "another process writes as no activity": (app, by) => app.act(set({ polls: 1 }), { ...poll, by }),
  "another request here writes as no activity": (app, by) => app.act(set({ polls: 1 }), { ...poll, by }),
  "another process records later activity": async (app, by, clock) => {
    clock.advance("2s");
    await app.data(by);
    await app.settle();
  },
};

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
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: false });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      store.calls.length = 0;
      await app.act(set({ a: 1 }));
      for (let turns = 0; turns < 5; turns++) await app.settle();
      assert.deepEqual(store.calls, ["read", "update"]);
      app.clock.advance(IDLE - 1);
      assert.equal((await app.data()).userId, "anna");
    });

    it(`goes with the offer of another secret, in a store ${where}`, async (test) => {
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: IDLE / 3 });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      store.calls.length = 0;
      await app.data();
      for (let turns = 0; turns < 5; turns++) await app.settle();
      assert.deepEqual(store.calls, ["read", "update"]);
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });

    it(`is recorded without another look at the session where the request has read it, in a store ${where}`, async (test) => {
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: false });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      store.calls.length = 0;
      await app.data();
      for (let turns = 0; turns < 5; turns++) await app.settle();
      assert.deepEqual(store.calls, ["read", "touch"]);
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });

    it(`is not recorded of a session whose request signs out, in a store ${where}`, async (test) => {
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: false });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      store.calls.length = 0;
      assert.equal((await app.act((session) => session.signOut())).status, 200);
      for (let turns = 0; turns < 5; turns++) await app.settle();
      assert.deepEqual(store.calls, ["read", "delete"]);
    });

    it(`is recorded after all where the data it was to go with is not written, in a store ${where}`, async (test) => {
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: false });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      store.fail("update", new Error("no"));
      assert.equal((await app.act(set({ a: 1 }))).status, 503);
      for (let turns = 0; turns < 5; turns++) await app.settle();
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });
  }

  for (const [what, interfere] of Object.entries(interferences)) {
    it(`is not lost where ${what} while the answer of its read is on the way`, async (test) => {
      const open = sharedFile(test);
      const late = new WatchedStore({ inner: open() });
      const secret = strongSecret();
      const reader = await sessionApp(test, { store: late, secret, renew: false, isActivity });
      const writer = await sessionApp(test, {
        store: open(),
        secret,
        renew: false,
        isActivity,
        clock: reader.clock,
      });
      await reader.agent.signIn("anna");
      reader.clock.advance(IDLE / 5);
      const { reached, release } = late.hold("read", "answer");
      const reply = reader.data();
      await reached;
      const writerIs = what.includes("another process") ? writer : reader;
      await interfere(writerIs, browserWith(writerIs, cookieOf(reader.agent)), reader.clock);
      release();
      await reply;
      for (let turns = 0; turns < 5; turns++) await reader.settle();
      assert.equal((await writer.sessions.list("anna"))[0]?.lastSeenAt.getTime(), reader.clock.now());
    });
  }

  it("is looked up again by the next request where the store still says otherwise", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store, renew: false });
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 2);
    store.fail("touch", new Error("no"));
    await app.data();
    await app.settle();
    store.fail("touch", undefined);
    app.clock.advance("1s");
    await app.data();
    await app.settle();
    assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
  });

  it("is recorded though a sign-out fails", async (test) => {
    for (const options of Object.values(distances)) {
      const store = new WatchedStore(options);
      const app = await sessionApp(test, { store, renew: false });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      store.fail("delete", new Error("no"));
      assert.equal((await app.act((session) => session.signOut())).status, 503);
      for (let turns = 0; turns < 5; turns++) await app.settle();
      assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    }
  });

  it("does not wait for a session that the store is slow to find", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store, renew: false });
    const [anna, berta] = [app.agent.newBrowser(), app.agent.newBrowser()];
    await anna.signIn("anna");
    await berta.signIn("berta");
    app.clock.advance(IDLE / 2);
    const { reached, release } = store.hold("read");
    await berta.get("/plain");
    await reached;
    await anna.get("/plain");
    await app.settle();
    const seen = app.clock.now();
    assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), seen);
    release();
    await app.settle();
    assert.equal((await app.sessions.list("berta"))[0]?.lastSeenAt.getTime(), seen);
  });

  it("is recorded again with the next use where others have put back what was before it", async (test) => {
    const open = sharedFile(test);
    const slow = new WatchedStore({ inner: open() });
    const secret = strongSecret();
    const reader = await sessionApp(test, { store: open(), secret, renew: false });
    const { clock } = reader;
    const writer = await sessionApp(test, { store: slow, secret, renew: false, isActivity, clock });
    await reader.agent.signIn("anna");
    clock.advance(IDLE / 5);
    const began = clock.now();
    const recorded = async () => (await reader.sessions.list("anna"))[0]?.lastSeenAt.getTime() ?? 0;
    const { reached, release } = slow.hold("read", "answer");
    const reply = writer.act(set({ polls: 1 }), {
      ...poll,
      by: browserWith(writer, cookieOf(reader.agent)),
    });
    await reached;
    await reader.data();
    await reader.settle();
    assert.equal(await recorded(), began);
    release();
    assert.equal((await reply).status, 200);
    assert.equal(await recorded(), began - IDLE / 5);
    clock.advance("1s");
    await reader.data();
    await reader.settle();
    assert.equal(await recorded(), clock.now());
  });

  for (const [what, operation] of [
    ["waits for a write", "update"],
    ["is on its way", "touch"],
  ] as const) {
    it(`that ${what} is in the store when close() has resolved`, async (test) => {
      const file = sharedFile(test);
      const slow = new WatchedStore({ inner: file() });
      const secret = strongSecret();
      const app = await sessionApp(test, { store: slow, secret, renew: false });
      const after = await sessionApp(test, { store: file(), secret, clock: app.clock });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE / 2);
      const { reached, release } = slow.hold(operation);
      const used = operation === "update" ? set({ a: 1 }) : (session: AppSession) => session;
      const reply = app.act(used).catch(() => undefined);
      await reached;
      const closed = app.sessions.close();
      await app.settle();
      release();
      await closed;
      await reply;
      assert.equal((await after.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
    });
  }

  it("is never more than a tenth behind where the tenth is less than a second either", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store, renew: false, idle: "3s" });
    await app.agent.signIn("anna");
    for (let used = 0; used < 30; used++) {
      app.clock.advance(100);
      await app.data();
      await app.settle();
      const [session] = await app.sessions.list("anna");
      assert.ok(app.clock.now() - (session?.lastSeenAt.getTime() ?? 0) < 300);
    }
  });

  it("is recorded on its own where the request writes only later", async (test) => {
    const store = new WatchedStore(distances["across a network"]);
    const app = await sessionApp(test, { store, renew: false });
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 2);
    store.calls.length = 0;
    await app.act(async (session) => {
      for (let turns = 0; turns < 5; turns++) await app.settle();
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

  it("that was recorded stays so when a request writes that is none itself", async (test) => {
    const app = await sessionApp(test, { store: new WatchedStore({ sync: true }), isActivity, renew: false });
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 10);
    const between = app.clock.now();
    await app.act(async (session) => {
      const before = Number(session.a ?? 0);
      // Another request is recorded between the read and the write of this one.
      await meanwhile(app, () => undefined);
      await app.settle();
      session.a = before + 1;
    }, poll);
    assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), between);
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

  for (const [name, write] of Object.entries(slowWrites)) {
    it(`by one process is not undone by a slow request of another that is none, and ${name}`, async (test) => {
      const open = sharedFile(test);
      const secret = strongSecret();
      const polled = await sessionApp(test, { secret, store: open(), renew: false, isActivity });
      const read = await sessionApp(test, {
        secret,
        store: open(),
        renew: false,
        isActivity,
        clock: polled.clock,
      });
      await polled.agent.signIn("anna");
      const user = browserWith(read, cookieOf(polled.agent));
      for (let minute = 0; minute < 35; minute++) {
        const use = async (): Promise<void> => {
          polled.clock.advance("30s");
          assert.equal((await read.data(user)).userId, "anna", `after ${minute} minutes of use`);
          await read.settle();
          polled.clock.advance("30s");
        };
        assert.equal((await polled.act((session) => write(session, use), poll)).status, 200);
      }
    });
  }

  it("by a clock that was ahead is mended by the next write", async (test) => {
    const open = sharedFile(test);
    const clock = fakeClock();
    const options = { secret: strongSecret(), renew: false, absolute: "24h" } as const;
    const app = await sessionApp(test, { ...options, store: open(), clock });
    let ahead = 0;
    const fast = { now: () => clock.now() + ahead };
    const wrong = await sessionApp(test, { ...options, store: open(), clock: fast });
    await app.agent.signIn("anna");
    const user = browserWith(wrong, cookieOf(app.agent));
    for (ahead = 25 * 60_000; ahead < 5 * 60 * 60_000; ahead += 25 * 60_000) {
      await wrong.data(user);
      await wrong.settle();
    }
    await app.act(set({ a: 1 }));
    assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), clock.now());
  });

  it("that fails is an event and no failed request", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    app.takeEvents();
    store.fail("touch", new Error("disk"));
    app.clock.advance(IDLE / 2);
    assert.equal((await app.agent.get("/plain")).status, 200);
    await app.settle();
    assert.deepEqual(
      app.events.map((event) => [event.type, Reflect.get(event, "operation")]),
      [["store_error", "touch"]],
    );
    store.fail("touch", undefined);
    app.clock.advance(IDLE / 4);
    await app.agent.get("/plain");
    await app.settle();
    app.clock.advance(IDLE - 1);
    assert.equal((await app.data()).userId, "anna", "and it is made up for");
  });

  it("does not bring back a session that was ended before it was recorded", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, renew: false });
    await app.agent.signIn("anna");
    const cookie = cookieOf(app.agent);
    app.clock.advance(IDLE / 2);
    const touch = store.hold("touch");
    await app.data();
    await touch.reached;
    await app.sessions.revokeUser("anna");
    touch.release();
    await app.settle();
    assert.deepEqual(await app.data(browserWith(app, cookie)), {});
  });

  it("that is under way is finished by close()", async (test) => {
    const store = new WatchedStore({ sync: true });
    const options = { store, secret: strongSecret() };
    const app = await sessionApp(test, options);
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 2);
    store.calls.length = 0;
    await app.agent.get("/plain");
    await app.sessions.close();
    assert.deepEqual(store.calls, ["read", "touch", "close"]);
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
