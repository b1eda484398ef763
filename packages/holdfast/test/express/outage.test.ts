import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { describe, it } from "node:test";
import type { SessionEvent } from "../../src/index.ts";
import { escaped } from "../support/escaped.ts";
import { browserWith, cookieOf, type SessionApp, sessionApp, set } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const look = (session: object): object => session;

const outages = (app: SessionApp): SessionEvent[] =>
  app.events.filter(({ type }) => /^store_(unavailable|recovered|overloaded)$/.test(type));

const failWith = (app: SessionApp): Record<string, string>[] =>
  app.errors.map((error) => Reflect.get(Object(error), "headers"));

/** An app whose store has stopped answering so often that it is left alone. */
async function cutOff(test: Parameters<typeof sessionApp>[0], broken: unknown = new Error("gone")) {
  const store = new WatchedStore();
  const app = await sessionApp(test, { store });
  await app.agent.signIn("anna");
  store.fail("read", broken);
  for (let i = 0; i < 5; i++) assert.equal((await app.act(look)).status, 503);
  store.calls.splice(0);
  app.errors.splice(0);
  return { app, store };
}

describe("a store that is out", () => {
  it("keeps a request no longer than half a second by default", async (test) => {
    const found = escaped(test);
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    const { release } = store.hold("read");
    const began = performance.now();
    const reply = await app.act(look);
    const took = performance.now() - began;
    assert.equal(reply.status, 503);
    assert.match(reply.text, /did not answer within 500 ms/);
    assert.ok(took > 400 && took < 3_000, `${took} ms`);
    release();
    assert.equal((await app.act(look)).status, 200);
    assert.deepEqual(found, []);
  });

  it("is not what is late where the process itself was: an answer that has arrived still counts", async (test) => {
    const store = new WatchedStore({ pause: () => stat(".").then(() => undefined) });
    const app = await sessionApp(test, { store, storeTimeout: 40 });
    await app.agent.signIn("anna");
    const { read } = store;
    store.read = (handle, now) => {
      const until = performance.now() + 60;
      // By then the answer has come and the deadline has passed, and timers are looked at first.
      process.nextTick(() => {
        while (performance.now() < until);
      });
      return read(handle, now);
    };
    assert.equal((await app.act(look)).status, 200);
  });

  it("is not asked any more after five failures in a row: requests fail at once, and say when to come again", async (test) => {
    const { app, store } = await cutOff(test);
    app.clock.advance(400);
    const reply = await app.act(look);
    assert.deepEqual([reply.status, store.calls], [503, []]);
    assert.match(reply.text, /ERR_HOLDFAST_STORE_UNAVAILABLE/);
    assert.deepEqual(failWith(app), [{ "Retry-After": "1" }]);
    const events = outages(app);
    assert.deepEqual(
      events.map((event) => event.type === "store_unavailable" && event.operation),
      ["read"],
    );
    assert.equal("ip" in (events[0] ?? {}), false, "it is nobody's request's doing");
  });

  it("is found back by one request, while those beside it fail at once, and then by all", async (test) => {
    const { app, store } = await cutOff(test);
    store.fail("read", undefined);
    app.clock.advance("1s");
    const { reached, release } = store.hold("read");
    const probe = app.act(look);
    await reached;
    const beside = await Promise.all(Array.from({ length: 10 }, () => app.act(look)));
    assert.deepEqual([...new Set(beside.map(({ status }) => status))], [503]);
    assert.deepEqual(store.calls, ["read"]);
    release();
    assert.equal((await probe).status, 200);
    assert.deepEqual(await app.data(), { userId: "anna" });
    assert.deepEqual(
      outages(app).map((event) => (event.type === "store_recovered" ? event.after : event.type)),
      ["store_unavailable", 1_000],
    );
  });

  it("is left alone for longer each time that it does not answer, as Retry-After says", async (test) => {
    const { app, store } = await cutOff(test);
    for (const seconds of ["2", "4", "5", "5"]) {
      app.clock.advance("5s");
      assert.equal((await app.act(look)).status, 503);
      app.errors.splice(0);
      await app.act(look);
      assert.deepEqual(failWith(app), [{ "Retry-After": seconds }]);
    }
    assert.equal(store.calls.length, 4);
    assert.equal(outages(app).length, 1);
  });

  it("refuses a sign-in, a sign-out and a revoke as well, and none of them counts as done", async (test) => {
    const { app, store } = await cutOff(test);
    store.fail("read", undefined);
    const newcomer = app.agent.newBrowser();
    assert.equal((await app.act((session) => session.signIn("bert"), { by: newcomer })).status, 503);
    assert.equal((await app.act(set({ cart: 1 }), { by: newcomer })).status, 503);
    assert.equal((await app.act((session) => session.signOut())).status, 503);
    await assert.rejects(app.sessions.revokeUser("anna"), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
    assert.equal(newcomer.cookies.size, 0);
    app.clock.advance("1s");
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  it("is still there if it answers with a code of its own", async (test) => {
    const { HoldfastError } = await import("../../src/index.ts");
    for (const code of [
      "ERR_HOLDFAST_STORE_FULL",
      "ERR_HOLDFAST_TOO_LARGE",
      "ERR_HOLDFAST_STORE_CANNOT",
      "ERR_HOLDFAST_STORE_CORRUPT",
    ] as const) {
      const store = new WatchedStore();
      const app = await sessionApp(test, { store });
      await app.agent.signIn("anna");
      store.fail("update", new HoldfastError(code));
      assert.match((await app.act(set({ a: 1 }))).text, new RegExp(code));
      store.fail("read", new HoldfastError(code));
      for (let i = 0; i < 8; i++) assert.match((await app.act(look)).text, new RegExp(code));
      store.fail("read", undefined);
      assert.deepEqual(await app.data(), { userId: "anna" });
      assert.deepEqual(outages(app), []);
    }
  });

  it("is asked each time where it answers at once, and so is used again the moment it is back", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    store.fail("read", new Error("gone"));
    for (let i = 0; i < 8; i++) assert.equal((await app.act(look)).status, 503);
    store.fail("read", undefined);
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  it("may throw instead of rejecting", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    const { read } = store;
    store.read = () => {
      throw new Error("not even a promise");
    };
    for (let i = 0; i < 7; i++) assert.equal((await app.act(look)).status, 503);
    assert.equal(app.events.filter(({ type }) => type === "store_error").length, 5);
    store.read = read;
    app.clock.advance("1s");
    assert.deepEqual(await app.data(), { userId: "anna" });
  });
});

describe("more requests than there is room for", () => {
  it("get 503 and Retry-After at once, and those that wait are answered", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, overload: { inFlight: 3 }, storeTimeout: "10s" });
    await app.agent.signIn("anna");
    const releases: (() => void)[] = [];
    const waiting = [];
    for (let i = 0; i < 3; i++) {
      const { reached, release } = store.hold("read");
      waiting.push(app.act(look));
      await reached;
      releases.push(release);
    }
    store.calls.splice(0);
    const refused = await Promise.all([app.act(look), app.act(look)]);
    assert.deepEqual(
      refused.map(({ status, text }) => [status, /ERR_HOLDFAST_OVERLOADED/.test(text)]),
      [
        [503, true],
        [503, true],
      ],
    );
    assert.deepEqual(store.calls, []);
    assert.deepEqual(failWith(app)[0], { "Retry-After": "1" });
    assert.equal((await app.act(look, { by: app.agent.newBrowser() })).status, 200, "it needs no store");
    for (const release of releases) release();
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [200, 200, 200],
    );
    assert.deepEqual(await app.data(), { userId: "anna" });
    const [event, ...others] = outages(app);
    assert.deepEqual(others, []);
    assert.ok(event?.type === "store_overloaded");
    assert.deepEqual([event.reason, event.inFlight], ["in-flight", 3]);
  });

  it("do not keep one that is further from signing out", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, overload: { inFlight: 1 }, storeTimeout: "10s" });
    await app.agent.signIn("anna");
    const other = browserWith(app, cookieOf(app.agent));
    const reply = await app.act(async (session) => {
      const { reached, release } = store.hold("read");
      const waiting = app.act(look, { by: other });
      await reached;
      await session.signOut();
      release();
      await waiting;
    });
    assert.equal(reply.status, 200);
    assert.equal((await app.sessions.list("anna")).length, 0);
  });

  it("are what a late event loop makes of them, with any store, where the app has asked for that", async (test) => {
    test.mock.timers.enable({ apis: ["setInterval"] });
    const app = await sessionApp(test, { overload: { eventLoopDelay: "50ms" } });
    await app.agent.signIn("anna");
    const measure = (late: number): void => {
      let now = performance.now();
      const clock = test.mock.method(performance, "now", () => now);
      for (let i = 0; i < 10; i++) {
        now += 100 + late;
        test.mock.timers.tick(100);
      }
      clock.mock.restore();
      // The jump back to the real time is no delay.
      test.mock.timers.tick(100);
    };
    measure(300);
    assert.match((await app.act((session) => session.userId)).text, /ERR_HOLDFAST_OVERLOADED/);
    assert.equal((await app.agent.get("/plain")).status, 200, "it needs no store");
    assert.deepEqual(
      outages(app).map((event) => event.type === "store_overloaded" && event.reason),
      ["event-loop"],
    );
    for (let i = 0; i < 2; i++) measure(0);
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  it("are not held against it once they have been given up", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, overload: { inFlight: 2 }, storeTimeout: 20 });
    await app.agent.signIn("anna");
    for (let i = 0; i < 4; i++) {
      store.hold("read");
      assert.equal((await app.act(look)).status, 503);
    }
    assert.deepEqual(await app.data(), { userId: "anna" });
  });
});
