import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inherits } from "node:util";
import type { Store } from "express-session";
import { Cookie } from "../../src/compat/cookie.ts";
import compat, * as exported from "../../src/compat/index.ts";
import { MemoryStore } from "../../src/compat/memory.ts";
import { Session } from "../../src/compat/session.ts";
import { Store as OurStore } from "../../src/compat/store.ts";
import { itInBoth, type Library, serveLegacy } from "../support/side-by-side.ts";

/** The ways in which stores have been written, each on a library's `Store`. */
const styles: Readonly<Record<string, (library: Library) => Store>> = {
  "a class": ({ Store: Base }) => {
    class Mine extends Base {
      readonly rows = new Map<string, string>();
      override get(id: string, done: (error: unknown, session?: never) => void): void {
        const row = this.rows.get(id);
        setImmediate(done, null, row === undefined ? undefined : JSON.parse(row));
      }
      override set(id: string, session: object, done?: () => void): void {
        this.rows.set(id, JSON.stringify(session));
        if (done !== undefined) setImmediate(done);
      }
      override destroy(id: string, done?: () => void): void {
        this.rows.delete(id);
        if (done !== undefined) setImmediate(done);
      }
    }
    return new Mine();
  },
  "a function that calls Store and inherits by util.inherits": ({ Store: Base }) => {
    function Mine(this: object): void {
      Reflect.apply(Base as never as () => void, this, [{}]);
      Reflect.set(this, "rows", new Map());
    }
    inherits(Mine, Base);
    Object.assign(Mine.prototype, methods);
    return Reflect.construct(Mine, []);
  },
  "a function whose prototype is set to Store's": ({ Store: Base }) => {
    function Mine(this: object): void {
      Reflect.apply(Base as never as () => void, this, []);
      Reflect.set(this, "rows", new Map());
    }
    Object.setPrototypeOf(Mine.prototype, Base.prototype);
    Object.assign(Mine.prototype, methods);
    return Reflect.construct(Mine, []);
  },
  "an instance of Store in the prototype": ({ Store: Base }) => {
    function Mine(this: object): void {
      Reflect.set(this, "rows", new Map());
    }
    Mine.prototype = Reflect.construct(Base, []);
    Object.assign(Mine.prototype, methods);
    return Reflect.construct(Mine, []);
  },
  "a function that calls MemoryStore": ({ MemoryStore: Memory }) => {
    function Mine(this: object): void {
      Reflect.apply(Memory as never as () => void, this, []);
    }
    inherits(Mine, Memory);
    return Reflect.construct(Mine, []);
  },
  "a class on a class": (library) => {
    const { MemoryStore: Memory } = library;
    class Mine extends Memory {}
    return new Mine();
  },
};

type Rows = { readonly rows: Map<string, string> };

const methods = {
  get(this: Rows, id: string, done: (error: unknown, session?: unknown) => void): void {
    const row = this.rows.get(id);
    done(null, row === undefined ? undefined : JSON.parse(row));
  },
  set(this: Rows, id: string, session: object, done?: (error: unknown) => void): void {
    this.rows.set(id, JSON.stringify(session));
    done?.(null);
  },
  destroy(this: Rows, id: string, done?: (error: unknown) => void): void {
    this.rows.delete(id);
    done?.(null);
  },
};

describe("A store written as", () => {
  for (const [style, make] of Object.entries(styles)) {
    itInBoth(`${style} keeps, regenerates and ends sessions, and emits`, async (test, library) => {
      const store = make(library);
      assert.ok(store instanceof library.Store);
      const { agent, errors } = await serveLegacy(test, library, { store }, (req, res) => {
        if (req.url === "/end") return req.session.destroy(() => res.end("over"));
        if (req.url === "/regenerate") return req.session.regenerate(() => res.end("new"));
        req.session.n = Number(req.session.n ?? 0) + 1;
        res.end(String(req.session.n));
      });
      const texts = [];
      for (const path of ["/", "/", "/regenerate", "/", "/end", "/"])
        texts.push((await agent.get(path)).text);
      assert.deepEqual([texts, errors], [["1", "2", "new", "1", "over", "1"], []]);
      store.emit("disconnect");
      assert.equal((await agent.get("/")).status, 500, "a handler without a session fails");
    });
  }
});

