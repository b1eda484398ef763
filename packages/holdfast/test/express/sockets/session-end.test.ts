import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { session } from "../../../src/index.ts";
import { storedKeys } from "../../../src/keys/index.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { codeOf, strongSecret } from "../../support/session-app.ts";
import { type Attempt, type SocketApp, type SocketAppOptions, socketApp } from "../../support/socket-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

interface Opened {
  readonly app: SocketApp;
  readonly cookie: string;
  readonly attempt: Attempt;
}

async function opened(test: TestContext, options: SocketAppOptions = {}): Promise<Opened> {
  const app = await socketApp(test, options);
  const cookie = await app.signIn();
  const attempt = await app.open({ cookie });
  assert.equal(attempt.status, 101);
  app.takeEvents();
  return { app, cookie, attempt };
}

/** Options of two processes on one SQLite file. */
async function sharedFile(test: TestContext): Promise<() => SocketAppOptions> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-sockets-"));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const secret = strongSecret();
  return () => ({ secret, store: new SqliteStore(join(folder, "sessions.db")) });
}

const handleOf = (cookie: string): string => cookie.split(".")[1] ?? "";

const isOpen = ({ socket }: Attempt): boolean => socket.readyState === socket.OPEN;

describe("A WebSocket is closed at once when, in its own process, its session", () => {
  for (const sync of [true, false]) {
    const how = `(the store answers ${sync ? "at once" : "later"})`;

    it(`is signed out ${how}`, async (test) => {
      const { app, cookie, attempt } = await opened(test, { store: new WatchedStore({ sync }) });
      await app.request(cookie, (session) => session?.signOut());
      assert.deepEqual(await attempt.closed, [4401, "session ended"]);
      assert.deepEqual(app.takeEvents(), ["session_logout", "session_sockets_closed"]);
      assert.equal(app.watched, 0);
    });

    it(`is revoked, by its handle, its user, or with everybody's ${how}`, async (test) => {
      const { app, cookie, attempt } = await opened(test, { store: new WatchedStore({ sync }) });
      const bert = await app.open({ cookie: await app.signIn("bert") });
      const carl = await app.open({ cookie: await app.signIn("carl") });
      await app.sessions.revoke(handleOf(cookie));
      assert.deepEqual(await attempt.closed, [4401, "session ended"]);
      await app.sessions.revokeUser("bert");
      await bert.closed;
      assert.equal(isOpen(carl), true);
      await app.sessions.revokeAll();
      await carl.closed;
    });

    it(`makes room for another one of its user's ${how}`, async (test) => {
      const { app, attempt } = await opened(test, { store: new WatchedStore({ sync }), maxSessions: 1 });
      await app.signIn("anna");
      await attempt.closed;
    });
  }

  it("gets another user, be it by a mere assignment", async (test) => {
    const { app, cookie, attempt } = await opened(test);
    await app.request(cookie, (session) => Object.assign(session ?? {}, { userId: "bert" }));
    assert.deepEqual(await attempt.closed, [4401, "session ended"]);
  });

  it("gets a new id", async (test) => {
    const { app, cookie, attempt } = await opened(test);
    await app.request(cookie, (session) => session?.elevate({ level: 2 }));
    await attempt.closed;
  });

  it("depends on a key that is revoked", async (test) => {
    const { store } = (await sharedFile(test))();
    const { app, attempt } = await opened(test, { store, secret: storedKeys({ secret: strongSecret() }) });
    const [key] = await app.sessions.keys.list();
    await app.sessions.keys.revoke(key?.id ?? "");
    await attempt.closed;
  });

  it("is ended over the socket itself, with all others of it", async (test) => {
    const { app, cookie, attempt } = await opened(test);
    const other = await app.open({ cookie });
    assert.equal(app.watched, 1);
    await app.admitted[0]?.session.signOut();
    await Promise.all([attempt.closed, other.closed]);
    assert.deepEqual(
      app.events
        .map((event) => [event.type, Reflect.get(event, "reason"), Reflect.get(event, "sockets")])
        .at(-1),
      ["session_sockets_closed", "ended", 2],
    );
  });

  it("ended between the handshake's read and its answer", async (test) => {
    const store = new WatchedStore({ sync: false });
    const app = await socketApp(test, { store });
    const cookie = await app.signIn();
    const reading = store.hold("read");
    const attempt = app.open({ cookie });
    await reading.reached;
    // The read has its answer from before the revocation, and brings it after.
    const record = await store.inner.read(handleOf(cookie), app.clock.now());
    const readOnce = (): typeof record => {
      Reflect.deleteProperty(store.inner, "read");
      return record;
    };
    Object.defineProperty(store.inner, "read", { value: readOnce, configurable: true });
    await app.sessions.revoke(handleOf(cookie));
    reading.release();
    await (await attempt).closed;
  });
});

