import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { Channel, tracingChannel } from "node:diagnostics_channel";
import { describe, it, type TestContext } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { sourceOf } from "../../src/telemetry/index.ts";
import { databaseFor, openLibsql } from "../store/databases.ts";
import {
  browserWith,
  cookieOf,
  meanwhile,
  NAME,
  type SessionApp,
  sessionApp,
  set,
} from "../support/session-app.ts";
import { traces } from "../support/traces.ts";
import { WatchedStore } from "../support/watched-store.ts";

const look = (session: object): object => session;

async function anna(
  test: TestContext,
  options: Parameters<typeof sessionApp>[1] = {},
): Promise<{ app: SessionApp; store: WatchedStore }> {
  const store = new WatchedStore({ sync: true });
  const app = await sessionApp(test, { store, ...options });
  await app.agent.signIn("anna");
  // The first look at a session may record activity after the reply.
  await app.act(look);
  await app.settle();
  return { app, store };
}

describe("the channel holdfast:store", () => {
  it("tells of each operation by its name, with a start and an end", async (test) => {
    const { app } = await anna(test);
    const seen = traces(test, "holdfast:store");
    await app.act(set({ a: 1 }));
    await app.act((session) => session.signIn("bert"));
    await app.sessions.list("bert");
    await app.sessions.countBySecret();
    await app.sessions.revokeAll();
    assert.deepEqual(
      seen.messages.map(({ operation }) => operation),
      ["read", "update", "read", "userGeneration", "delete", "create", "listUser", "countByKey", "deleteAll"],
    );
    assert.deepEqual(seen.events.slice(0, 4), ["start", "end", "start", "end"]);
    assert.deepEqual(new Set(seen.take()), new Set(["answered"]));
  });

  it("says at the end of an operation whether it goes on, and tells when a promise has settled", async (test) => {
    const store = new WatchedStore();
    const { app } = await anna(test, { store });
    const seen = traces(test, "holdfast:store");
    const read = store.hold("read");
    const reply = app.act(look);
    await read.reached;
    assert.deepEqual([seen.events, seen.messages[0]?.outcome], [["start", "end"], undefined]);
    read.release();
    await reply;
    assert.deepEqual(seen.events, ["start", "end", "asyncStart", "asyncEnd"]);
    assert.deepEqual(seen.take(), ["answered"]);
  });

  it("tells of a failure as an error, with what the request fails with", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const { app } = await anna(test, { store });
      const seen = traces(test, "holdfast:store");
      store.fail("read", new Error("disk trouble"));
      assert.equal((await app.act(look)).status, 503);
      assert.deepEqual(
        seen.events,
        sync ? ["start", "error", "end"] : ["start", "end", "error", "asyncStart", "asyncEnd"],
      );
      const error = seen.messages[0]?.error;
      assert.equal(Reflect.get(Object(error), "code"), "ERR_HOLDFAST_STORE_UNAVAILABLE");
      assert.deepEqual(seen.take(), ["failed"]);
    }
  });

  it("tells of a store that does not answer in time as of one that fails", async (test) => {
    const store = new WatchedStore();
    const { app } = await anna(test, { store, storeTimeout: 30 });
    const seen = traces(test, "holdfast:store");
    const read = store.hold("read");
    assert.equal((await app.act(look)).status, 503);
    assert.match(String(seen.messages[0]?.error), /did not answer within 30 ms/);
    assert.deepEqual(seen.take(), ["failed"]);
    read.release();
  });

  it("carries the context that a profiler binds to its start into the store", async (test) => {
    const context = new AsyncLocalStorage<string | undefined>();
    const channel = tracingChannel<string | undefined, { operation: string }>("holdfast:store");
    channel.start.bindStore(context, ({ operation }) => `span of ${operation}`);
    test.after(() => channel.start.unbindStore(context));
    const spans = new Set<string | undefined>();
    const store = new WatchedStore({
      pause: async () => {
        await Promise.resolve();
        spans.add(context.getStore());
      },
    });
    const { app } = await anna(test, { store });
    spans.clear();
    await app.act(set({ a: 1 }));
    assert.deepEqual([...spans], ["span of read", "span of update"]);
  });

  it("tells apart the sessions of several session()s in one process", async (test) => {
    const [one, two] = [await anna(test), await anna(test)];
    const seen = traces(test, "holdfast:store");
    await one.app.act(look);
    await two.app.act(look);
    assert.deepEqual(
      seen.messages.map(({ source }) => source),
      [sourceOf(one.app.sessions), sourceOf(two.app.sessions)],
    );
    assert.notEqual(sourceOf(one.app.sessions), sourceOf(two.app.sessions));
  });
});

