import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
import { distances, WatchedStore } from "../support/watched-store.ts";

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

describe("activity, beside other requests and processes and failures of the store", () => {
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

  it("that the store failed to record is tried again a second later, for a request that does not look at its session too", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store, renew: false });
    await app.agent.signIn("anna");
    app.clock.advance(IDLE / 2);
    store.fail("touch", new Error("no"));
    await app.agent.get("/plain");
    await app.settle();
    store.fail("touch", undefined);
    app.clock.advance("1s");
    await app.agent.get("/plain");
    await app.settle();
    assert.equal((await app.sessions.list("anna"))[0]?.lastSeenAt.getTime(), app.clock.now());
  });

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
});
