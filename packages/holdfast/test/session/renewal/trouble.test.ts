import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor, openLibsql } from "../../store/databases.ts";
import { due, GRACE, given, MINUTE, read } from "../../support/renewals.ts";
import { browserWith, set } from "../../support/session-app.ts";
import { everyStore } from "../../support/stores.ts";
import { WatchedStore } from "../../support/watched-store.ts";

describe("a store that reads but cannot write (a full disk, a lock held by a backup)", () => {
  for (const sync of [true, false]) {
    it(`fails no reader whose renewal is due; store ${sync ? "at once" : "later"}`, async (test) => {
      const store = new WatchedStore({ sync });
      const { app } = await due(test, { store });
      store.fail("update", new Error("disk full"));
      assert.equal((await app.act(read)).status, 200);
      store.fail("update", undefined);
      assert.equal((await app.data()).userId, "anna");
    });

    it(`does not say 503 to a write that is stored; store ${sync ? "at once" : "later"}`, async (test) => {
      const store = new WatchedStore({ sync });
      const { app } = await due(test, { store });
      let writes = 0;
      const inner = store.update;
      store.update = (...args) => {
        writes += 1;
        if (writes === 2) throw new Error("disk full");
        return inner(...args);
      };
      const reply = await app.act(set({ order: 1 }));
      store.update = inner;
      assert.equal((await app.data()).order, 1);
      assert.equal(reply.status, 200, "the order is stored");
    });

    it(`an offer that timed out and succeeded late is the one that is given; store ${sync ? "at once" : "later"}`, async (test) => {
      const store = new WatchedStore({ sync });
      const { app } = await due(test, { store, storeTimeout: 50 });
      const held = store.hold("update");
      await app.act(read);
      held.release();
      await app.settle();
      await app.data();
      assert.equal((await app.data()).userId, "anna");
      assert.ok(!app.takeEvents().includes("session_replayed"));
    });
  }
});

it("a reader whose renewal is due is answered while another process holds the file's write lock", async (test) => {
  const path = databaseFor(test);
  const { app } = await due(test, { store: new SqliteStore(path), storeTimeout: 300 });
  const other = openLibsql(path);
  other.exec("BEGIN IMMEDIATE");
  const before = performance.now();
  const { status } = await app.act(read);
  const ms = Math.round(performance.now() - before);
  other.exec("ROLLBACK");
  other.close();
  assert.equal(status, 200, `${status} after ${ms} ms`);
});

it("a secret that is taken in a session that is gone, and cannot be read again, does not open it", async (test) => {
  const store = new WatchedStore();
  const { app } = await due(test, { store });
  await app.data();
  const held = store.hold("update");
  let ran: unknown;
  const running = app.act((session) => {
    ran = session.userId;
  });
  await held.reached;
  await app.sessions.revokeUser("anna");
  store.fail("read", new Error("down"));
  held.release();
  const reply = await running;
  assert.notEqual(ran, "anna", `the handler ran after revokeUser had resolved; status ${reply.status}`);
});

describe("renewal while the store and the clock misbehave", () => {
  for (const sync of [true, false]) {
    for (const when of ["offer", "promotion"] as const) {
      it(`a session revoked while an ${when} is held does not come back (${sync ? "at once" : "later"})`, async (test) => {
        const store = new WatchedStore({ sync });
        const { app, first } = await due(test, { store });
        if (when === "promotion") await app.data();
        const held = store.hold("update");
        const running = app.act(read);
        await held.reached;
        assert.equal(await app.sessions.revokeUser("anna"), 1);
        held.release();
        await running;
        await app.settle();
        assert.deepEqual(await app.data(), {});
        assert.deepEqual(await app.data(browserWith(app, first)), {});
        assert.deepEqual(await app.sessions.list("anna"), []);
      });
    }
  }

  it("a promotion that is given up and happens late locks nobody out and loses nothing", async (test) => {
    const store = new WatchedStore();
    const { app } = await due(test, { store, storeTimeout: 40 });
    await app.data();
    const held = store.hold("update");
    const reply = await app.act(set({ a: 1 }));
    held.release();
    await app.settle();
    await app.settle();
    assert.equal(reply.status, 200);
    assert.deepEqual(await app.data(), { userId: "anna", a: 1 });
    assert.deepEqual(
      app.takeEvents().filter((type) => type === "session_replayed"),
      [],
    );
  });

  it("a clock that goes back an hour between offer and promotion signs nobody out", async (test) => {
    const { app, first } = await due(test, {});
    await app.data();
    app.clock.set(app.clock.now() - 60 * MINUTE);
    assert.equal((await app.data()).userId, "anna");
    assert.equal((await app.data(browserWith(app, first))).userId, "anna");
    assert.deepEqual(
      app.takeEvents().filter((type) => type === "session_replayed"),
      [],
    );
  });
});

for (const [name, newStore] of everyStore) {
  it(`a thief in the grace gets no successor, whatever verb that keeps the id is called, on a ${name}`, async (test) => {
    const { app, first } = await due(test, { store: newStore(test) });
    await app.data();
    await app.data();
    await app.clock.advance(1000);
    for (const verb of [
      (s) => s.save(),
      (s) => s.update(set({ x: 1 })),
      (s) => s.reload(),
      (s) => s.pend("otp", 1, "1m"),
      (s) => s.takePending("otp"),
      (s) => s.touch(),
      set({ y: 1 }),
    ] as Parameters<typeof app.act>[0][]) {
      const reply = await app.act(verb, { by: browserWith(app, first) });
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(given(reply.setCookie), []);
    }
  });

  it(`signs an over session's replay off as expired, not as an alarm, on a ${name}`, async (test) => {
    const { app, first } = await due(test, { store: newStore(test) });
    await app.data();
    await app.data();
    await app.settle();
    await app.clock.advance(31 * MINUTE);
    app.takeEvents();
    await app.data(browserWith(app, first));
    assert.ok(!app.takeEvents().includes("session_replayed"));
  });

  it(`says "revoked" only of a session that is, on a ${name}`, async (test) => {
    const store = new WatchedStore({ inner: newStore(test) });
    const { app, first } = await due(test, { store });
    await app.data();
    await app.data();
    await app.clock.advance(GRACE);
    app.takeEvents();
    store.fail("delete", new Error("disk"));
    await app.act(read, { by: browserWith(app, first) });
    store.fail("delete", undefined);
    const alarms = app.events.filter((event) => event.type === "session_replayed");
    const alive = (await app.data()).userId === "anna";
    assert.ok(
      !alive || alarms.every((alarm) => alarm.type === "session_replayed" && alarm.action !== "revoked"),
    );
  });
}