describe("Store", () => {
  itInBoth("calls back from load with a session, with nothing, or with the error", async (_test, library) => {
    const store = styles["a class"]?.(library);
    assert.ok(store);
    const load = (id: string): Promise<unknown[]> =>
      new Promise((resolve) => store.load(id, (...answer) => resolve(answer)));
    assert.equal((await load("nobody"))[1], undefined);
    await new Promise<void>((resolve) =>
      store.set("a", { cookie: { originalMaxAge: null }, n: 1 } as never, () => resolve()),
    );
    assert.equal(Reflect.get(Object((await load("a"))[1]), "n"), 1);
    store.get = (_id, done) => done(new Error("the disk is gone"));
    assert.match(String((await load("a"))[0]), /the disk is gone/);
  });

  itInBoth("makes a session of a record, with dates where JSON has text", (_test, library) => {
    const store = styles["a class"]?.(library);
    const req = { sessionID: "a" };
    const session = store?.createSession(
      req as never,
      {
        cookie: { originalMaxAge: 5_000, expires: "2030-01-01T00:00:00.000Z", sameSite: "lax" },
        n: 1,
      } as never,
    );
    assert.ok(session);
    assert.equal(Reflect.get(req, "session"), session);
    assert.deepEqual(session.cookie.expires, new Date(Date.UTC(2030, 0, 1)));
    assert.deepEqual(
      [session.cookie.originalMaxAge, session.cookie.sameSite, session.id],
      [5_000, "lax", "a"],
    );
  });

  itInBoth("is no middleware's until one is made: then it can generate sessions", (_test, library) => {
    const store = new library.MemoryStore();
    assert.equal(Reflect.get(store, "generate"), undefined);
    library({ secret: "x", resave: false, saveUninitialized: false, store });
    assert.equal(typeof Reflect.get(store, "generate"), "function");
  });

  itInBoth("methods take as many parameters as libraries count", (_test, library) => {
    const { prototype } = library.MemoryStore;
    const arity = Object.fromEntries(
      (["get", "set", "destroy", "touch", "regenerate", "load", "createSession"] as const).map((name) => [
        name,
        prototype[name]?.length,
      ]),
    );
    assert.deepEqual(arity, {
      get: 2,
      set: 3,
      destroy: 2,
      touch: 3,
      regenerate: 2,
      load: 2,
      createSession: 2,
    });
  });

  it("called on what is no store is a TypeError", () => {
    assert.throws(() => Reflect.apply(OurStore as never as () => void, {}, []), TypeError);
    assert.throws(() => Reflect.apply(OurStore as never as () => void, undefined, []), TypeError);
  });
});

describe("holdfast/compat exports", () => {
  itInBoth("the classes on the function", (_test, library) => {
    for (const name of ["Store", "MemoryStore", "Session", "Cookie"] as const) {
      assert.equal(typeof library[name], "function", name);
      assert.equal(library[name].name.endsWith(name), true, name);
    }
  });

  it("the same classes by name and at their own paths", () => {
    assert.equal(exported.session, compat);
    for (const [name, itsOwn] of Object.entries({ Cookie, MemoryStore, Session, Store: OurStore })) {
      assert.equal(Reflect.get(compat, name), itsOwn, name);
      assert.equal(Reflect.get(exported, name), itsOwn, name);
    }
  });
});

describe("An application that counts parameters", () => {
  itInBoth("finds three of middleware", (_test, library) => {
    assert.equal(library({ secret: "x", resave: false, saveUninitialized: false }).length, 3);
  });

  itInBoth("finds one of each of a session's methods that take a callback", (_test, library) => {
    const prototype: object = library.Session.prototype;
    const arity = ["save", "reload", "destroy", "regenerate", "touch", "resetMaxAge"].map(
      (name) => (Reflect.get(prototype, name) as () => void).length,
    );
    assert.deepEqual(arity, [1, 1, 1, 1, 0, 0]);
  });
});
