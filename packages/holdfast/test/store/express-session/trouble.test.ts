import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ForeignSession, ForeignStore } from "../../../src/store/express-session.ts";
import { ExpressSessionStore } from "../../../src/store/express-session.ts";
import { assertRecord, newHandle, record } from "../../../src/testing/conformance/trial.ts";
import { ScriptedStore } from "./scripted-store.ts";

const NOW = Date.UTC(2026, 0, 1);
const UNAVAILABLE = { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" };

type Get = ForeignStore["get"];

/** A store that answers every `get` in its own way. */
function withGet(get: Get): ExpressSessionStore {
  return new ExpressSessionStore({ get, set: (_n, _s, done) => done(), destroy: (_n, done) => done() });
}

describe("a store for express-session that fails", () => {
  const failures: Readonly<Record<string, Get>> = {
    "throws at once": () => {
      throw new Error("no connection to redis://user:secret@host");
    },
    "rejects a promise": () => Promise.reject(new Error("no connection")),
    "rejects a promise with nothing": () => Promise.reject(),
    "gives an error": (_name, done) => done(new Error("no connection")),
    "gives an error that is none": (_name, done) => done("no connection"),
    "gives an error and a session": (_name, done) =>
      done(new Error("half"), { cookie: { originalMaxAge: 1 } }),
    "gives an error, then a session": (_name, done) => {
      done(new Error("first"));
      done(null, null);
    },
  };
  for (const [name, get] of Object.entries(failures)) {
    it(`makes operations fail with a code if it ${name}, and does not change them into "not there"`, async () => {
      const store = withGet(get);
      await assert.rejects(async () => store.read(newHandle(), NOW), UNAVAILABLE);
      await assert.rejects(async () => store.delete(newHandle(), NOW), UNAVAILABLE);
      await assert.rejects(
        async () => store.open(),
        (error: Error) => !error.message.includes("secret"),
      );
    });
  }

  it("passes on its error's words and code, and not the command or the client that a driver adds", async () => {
    const error = Object.assign(new Error("Connection is closed."), {
      code: "ECONNRESET",
      command: { name: "auth", args: ["password"] },
    });
    const store = withGet((_name, done) => done(error));
    await assert.rejects(
      async () => store.read(newHandle(), NOW),
      ({ cause }: Error) => {
        assert.ok(cause instanceof Error);
        assert.equal(cause.message, "Connection is closed.");
        assert.deepEqual({ ...cause }, { code: "ECONNRESET" });
        return true;
      },
    );
  });

  it("is taken at its first word if it answers twice", async () => {
    const store = withGet((_name, done) => {
      done(null, null);
      done(new Error("second"));
      done(null, { cookie: { originalMaxAge: 1 } });
    });
    assert.equal(await store.read(newHandle(), NOW), null);
  });

  it("is not taken to have answered when only its promise is fulfilled", async () => {
    const store = withGet(async (_name, done) => {
      setImmediate(() => done(new Error("late")));
    });
    await assert.rejects(async () => store.read(newHandle(), NOW), UNAVAILABLE);
  });

  it("has nothing where it answers undefined, or that a file does not exist", async () => {
    const nothing: readonly Get[] = [
      (_name, done) => done(undefined),
      (_name, done) => done(Object.assign(new Error("no such file"), { code: "ENOENT" })),
    ];
    for (const get of nothing) assert.equal(await withGet(get).read(newHandle(), NOW), null);
  });

  it("is waited for no longer than the timeout, and does not keep the next operation on the session waiting", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign, { timeout: "5s" });
    const handle = newHandle();
    await store.create(handle, record(NOW), NOW);
    const held = foreign.hold("set", /^holdfast-session-/);
    const first = store.update(handle, 1, record(NOW), NOW);
    const second = store.delete(handle, NOW);
    await held.come;
    test.mock.timers.tick(5_000);
    await assert.rejects(first, UNAVAILABLE);
    assert.equal(await second, true);
    // What was given up happens after all.
    held.goOn();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(foreign.found(/^holdfast-session-/).length, 1);
    assert.equal(await store.read(handle, NOW), null);
  });

  it("makes a list fail that is none", async () => {
    const foreign = Object.assign(new ScriptedStore(), {
      all: (done: (error: unknown, sessions?: unknown) => void) => done(null, "sessions"),
    });
    const store = new ExpressSessionStore(foreign, { listing: true });
    await assert.rejects(async () => store.scan(NOW, { limit: 1 }), UNAVAILABLE);
  });

  it("has ended a session whose record it fails to remove", async () => {
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign);
    const handle = newHandle();
    await store.create(handle, record(NOW), NOW);
    const failing = new ExpressSessionStore({
      get: foreign.get.bind(foreign),
      set: foreign.set.bind(foreign),
      destroy: (_name, done) => done(new Error("no connection")),
    });
    await assert.rejects(async () => failing.delete(handle, NOW), UNAVAILABLE);
    assert.equal(await store.read(handle, NOW), null);
  });
});

describe("a session that many write to at once", () => {
  it("costs those who come too late no call of the store", async () => {
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign);
    const handle = newHandle();
    await store.create(handle, record(NOW), NOW);
    foreign.calls.length = 0;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => store.update(handle, 1, record(NOW), NOW)),
    );
    assert.deepEqual(answers, [true, ...Array.from({ length: 19 }, () => false)]);
    assert.equal(foreign.calls.length, 4);
    // Nothing is remembered of it: another process may have written since.
    assert.equal(await store.update(handle, 1, record(NOW), NOW), false);
    assert.equal(foreign.calls.length, 7);
  });
});

describe("a store for express-session, two wrappers around one", () => {
  it("loses no write of either, for they take turns", async () => {
    const foreign = new ScriptedStore();
    const stores = [new ExpressSessionStore(foreign), new ExpressSessionStore(foreign)];
    const handle = newHandle();
    await stores[0]?.create(handle, record(NOW), NOW);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 2]?.update(handle, 1, record(NOW), NOW)),
    );
    assert.equal(answers.filter(Boolean).length, 1);
  });
});

describe("what is handed to a store for express-session", () => {
  it("tells in each of the usual ways how long to keep it, by the machine's clock", async () => {
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign);
    // The app's clock is another one than the machine's.
    await store.create(newHandle(), record(NOW, { expiresAt: NOW + 3_600_000 }), NOW);
    const [session] = foreign.found(/^holdfast-session-/) as [ForeignSession];
    const { originalMaxAge, maxAge, expires } = session.cookie;
    assert.equal(originalMaxAge, 3_660_000);
    assert.equal(maxAge, 3_660_000);
    assert.ok(Math.abs(new Date(String(expires)).getTime() - Date.now() - 3_660_000) < 60_000);
  });

  it("is what it was given, byte for byte, and free of anything of the client's", async () => {
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign);
    const handle = newHandle();
    const given = { ...record(NOW), name: "another", kind: "ended" };
    await store.create(handle, given, NOW);
    assertRecord(await store.read(handle, NOW), record(NOW));
  });
});
