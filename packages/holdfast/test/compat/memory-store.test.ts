import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import {
  itInBoth,
  type LegacySession,
  type Library,
  libraries,
  stoppedTime,
} from "../support/side-by-side.ts";

type Callback = (error: unknown, value?: unknown) => void;

/** Calls a method of a store that ends in a callback. */
function call(store: object, method: string, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done: Callback = (error, value) => (error ? reject(error) : resolve(value));
    Reflect.apply(Reflect.get(store, method) as () => void, store, [...args, done]);
  });
}

const row = (data: object, maxAge: number | null = null) => ({
  cookie: {
    originalMaxAge: maxAge,
    expires: maxAge === null ? null : new Date(Date.now() + maxAge),
    path: "/",
    httpOnly: true,
  },
  ...data,
});

describe("MemoryStore", () => {
  itInBoth("is a Store and an EventEmitter", (_test, library) => {
    const store = new library.MemoryStore();
    assert.ok(store instanceof library.Store);
    assert.ok(store instanceof EventEmitter);
  });

  itInBoth("gives back what it was given, as JSON says it", async (_test, library) => {
    const store = new library.MemoryStore();
    assert.equal(await call(store, "get", "a"), undefined);
    await call(store, "set", "a", row({ n: 1, at: new Date(0), nothing: undefined }));
    const found = await call(store, "get", "a");
    assert.deepEqual(found, {
      cookie: { originalMaxAge: null, expires: null, path: "/", httpOnly: true },
      n: 1,
      at: "1970-01-01T00:00:00.000Z",
    });
    Reflect.set(Object(found), "n", 2);
    assert.equal(Reflect.get(Object(await call(store, "get", "a")), "n"), 1, "and keeps its own copy");
  });

  itInBoth("destroys one, and clears all", async (_test, library) => {
    const store = new library.MemoryStore();
    for (const id of ["a", "b", "c"]) await call(store, "set", id, row({}));
    assert.equal(await call(store, "length"), 3);
    await call(store, "destroy", "a");
    await call(store, "destroy", "nobody");
    assert.deepEqual(Object.keys(Object(await call(store, "all"))).sort(), ["b", "c"]);
    await call(store, "clear");
    assert.equal(await call(store, "length"), 0);
    assert.deepEqual(Object.keys(Object(await call(store, "all"))), []);
  });

  itInBoth("forgets what has expired", async (test, library) => {
    const time = stoppedTime(test);
    const store = new library.MemoryStore();
    await call(store, "set", "short", row({}, 1_000));
    await call(store, "set", "long", row({}, 5_000));
    time.pass(999);
    assert.equal(await call(store, "length"), 2);
    time.pass(1);
    assert.equal(await call(store, "get", "short"), undefined);
    assert.deepEqual(Object.keys(Object(await call(store, "all"))), ["long"]);
  });

  itInBoth("touch moves the end of a session, not its data, and makes none", async (test, library) => {
    const time = stoppedTime(test);
    const store = new library.MemoryStore();
    await call(store, "set", "a", row({ n: 1 }, 1_000));
    await call(store, "touch", "a", row({ n: 2 }, 9_000));
    await call(store, "touch", "b", row({ n: 2 }, 9_000));
    time.pass(5_000);
    assert.equal(Reflect.get(Object(await call(store, "get", "a")), "n"), 1);
    assert.equal(await call(store, "get", "b"), undefined);
  });

  itInBoth(
    "calls back later, never at once, and needs no callback but for reading",
    async (_test, library) => {
      const store = new library.MemoryStore();
      let called = false;
      const methods: Readonly<Record<string, unknown[]>> = {
        set: ["a", row({})],
        get: ["a"],
        touch: ["a", row({})],
        all: [],
        length: [],
        destroy: ["a"],
        clear: [],
      };
      for (const [method, args] of Object.entries(methods)) {
        called = false;
        const done = call(store, method, ...args).then(() => {
          called = true;
        });
        assert.equal(called, false, method);
        await done;
        if (method !== "get" && method !== "length") {
          Reflect.apply(Reflect.get(store, method) as () => void, store, args);
        }
      }
    },
  );

  itInBoth("takes any text for an id", async (_test, library) => {
    const store = new library.MemoryStore();
    const ids = ["__proto__", "constructor", "toString", "a b", "ä"];
    for (const id of ids) await call(store, "set", id, row({ id }));
    for (const id of ids) assert.equal(Reflect.get(Object(await call(store, "get", id)), "id"), id);
    assert.equal(await call(store, "length"), ids.length);
  });

  itInBoth("loads a session outside of any request", async (_test, library) => {
    const store = new library.MemoryStore();
    await call(store, "set", "a", row({ n: 1 }, 60_000));
    const session = Object(await call(store, "load", "a")) as LegacySession;
    assert.ok(session instanceof (library.Session as never as new () => LegacySession));
    assert.deepEqual([session.n, session.id, session.cookie.originalMaxAge], [1, "a", 60_000]);
    assert.ok(session.cookie.expires instanceof Date);
    session.n = 2;
    await call(session, "save");
    assert.equal(Reflect.get(Object(await call(store, "get", "a")), "n"), 2);
    await call(session, "destroy");
    assert.equal(await call(store, "load", "a"), undefined);
  });
});

describe("MemoryStore of holdfast/compat alone", () => {
  it("holds no more sessions than it is told", async () => {
    const { MemoryStore } = libraries.compat as Library & {
      MemoryStore: new (options?: { maxSessions?: number }) => InstanceType<Library["MemoryStore"]>;
    };
    const store = new MemoryStore({ maxSessions: 10 });
    for (let i = 0; i < 100; i++) await call(store, "set", `id${i}`, row({ i }));
    assert.equal(await call(store, "length"), 10);
    assert.notEqual(await call(store, "get", "id99"), undefined, "the newest are kept");
  });
});
