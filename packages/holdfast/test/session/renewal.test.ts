import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { type SessionOptions, session } from "../../src/index.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { GRACE, given, MINUTE, RENEW, read, secretIn } from "../support/renewals.ts";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  handleIn,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

for (const [name, newStore] of everyStore) {
  const app = (test: TestContext, options: AppOptions = {}): Promise<SessionApp> =>
    sessionApp(test, { store: newStore(test), ...options });

  /** A signed-in browser whose secret is due to be renewed. */
  async function due(
    test: TestContext,
    options: SessionOptions = {},
  ): Promise<{ app: SessionApp; first: string; old: () => TestAgent }> {
    const it = await app(test, options);
    await it.agent.signIn("anna", { data: { cart: [1] } });
    const first = cookieOf(it.agent);
    await it.clock.advance(RENEW - MINUTE);
    await it.data();
    await it.settle();
    await it.clock.advance(MINUTE);
    it.takeEvents();
    return { app: it, first, old: () => browserWith(it, first) };
  }

  /** As {@link due}; the browser has been offered the next secret and has presented it. */
  async function renewed(
    test: TestContext,
    options: SessionOptions = {},
  ): Promise<{ app: SessionApp; first: string; second: string; old: () => TestAgent }> {
    const { app, first, old } = await due(test, options);
    await app.data();
    const second = cookieOf(app.agent);
    await app.data();
    assert.notEqual(second, first);
    app.takeEvents();
    return { app, first, second, old };
  }

  describe(`renewing a session's secret on a ${name}`, () => {
    it("gives the browser another secret after 15 minutes, for the same session", async (test) => {
      const { app, first } = await due(test);
      const reply = await app.act(read);
      assert.deepEqual(reply.json(), { cart: [1], userId: "anna" });
      assert.match(String(reply.headers["cache-control"]), /no-store/);
      const second = cookieOf(app.agent);
      assert.equal(handleIn(second), handleIn(first));
      assert.notEqual(secretIn(second), secretIn(first));
      assert.deepEqual(app.takeEvents(), [], "offered, not taken");
      assert.deepEqual(await app.data(), { cart: [1], userId: "anna" });
      assert.deepEqual(app.takeEvents(), ["session_renewed"]);
      assert.deepEqual(given((await app.act(read)).setCookie), [], "once");
    });

    it("does so again and again, without moving the absolute limit", async (test) => {
      const it = await app(test, { absolute: "2h" });
      await it.agent.signIn("anna");
      const secrets = new Set<string | undefined>();
      for (let i = 0; i < 7; i++) {
        secrets.add(secretIn(cookieOf(it.agent)));
        await it.clock.advance(RENEW);
        assert.equal((await it.data()).userId, "anna");
        assert.equal((await it.data()).userId, "anna");
      }
      assert.equal(secrets.size, 7);
      await it.clock.advance(RENEW);
      assert.deepEqual(await it.data(), {});
    });

    it("does so for a request that writes, and keeps what it wrote", async (test) => {
      const { app } = await due(test);
      const reply = await app.act(set({ colour: "red" }));
      assert.equal(given(reply.setCookie).length, 1);
      assert.deepEqual(await app.data(), { cart: [1], userId: "anna", colour: "red" });
    });

    it("not earlier, and not with `renew: false`", async (test) => {
      const early = await app(test);
      await early.agent.signIn("anna");
      await early.clock.advance(RENEW - 1);
      assert.deepEqual(given((await early.act(read)).setCookie), []);
      const never = await app(test, { renew: false });
      await never.agent.signIn("anna");
      for (let i = 0; i < 8; i++) {
        await never.clock.advance(RENEW);
        assert.deepEqual(given((await never.act(read)).setCookie), []);
        await never.settle();
      }
    });

    it("not for requests that are no activity: renewal is for sessions in use", async (test) => {
      const isActivity = ({ headers }: IncomingMessage): boolean => headers["x-poll"] === undefined;
      const { app, first } = await due(test, { isActivity, cookie: { maxAge: "30m" } });
      const poll = { headers: { "x-poll": "1" } };
      assert.deepEqual(given((await app.act(read, poll)).setCookie), []);
      assert.deepEqual(
        given((await app.act(set({ a: 1 }), poll)).setCookie),
        [],
        "nor the one that is about to go",
      );
      assert.equal(cookieOf(app.agent), first);
      assert.equal(given((await app.act(read)).setCookie).length, 1);
      assert.equal(
        given((await app.act(read, { ...poll, by: browserWith(app, first) })).setCookie).length,
        1,
      );
    });

    it("offers all that come before the new secret is presented the same one", async (test) => {
      const { app, old } = await due(test);
      const replies = await Promise.all(Array.from({ length: 50 }, () => app.act(read, { by: old() })));
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
      const offered = replies.flatMap(({ setCookie }) => given(setCookie));
      assert.equal(offered.length, 50);
      assert.equal(new Set(offered).size, 1);
    });

    it("keeps 50 writers going over the moment of renewal, and loses none of their writes", async (test) => {
      const { app, first } = await due(test);
      const browser = browserWith(app, first);
      const writes = Array.from({ length: 50 }, (_, i) => app.act(set({ [`k${i}`]: i }), { by: browser }));
      const more = writes.map((write, i) =>
        write.then(() => app.act(set({ [`l${i}`]: i }), { by: browser })),
      );
      for (const { status } of await Promise.all([...writes, ...more])) assert.equal(status, 200);
      const data = await app.data(browser);
      assert.equal(Object.keys(data).filter((key) => /^[kl]\d/.test(key)).length, 100);
      assert.ok(!app.takeEvents().includes("session_replayed"));
    });

    it("locks nobody out whose reply was lost: the old secret stays good until the new one comes", async (test) => {
      const { app, old } = await due(test);
      for (let i = 0; i < 10; i++) {
        const browser = old();
        assert.equal((await app.data(browser)).userId, "anna");
        await app.clock.advance(10 * MINUTE);
      }
      const last = old();
      await app.data(last);
      assert.equal((await app.data(last)).userId, "anna");
    });

    it("accepts the old secret for half a minute after the new one came, and offers it nothing", async (test) => {
      const { app, old } = await renewed(test);
      await app.clock.advance(GRACE - 1);
      const reply = await app.act(set({ late: true }), { by: old() });
      assert.equal(reply.status, 200);
      assert.deepEqual(given(reply.setCookie), []);
      assert.equal((await app.data()).late, true);
      assert.deepEqual(app.takeEvents(), []);
    });

    it("ends the session, with an alarm, when the old secret comes later still", async (test) => {
      const { app, old } = await renewed(test);
      await app.clock.advance(GRACE);
      assert.deepEqual(await app.data(old()), {});
      const [alarm] = app.events.splice(0);
      assert.equal(alarm?.type, "session_replayed");
      assert.equal(alarm?.user, "anna");
      assert.equal(alarm?.type === "session_replayed" && alarm.action, "revoked");
      assert.deepEqual(await app.data(), {}, "for both of them");
      assert.deepEqual(await app.sessions.list("anna"), []);
    });

    it('only refuses it with an alarm under `onReplay: "alert"`', async (test) => {
      const { app, old } = await renewed(test, { onReplay: "alert" });
      await app.clock.advance(GRACE);
      assert.deepEqual(await app.data(old()), {});
      assert.deepEqual(app.takeEvents(), ["session_replayed"]);
      assert.equal((await app.data()).userId, "anna");
    });

    it("takes a secret that was replaced twice for replayed, grace or not", async (test) => {
      const { app, old } = await renewed(test, { onReplay: "alert" });
      await app.clock.advance(RENEW);
      await app.data();
      await app.data();
      assert.deepEqual(await app.data(old()), {});
      assert.ok(app.takeEvents().includes("session_replayed"));
    });

    it("hears a replay on a page that never looks at the session, too", async (test) => {
      const { app, old } = await renewed(test);
      // As often as activity is recorded: a tenth of the idle limit.
      await app.clock.advance(3 * MINUTE);
      await old().get("/plain");
      await app.settle();
      assert.ok(app.takeEvents().includes("session_replayed"));
      assert.deepEqual(await app.data(), {});
    });

    it("refuses the old secret after the grace, also where it was accepted within", async (test) => {
      const { app, old } = await renewed(test);
      assert.equal((await app.data(old())).userId, "anna");
      await app.clock.advance(GRACE);
      assert.deepEqual(await app.data(old()), {});
    });

    it("takes the new secret from many requests at once", async (test) => {
      const { app } = await due(test);
      await app.data();
      const offered = cookieOf(app.agent);
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          app.act(set({ [`k${i}`]: i }), { by: browserWith(app, offered) }),
        ),
      );
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
      assert.equal(Object.keys(await app.data()).filter((key) => /^k\d/.test(key)).length, 20);
      assert.equal(app.takeEvents().filter((type) => type === "session_renewed").length, 1);
    });

    it("offers it to a reader although somebody has written meanwhile", async (test) => {
      const { app, old } = await due(test);
      const other = old();
      const reply = await app.act(async () => void (await app.act(set({ a: 1 }), { by: other })), {
        by: old(),
      });
      assert.deepEqual(given(reply.setCookie), [cookieOf(other)]);
    });

    it("offers nothing to a reader whose secret has been replaced while it read", async (test) => {
      const { app, old } = await due(test);
      const reply = await app.act(
        async () => {
          const other = old();
          await app.data(other);
          await app.data(other);
        },
        { by: old() },
      );
      assert.equal(reply.status, 200);
      assert.deepEqual(given(reply.setCookie), []);
    });

    it("does not re-sign a secret that has been replaced when the server's key is", async (test) => {
      const store = newStore(test);
      const [older, newer] = [strongSecret(), strongSecret()];
      const { app, first, second } = await renewed(test, { store, secret: [older, newer] });
      const two = await sessionApp(test, { store, secret: [newer, older], clock: app.clock });
      assert.deepEqual(
        given((await two.act(set({ late: 1 }), { by: browserWith(two, first) })).setCookie),
        [],
      );
      const reply = await two.act(read, { by: browserWith(two, second) });
      assert.equal(given(reply.setCookie).length, 1, "but the one in use");
      assert.equal((reply.json() as { late?: number }).late, 1);
    });

    it("counts a session under the key that its new secret is signed with", async (test) => {
      const store = newStore(test);
      const [older, newer] = [strongSecret(), strongSecret()];
      const { app, first } = await due(test, { store, secret: [older, newer] });
      await app.data();
      const two = await sessionApp(test, { store, secret: [newer, older], clock: app.clock });
      await two.data(browserWith(two, first));
      const counts = async (): Promise<number[]> =>
        (await two.sessions.keys.usage()).map(({ liveSessions }) => liveSessions);
      assert.deepEqual(await counts(), [1, 0]);
      await browserWith(app, cookieOf(app.agent)).get("/plain");
      await app.settle();
      assert.deepEqual(await counts(), [0, 1]);
      const without = await sessionApp(test, { store, secret: older, clock: app.clock });
      assert.equal((await without.sessions.list("anna")).length, 1, "it depends on that one alone");
    });

    it("lets a request finish that began with the old secret, however long it takes", async (test) => {
      const { app, first, second } = await renewed(test);
      await app.clock.advance(RENEW);
      const slow = browserWith(app, second);
      const reply = await app.act(
        async (session) => {
          session.slow = 1;
          const fast = browserWith(app, second);
          await app.data(fast);
          await app.act(set({ fast: 1 }), { by: fast });
          await app.clock.advance(GRACE + MINUTE);
        },
        { by: slow },
      );
      assert.equal(reply.status, 200);
      assert.deepEqual(given(reply.setCookie), []);
      assert.ok(!app.takeEvents().includes("session_replayed"));
      assert.notEqual(secretIn(first), secretIn(second));
      const [summary] = await app.sessions.list("anna");
      assert.ok(summary);
    });

    it("raises no alarm for a request that began with a secret since replaced twice: it is superseded", async (test) => {
      const { app, first } = await due(test);
      const fast = browserWith(app, first);
      const reply = await app.act(
        async (session) => {
          session.slow = 1;
          for (let i = 0; i < 2; i++) {
            await app.data(fast);
            await app.act(set({ fast: i }), { by: fast });
            await app.clock.advance(RENEW);
          }
        },
        { by: browserWith(app, first) },
      );
      assert.equal(reply.status, 200);
      const events = app.takeEvents();
      assert.ok(!events.includes("session_replayed"), events.join());
      assert.ok(events.includes("session_write_dropped"));
      assert.deepEqual(await app.data(fast), { cart: [1], userId: "anna", fast: 1 });
    });

    it("a secret that a sign-in superseded is plain anonymous, and ends nothing", async (test) => {
      const it = await app(test);
      await it.act(set({ cart: [1] }));
      const planted = cookieOf(it.agent);
      await it.act((session) => session.signIn("anna"));
      it.takeEvents();
      assert.deepEqual(await it.data(browserWith(it, planted)), {});
      assert.ok(!it.takeEvents().includes("session_replayed"));
      assert.equal((await it.data()).userId, "anna");
    });

    it("every new session begins with a secret of its own time", async (test) => {
      const { app } = await due(test);
      await app.act((session) => session.elevate({ level: 2 }));
      const elevated = cookieOf(app.agent);
      assert.deepEqual(given((await app.act(read)).setCookie), []);
      assert.equal(cookieOf(app.agent), elevated);
    });

    it("ends with the session: an offered secret opens nothing after a sign-out", async (test) => {
      const { app, old } = await due(test);
      await app.data();
      const offered = cookieOf(app.agent);
      await app.act((session) => session.signOut(), { by: old() });
      assert.deepEqual(await app.data(browserWith(app, offered)), {});
      assert.deepEqual(await app.data(old()), {});
    });

    it("is the same from two processes on one store, also while the server's key is being replaced", async (test) => {
      const store = newStore(test);
      const [older, newer] = [strongSecret(), strongSecret()];
      const one = await sessionApp(test, { store, secret: [older, newer] });
      await one.agent.signIn("anna");
      const first = cookieOf(one.agent);
      const two = await sessionApp(test, { store, secret: [newer, older], clock: one.clock });
      await one.clock.advance(RENEW);
      const [a, b] = [browserWith(one, first), browserWith(two, first)];
      await one.data(a);
      await two.data(b);
      assert.equal(secretIn(cookieOf(a)), secretIn(cookieOf(b)));
      assert.equal((await two.data(browserWith(two, cookieOf(a)))).userId, "anna");
      assert.equal((await one.data(browserWith(one, cookieOf(b)))).userId, "anna");
    });
  });
}