describe("the channel holdfast:load", () => {
  it("tells of a hit, once for each request that looks at its session", async (test) => {
    const { app } = await anna(test);
    const seen = traces(test, "holdfast:load");
    await app.act((session) => [session, session.handle]);
    assert.deepEqual(seen.events, ["start", "end"]);
    assert.deepEqual(seen.take(), ["hit"]);
    await app.agent.get("/plain");
    assert.deepEqual(seen.take(), []);
  });

  it("tells of a miss where the session is not there any more, or is over", async (test) => {
    const { app } = await anna(test);
    const seen = traces(test, "holdfast:load");
    await app.sessions.revokeUser("anna");
    await app.act(look);
    assert.deepEqual(seen.take(), ["miss"]);
    await app.agent.signIn("anna");
    app.clock.advance("31m");
    await app.act(look);
    assert.deepEqual(seen.take(), ["miss"]);
    assert.deepEqual(app.takeEvents().slice(-1), ["session_expired"]);
  });

  it("tells nothing where no genuine id came: there is nothing to look for", async (test) => {
    const { app } = await anna(test);
    const seen = traces(test, "holdfast:load");
    await app.act(look, { by: app.agent.newBrowser() });
    await app.act(look, { by: browserWith(app, `${cookieOf(app.agent).slice(0, -2)}xx`) });
    assert.deepEqual(app.takeEvents().slice(-1), ["session_forged"]);
    assert.deepEqual(seen.take(), []);
  });

  it("tells of an id whose secret is not the session's any more", async (test) => {
    const { app } = await anna(test);
    const old = browserWith(app, cookieOf(app.agent));
    app.clock.advance("15m");
    for (let i = 0; i < 2; i++) await app.act(look);
    app.clock.advance("1m");
    const seen = traces(test, "holdfast:load");
    await app.act(look, { by: old });
    assert.deepEqual(seen.take(), ["replayed"]);
  });

  it("tells of records that are unreadable, and of several ids at once", async (test) => {
    const path = databaseFor(test);
    const { app } = await anna(test, { store: new SqliteStore(path) });
    const other = app.agent.newBrowser();
    await other.signIn("bert");
    const seen = traces(test, "holdfast:load");
    await app.act(look, {
      by: app.agent.newBrowser(),
      headers: { cookie: `${NAME}=${cookieOf(app.agent)}; ${NAME}=${cookieOf(other)}` },
    });
    assert.deepEqual(seen.take(), ["duplicate"]);
    const raw = openLibsql(path);
    raw.prepare("UPDATE holdfast_sessions SET header = x'00'").run();
    raw.close();
    await app.act(look);
    assert.deepEqual(seen.take(), ["unreadable"]);
  });

  it("tells of a store that fails, whether it answers at once or later", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const { app } = await anna(test, { store });
      const seen = traces(test, "holdfast:load");
      store.fail("read", new Error("disk trouble"));
      await app.act(look);
      assert.deepEqual(seen.take(), ["failed"]);
    }
  });
});