describe("A WebSocket is closed when its session reaches", () => {
  it("its idle limit, which messages do not move and touch() does", async (test) => {
    const { app, attempt } = await opened(test, { idle: "30m" });
    for (let minute = 0; minute < 29; minute++) {
      attempt.socket.send("still here");
      app.clock.advance("1m");
      await app.tick();
    }
    assert.equal(isOpen(attempt), true);
    app.admitted[0]?.touch();
    await new Promise(setImmediate);
    app.clock.advance("29m");
    await app.tick();
    assert.equal(isOpen(attempt), true);
    app.clock.advance("1m");
    await app.tick();
    assert.deepEqual(await attempt.closed, [4401, "session expired"]);
  });

  it("its idle limit, which requests move, those to another process included", async (test) => {
    const options = await sharedFile(test);
    const { app, cookie, attempt } = await opened(test, options());
    const elsewhere = await socketApp(test, { ...options(), clock: app.clock });
    for (const by of [app, elsewhere]) {
      app.clock.advance("20m");
      await app.tick();
      await by.request(cookie);
      await new Promise(setImmediate);
      await app.tick();
    }
    app.clock.advance("20m");
    await app.tick();
    assert.equal(isOpen(attempt), true);
  });

  it("its absolute limit, whatever touches it", async (test) => {
    const { app, attempt } = await opened(test, { idle: "30m", absolute: "1h" });
    for (let minute = 0; minute < 60; minute += 10) {
      app.admitted[0]?.touch();
      await new Promise(setImmediate);
      app.clock.advance("10m");
      await app.tick();
    }
    assert.deepEqual(await attempt.closed, [4401, "session expired"]);
  });

  it("its idle limit, and locks", async (test) => {
    const { app, attempt } = await opened(test, { idle: "30m", onIdle: "lock" });
    app.clock.advance("30m");
    await app.tick();
    assert.deepEqual(await attempt.closed, [4401, "session locked"]);
    assert.equal(Reflect.get(app.admitted[0]?.ended.reason, "code"), "ERR_HOLDFAST_SESSION_LOCKED");
  });
});

describe("A WebSocket whose session another process ends", () => {
  it("is closed within the interval", async (test) => {
    const options = await sharedFile(test);
    const { app, cookie, attempt } = await opened(test, options());
    const elsewhere = await socketApp(test, options());
    const others = await app.open({ cookie: await app.signIn("bert") });
    await app.pass(7);
    await elsewhere.sessions.revoke(handleOf(cookie));
    await app.pass(10);
    assert.deepEqual(await attempt.closed, [4401, "session ended"]);
    assert.equal(isOpen(others), true);
  });

  it("is closed within another interval, if the app says so", async (test) => {
    const options = await sharedFile(test);
    const { app, cookie, attempt } = await opened(test, { ...options(), sockets: { interval: "2s" } });
    const elsewhere = await socketApp(test, options());
    await elsewhere.sessions.revokeUser("anna");
    await app.pass(2);
    assert.deepEqual(await attempt.closed, [4401, "session ended"]);
    assert.equal((await app.open({ cookie })).status, 401);
  });
});