describe("renewing a session's secret", () => {
  async function offered(test: TestContext, store: WatchedStore): Promise<SessionApp> {
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    await app.clock.advance(RENEW);
    await app.data();
    await app.settle();
    store.calls.length = 0;
    app.takeEvents();
    return app;
  }

  it("costs one write when it is offered and one when it is taken", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    await app.clock.advance(RENEW);
    store.calls.length = 0;
    await app.act(async (session) => {
      await session.save();
      session.a = 1;
    });
    assert.deepEqual(store.calls, ["read", "update", "update"], "offered, written");
    await app.settle();
    store.calls.length = 0;
    await app.data();
    assert.deepEqual(store.calls, ["read", "update"], "taken");
  });

  for (const sync of [true, false]) {
    it(`fails no request when a${sync ? " synchronous" : "n asynchronous"} store cannot take it down, and is made up for`, async (test) => {
      const store = new WatchedStore({ sync });
      const app = await offered(test, store);
      store.fail("update", new Error("disk"));
      for (let i = 0; i < 2; i++) assert.equal((await app.data()).userId, "anna");
      assert.deepEqual(app.takeEvents(), ["store_error", "store_error"]);
      store.fail("update", undefined);
      assert.equal((await app.data()).userId, "anna");
      assert.deepEqual(app.takeEvents(), ["session_renewed"]);
    });
  }

  it("does not keep a reader waiting whose store answers at once but for this write", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await offered(test, store);
    const update = store.hold("update");
    assert.equal((await app.data()).userId, "anna");
    update.release();
    await app.settle();
    assert.deepEqual(app.takeEvents(), ["session_renewed"]);
  });

  it("lets a request go on whose new secret another has presented at the same moment", async (test) => {
    const store = new WatchedStore();
    const app = await offered(test, store);
    const update = store.hold("update");
    const first = app.data();
    await update.reached;
    assert.equal((await app.data()).userId, "anna");
    update.release();
    assert.equal((await first).userId, "anna");
    assert.deepEqual(app.takeEvents(), ["session_renewed"]);
  });

  it("must be at least a minute, and at most the idle limit, apart", () => {
    for (const renew of ["59s", "31m"] as const) {
      assert.throws(() => session({ secret: strongSecret(), renew }), { code: "ERR_HOLDFAST_LIMITS" }, renew);
    }
    for (const [options, every] of [
      [{}, 15 * MINUTE],
      [{ idle: "10m" }, 5 * MINUTE],
      [{ idle: "30s" }, MINUTE],
      [{ renew: "30m" }, 30 * MINUTE],
    ] as const) {
      const { renewal } = session({ secret: strongSecret(), ...options }).policy();
      assert.deepEqual([renewal?.every.ms, renewal?.grace.ms, renewal?.onReplay], [every, GRACE, "revoke"]);
    }
    assert.equal(session({ secret: strongSecret(), renew: false }).policy().renewal, null);
    assert.throws(() => session({ secret: strongSecret(), renew: "soon" as "1m" }), {
      code: "ERR_HOLDFAST_DURATION",
    });
    const onReplay = "ignore" as "alert";
    assert.throws(() => session({ secret: strongSecret(), onReplay }), { code: "ERR_HOLDFAST_OPTION" });
  });
});