describe("the channel holdfast:commit", () => {
  it("tells nothing of a request that has changed nothing", async (test) => {
    const { app } = await anna(test);
    const seen = traces(test, "holdfast:commit");
    await app.act(look);
    await app.agent.get("/plain");
    assert.deepEqual(seen.events, []);
  });

  it("tells what became of a request's changes", async (test) => {
    for (const sync of [true, false]) {
      const app = await sessionApp(test, { store: new WatchedStore({ sync }) });
      const seen = traces(test, "holdfast:commit");
      await app.act(set({ a: 1 }));
      assert.deepEqual(seen.take(), ["created"]);
      await app.act(set({ a: 2 }));
      assert.deepEqual(seen.take(), ["saved"]);
      await app.act(set({ userId: "anna" }));
      assert.deepEqual(seen.take(), ["user_changed"]);
      await app.act(async (session) => {
        session.a = 3;
        await meanwhile(app, set({ b: 1 }));
      });
      assert.deepEqual(seen.take(), ["saved", "merged"]);
      await app.act(async (session) => {
        session.a = 4;
        await app.sessions.revokeUser("anna");
      });
      assert.deepEqual(seen.take(), ["dropped"]);
    }
  });

  it("tells of update(), and each time that another request was faster than it", async (test) => {
    const { app } = await anna(test);
    const seen = traces(test, "holdfast:commit");
    let others = 2;
    await app.act((session) =>
      session.update(async (it) => {
        it.count = Number(it.count ?? 0) + 1;
        if (others-- > 0) await meanwhile(app, set({ other: others }));
      }),
    );
    assert.deepEqual(seen.take(), ["saved", "overtaken", "saved", "overtaken", "saved"]);
  });

  it("tells of what could not be stored", async (test) => {
    const { app, store } = await anna(test);
    const plain = await sessionApp(test, { https: false });
    const seen = traces(test, "holdfast:commit");
    await plain.act(set({ a: 1 }));
    assert.deepEqual(seen.take(), ["dropped"]);
    store.fail("update", new Error("disk full"));
    assert.equal((await app.act(set({ a: 1 }))).status, 503);
    assert.deepEqual(seen.take(), ["failed"]);
  });
});

describe("tracing", () => {
  it("tells names and outcomes, and nothing of what was read or written", async (test) => {
    const channels = ["store", "load", "commit"].map((name) => traces(test, `holdfast:${name}`));
    for (const sync of [true, false]) {
      const { app } = await anna(test, { store: new WatchedStore({ sync }) });
      await app.act(set({ cart: 1 }));
      await app.sessions.list("anna");
    }
    for (const { messages } of channels) {
      assert.ok(messages.length > 0);
      for (const { source, outcome, operation, error, ...more } of messages) {
        assert.deepEqual([typeof source, typeof outcome, error, more], ["symbol", "string", undefined, {}]);
        assert.ok(operation === undefined || /^[a-zA-Z]+$/.test(operation));
      }
    }
  });

  it("makes no message and publishes nothing while nobody listens", async (test) => {
    const published: unknown[] = [];
    for (const method of ["publish", "runStores"] as const) {
      const original = Channel.prototype[method];
      test.mock.method(Channel.prototype, method, function (this: Channel, ...args: unknown[]): unknown {
        if (String(this.name).includes("holdfast")) published.push(this.name);
        return Reflect.apply(original as () => unknown, this, args);
      });
    }
    for (const sync of [true, false]) {
      const { app } = await anna(test, { store: new WatchedStore({ sync }) });
      await app.act(set({ a: 1 }));
      await app.act((session) => session.update(set({ a: 2 })));
      await app.act((session) => session.signOut());
    }
    assert.deepEqual(published, []);
  });

  it("does not fail a request for a subscriber that throws: Node reports it as an uncaught exception", async (test) => {
    const uncaught: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error));
    test.after(() => process.setUncaughtExceptionCaptureCallback(null));
    const { app } = await anna(test);
    const trouble = (): never => {
      throw new Error("a subscriber's own");
    };
    const subscribers = {
      start: trouble,
      end: trouble,
      asyncStart: trouble,
      asyncEnd: trouble,
      error: trouble,
    };
    for (const name of ["holdfast:store", "holdfast:load", "holdfast:commit"]) {
      tracingChannel(name).subscribe(subscribers);
      test.after(() => tracingChannel(name).unsubscribe(subscribers));
    }
    const reply = await app.act(set({ a: 1 }));
    assert.deepEqual([reply.status, await app.data()], [200, { userId: "anna", a: 1 }]);
    assert.ok(uncaught.length > 0);
    assert.deepEqual(new Set(uncaught.map(String)), new Set(["Error: a subscriber's own"]));
  });
});