describe("The times of sockets", () => {
  for (const [title, sockets, code] of [
    ["an interval that no timer keeps", { interval: "200ms" }, "ERR_HOLDFAST_OPTION"],
    ["a grace that is over before the next look", { interval: "1m", grace: "10s" }, "ERR_HOLDFAST_OPTION"],
    ["a misspelt one", { intervall: "1m" } as object, "ERR_HOLDFAST_OPTION_UNKNOWN"],
    ["no duration", { interval: 0 }, "ERR_HOLDFAST_DURATION"],
  ] as const) {
    it(`refuse ${title}, at start`, () => {
      assert.throws(() => session({ sockets }), { code });
    });
  }
});

describe("While the store is out", () => {
  it("sockets stay open for the time of grace, and are closed then", async (test) => {
    const store = new WatchedStore({ sync: true });
    const { app, attempt } = await opened(test, { store });
    store.fail("read", new Error("out"));
    await app.pass(59);
    assert.equal(isOpen(attempt), true);
    await app.pass(1);
    assert.deepEqual(await attempt.closed, [1013, "session unknown"]);
    assert.equal(Reflect.get(app.admitted[0]?.ended.reason, "code"), "ERR_HOLDFAST_STORE_UNAVAILABLE");
  });

  it("no longer than that, sockets of a session that is over by the clock are closed in time", async (test) => {
    const store = new WatchedStore({ sync: true });
    const { app, attempt } = await opened(test, { store, idle: "30s", renew: false });
    store.fail("read", new Error("out"));
    await app.pass(30);
    assert.deepEqual(await attempt.closed, [4401, "session expired"]);
  });

  it("and back in time, they stay open", async (test) => {
    const store = new WatchedStore({ sync: true });
    const { app, attempt } = await opened(test, { store });
    for (let round = 0; round < 3; round++) {
      store.fail("read", new Error("out"));
      await app.pass(45);
      store.fail("read", undefined);
      await app.pass(10);
    }
    assert.equal(isOpen(attempt), true);
  });

  it("a touch fails silently, with an event", async (test) => {
    const store = new WatchedStore({ sync: false });
    const { app } = await opened(test, { store });
    store.fail("read", new Error("out"));
    app.clock.advance("5m");
    app.admitted[0]?.touch();
    app.admitted[0]?.touch();
    await new Promise(setImmediate);
    assert.deepEqual(app.takeEvents(), ["store_error"]);
  });
});

describe("A connection whose session ends", () => {
  it("is cut where the app has not said how to close it", async (test) => {
    const { app, attempt } = await opened(test, { closes: false });
    await app.sessions.revokeUser("anna");
    assert.equal((await attempt.closed)[0], 1006);
  });

  it("hears no more from a client that does not answer the close, and is cut soon", async (test) => {
    const { app, attempt } = await opened(test);
    // A client of its own making: it never answers, and goes on talking.
    attempt.socket.pause();
    await app.sessions.revokeUser("anna");
    for (let i = 0; i < 20; i++) {
      attempt.socket.send("more");
      await new Promise(setImmediate);
    }
    await new Promise((resolve) => app.connections.at(-1)?.once("close", resolve));
    assert.deepEqual(app.messages, []);
  });

  it("tells whoever asks by a signal, once", async (test) => {
    const { app } = await opened(test);
    const [socket] = app.admitted;
    let told = 0;
    socket?.ended.addEventListener("abort", () => told++);
    await app.sessions.revokeUser("anna");
    await app.sessions.revokeAll();
    assert.equal(told, 1);
    assert.equal(await codeOf(Promise.reject(socket?.ended.reason)), "ERR_HOLDFAST_SESSION_ENDED");
    let closed = 0;
    socket?.closeWith({ close: () => closed++ });
    assert.equal(closed, 1, "what comes too late is closed at once");
  });

  it("is forgotten when it closes by itself", async (test) => {
    const { app, attempt } = await opened(test);
    assert.equal(app.watched, 1);
    attempt.socket.close();
    await attempt.closed;
    while (app.watched > 0) await new Promise(setImmediate);
  });

  it("is closed with the middleware: nobody would watch it any more", async (test) => {
    const { app, attempt } = await opened(test);
    await app.sessions.close();
    assert.deepEqual(await attempt.closed, [1001, "server closes"]);
  });
});
