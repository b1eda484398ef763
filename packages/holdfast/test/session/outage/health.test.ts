import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError } from "../../../src/index.ts";
import { keysFrom } from "../../../src/keys/index.ts";
import { escaped } from "../../support/escaped.ts";
import { sessionApp } from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

describe("health()", () => {
  it("is ok where the store has just answered, and asks it once a second at most", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    const all = await Promise.all([app.sessions.health(), app.sessions.health()]);
    const { store: found, ...rest } = await app.sessions.health();
    assert.deepEqual(rest, { status: "ok", keys: { loaded: true } });
    assert.deepEqual(
      { ...found, latency: typeof found.latency },
      {
        circuit: "closed",
        inFlight: 0,
        latency: "number",
      },
    );
    assert.deepEqual(all[0], all[1]);
    assert.deepEqual(store.calls, ["read"]);
    app.clock.advance("1s");
    await app.sessions.health();
    assert.deepEqual(store.calls, ["read", "read"]);
  });

  it("is unavailable where it has not, and degraded for a minute after", async (test) => {
    const found = escaped(test);
    for (const sync of [false, true]) {
      const store = new WatchedStore({ sync });
      const app = await sessionApp(test, { store });
      store.fail("read", new Error("the password is hunter2"));
      const health = await app.sessions.health();
      const { at, ...lastError } = health.store.lastError ?? {};
      assert.deepEqual([health.status, health.store.latency], ["unavailable", undefined]);
      assert.deepEqual(lastError, { code: "ERR_HOLDFAST_STORE_UNAVAILABLE", operation: "read" });
      assert.equal(at, new Date(app.clock.now()).toISOString());
      assert.doesNotMatch(JSON.stringify(health), /hunter2/);
      store.fail("read", undefined);
      app.clock.advance("1s");
      assert.equal((await app.sessions.health()).status, "degraded");
      app.clock.advance("1m");
      assert.equal((await app.sessions.health()).status, "ok");
    }
    assert.deepEqual(found, []);
  });

  it("is unavailable where the store answers that it will not", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    store.fail("read", new HoldfastError("ERR_HOLDFAST_STORE_REFUSED"));
    assert.equal((await app.sessions.health()).status, "unavailable");
  });

  it("finds a store back that no request asks any more", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    store.fail("read", new Error("gone"));
    for (let i = 0; i < 5; i++) {
      app.clock.advance("1s");
      await app.sessions.health();
    }
    store.calls.splice(0);
    app.clock.advance(999);
    store.fail("read", undefined);
    const { status, store: found } = await app.sessions.health();
    assert.deepEqual([status, found.circuit, found.retryAfter], ["unavailable", "open", 1]);
    assert.deepEqual(store.calls, []);
    app.clock.advance("1s");
    assert.deepEqual((await app.sessions.health()).store.circuit, "closed");
    assert.deepEqual(store.calls, ["read"]);
  });

  it("knows at once of an outage that requests have met since it last asked", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    assert.equal((await app.sessions.health()).status, "ok");
    store.fail("read", new Error("gone"));
    for (let i = 0; i < 5; i++) await app.act((session) => session);
    const { status, store: found } = await app.sessions.health();
    assert.deepEqual([status, found.circuit], ["unavailable", "open"]);
  });

  it("says half-open, and unavailable, while a request finds out", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    store.fail("read", new Error("gone"));
    for (let i = 0; i < 5; i++) await app.act((session) => session);
    store.fail("read", undefined);
    app.clock.advance("1s");
    const { reached, release } = store.hold("read");
    const probe = app.act((session) => session);
    await reached;
    const { status, store: found } = await app.sessions.health();
    assert.deepEqual(
      [status, found.circuit, found.inFlight, found.retryAfter],
      ["unavailable", "half-open", 1, 1],
    );
    release();
    assert.equal((await probe).status, 200);
  });

  it("is degraded while requests are refused, with no room to ask the store itself", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, overload: { inFlight: 1 }, storeTimeout: "10s" });
    await app.agent.signIn("anna");
    const { reached, release } = store.hold("read");
    const waiting = app.act((session) => session);
    await reached;
    const { status, store: found } = await app.sessions.health();
    assert.deepEqual([status, found.inFlight, found.latency], ["degraded", 1, undefined]);
    release();
    await waiting;
    app.clock.advance("1s");
    assert.equal((await app.sessions.health()).status, "ok");
  });

  it("is unavailable without keys, and fetches them", async (test) => {
    let fetch = (): Promise<string> => Promise.reject(new Error("sealed"));
    const app = await sessionApp(test, { secret: keysFrom(() => fetch()) });
    const health = await app.sessions.health();
    assert.deepEqual([health.status, health.keys], ["unavailable", { loaded: false }]);
    fetch = async () => "f3Vn0o_Qy8wLQ1sT6m2Zc9Xb4Jk7Rd5Hu0Ge1Ap3Nv";
    app.clock.advance("1s");
    assert.equal((await app.sessions.health()).status, "ok");
  });

  it("takes no longer than an operation may", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, storeTimeout: 20 });
    store.hold("read");
    const { status, store: found } = await app.sessions.health();
    assert.deepEqual([status, found.lastError?.operation], ["unavailable", "read"]);
  });
});
