import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { type LegacyStore, legacyStore } from "../support/legacy-store.ts";
import {
  idOf,
  itInBoth,
  type LegacyHandler,
  type LegacyOptions,
  type LegacyRequest,
  type Library,
  type ServedApp,
  serveLegacy,
  stoppedTime,
} from "../support/side-by-side.ts";

/** An app with a route per handler; `/set` writes a number, `/get` shows it. */
async function routes(
  test: TestContext,
  library: Library,
  handlers: Readonly<Record<string, LegacyHandler>>,
  options: LegacyOptions = {},
): Promise<ServedApp & { readonly store: LegacyStore }> {
  const store = legacyStore(library);
  const served = await serveLegacy(test, library, { store, ...options }, (req, res) => {
    const path = req.url ?? "";
    if (path in handlers) return handlers[path]?.(req, res);
    if (path === "/set") req.session.n = 1;
    res.end(String(req.session.n));
  });
  return { store, ...served };
}

/** A method with a callback, as a promise. */
function call(req: LegacyRequest, method: "save" | "reload" | "regenerate" | "destroy"): Promise<unknown> {
  const { session } = req;
  return new Promise((resolve) => session[method]((error) => resolve(error)));
}

describe("req.session", () => {
  itInBoth("shows data and cookie, and nothing else, when it is gone through", async (test, library) => {
    const { agent } = await routes(test, library, {
      "/keys": (req, res) => {
        const inLoop = [];
        for (const key in req.session) inLoop.push(key);
        res.end(JSON.stringify([Object.keys(req.session).sort(), inLoop.sort()]));
      },
    });
    await agent.get("/set");
    const keys = ["cookie", "n"];
    assert.deepEqual(JSON.parse((await agent.get("/keys")).text), [keys, keys]);
  });

  itInBoth("as JSON is its data and its cookie", async (test, library) => {
    stoppedTime(test);
    const { agent } = await routes(
      test,
      library,
      { "/json": (req, res) => res.end(JSON.stringify(req.session)) },
      { cookie: { maxAge: 1000, sameSite: "lax" } },
    );
    await agent.get("/set");
    assert.equal(
      (await agent.get("/json")).text,
      '{"cookie":{"originalMaxAge":1000,"expires":"2030-01-01T00:00:01.000Z","httpOnly":true,"path":"/","sameSite":"lax"},"n":1}',
    );
  });

  itInBoth(
    "is a Session of the library, on a request that has sessionID and sessionStore",
    async (test, library) => {
      const { agent } = await routes(test, library, {
        "/what": (req, res) => {
          const { session, sessionID, sessionStore } = req;
          res.end(
            JSON.stringify([
              session instanceof (library.Session as never as new () => object),
              session.cookie instanceof (library.Cookie as never as new () => object),
              session.id === sessionID,
              sessionStore instanceof library.Store,
              Reflect.get(session, "req") === req,
            ]),
          );
        },
      });
      assert.deepEqual(JSON.parse((await agent.get("/what")).text), [true, true, true, true, true]);
      await agent.get("/set");
      assert.deepEqual(JSON.parse((await agent.get("/what")).text), [true, true, true, true, true]);
    },
  );

  itInBoth("has an id that cannot be replaced", async (test, library) => {
    const { agent } = await routes(test, library, {
      "/id": (req, res) => {
        const { id } = req.session;
        Reflect.set(req.session, "id", "another");
        res.end(String(req.session.id === id));
      },
    });
    assert.equal((await agent.get("/id")).text, "true");
  });
});

describe("save()", () => {
  itInBoth("stores now, and again at the end only what has changed since", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/save": async (req, res) => {
        req.session.n = 2;
        assert.equal((await call(req, "save")) ?? null, null);
        assert.equal(store.count("set"), 1);
        const [row = ""] = store.rows.values();
        res.end(String(JSON.parse(row).n));
      },
      "/save-and-change": async (req, res) => {
        req.session.n = 3;
        await call(req, "save");
        req.session.n = 4;
        res.end("done");
      },
    });
    assert.equal((await agent.get("/save")).text, "2");
    assert.equal(store.count("set"), 1);
    await agent.get("/save-and-change");
    assert.equal(store.count("set"), 3);
    assert.equal((await agent.get("/get")).text, "4");
  });

  for (const resave of [true, false]) {
    itInBoth(`spares the end's, with resave: ${resave}, also after a reload`, async (test, library) => {
      const { agent, store } = await routes(
        test,
        library,
        {
          "/reload": async (req, res) => {
            await call(req, "reload");
            await call(req, "save");
            res.end("done");
          },
        },
        { resave },
      );
      await agent.get("/set");
      store.calls.length = 0;
      await agent.get("/reload");
      assert.equal(store.count("set"), 1);
    });
  }

  itInBoth("without a callback stores too", async (test, library) => {
    const { agent } = await routes(test, library, {
      "/save": (req, res) => {
        req.session.n = 2;
        req.session.save();
        res.end("done");
      },
    });
    await agent.get("/save");
    assert.equal((await agent.get("/get")).text, "2");
  });

  itInBoth("gives its callback the store's error", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/save": async (req, res) => {
        store.fail("set", new Error("the disk is full"));
        const error = await call(req, "save");
        store.fail("set", undefined);
        res.end(String(error));
      },
    });
    await agent.get("/set");
    assert.equal((await agent.get("/save")).text, "Error: the disk is full");
  });
});

describe("reload()", () => {
  itInBoth("makes req.session what the store has, and drops what was not saved", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/reload": async (req, res) => {
        const before = req.session;
        before.n = "unsaved";
        const [[id = "", row = ""] = []] = store.rows;
        store.rows.set(id, row.replace('"n":1', '"n":2'));
        const error = await call(req, "reload");
        res.end(
          JSON.stringify([
            error ?? null,
            req.session.n,
            req.session === before,
            req.session.id === before.id,
          ]),
        );
      },
    });
    await agent.get("/set");
    assert.deepEqual(JSON.parse((await agent.get("/reload")).text), [null, 2, false, true]);
    assert.equal((await agent.get("/get")).text, "2");
  });

  itInBoth("of a session that is gone is an error, and changes nothing", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/reload": async (req, res) => {
        store.rows.clear();
        const { session } = req;
        const error = await call(req, "reload");
        res.end(JSON.stringify([String(Reflect.get(Object(error), "message")), req.session === session]));
      },
    });
    await agent.get("/set");
    assert.deepEqual(JSON.parse((await agent.get("/reload")).text), ["failed to load session", true]);
  });

  itInBoth("over and over, of a session that is gone, does not exhaust the stack", async (test, library) => {
    const store = legacyStore(library, { answers: "at once" });
    const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
      if (req.url === "/set") {
        req.session.n = 1;
        return res.end();
      }
      store.rows.clear();
      let left = 500;
      const again = (): unknown => (left-- > 0 ? req.session.reload(again) : res.end("done"));
      again();
    });
    await agent.get("/set");
    assert.equal((await agent.get("/")).text, "done");
  });

  itInBoth("gives its callback the store's error", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/reload": async (req, res) => {
        store.fail("get", new Error("the disk is gone"));
        const error = await call(req, "reload");
        store.fail("get", undefined);
        res.end(String(error));
      },
    });
    await agent.get("/set");
    assert.equal((await agent.get("/reload")).text, "Error: the disk is gone");
  });
});

describe("regenerate()", () => {
  itInBoth("ends the session and begins an empty one with another id and a cookie", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/regenerate": async (req, res) => {
        const before = req.session;
        const error = await call(req, "regenerate");
        const { session } = req;
        const seen = [error ?? null, session === before, session.id === req.sessionID, session.n ?? null];
        session.n = 2;
        res.end(JSON.stringify(seen));
      },
    });
    await agent.get("/set");
    const before = idOf(agent);
    assert.deepEqual(JSON.parse((await agent.get("/regenerate")).text), [null, false, true, null]);
    assert.notEqual(idOf(agent), before);
    assert.deepEqual([...store.rows.keys()], [idOf(agent)]);
    assert.equal((await agent.get("/get")).text, "2");
  });

  itInBoth("stores the new session, though nobody writes to it", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/regenerate": async (req, res) => {
        await call(req, "regenerate");
        res.end("done");
      },
    });
    await agent.get("/set");
    await agent.get("/regenerate");
    assert.deepEqual([...store.rows.keys()], [idOf(agent)]);
  });

  itInBoth("gives its callback the store's error, and a session all the same", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/regenerate": async (req, res) => {
        store.fail("destroy", new Error("the disk is gone"));
        const error = await call(req, "regenerate");
        res.end(JSON.stringify([String(error), typeof req.session]));
      },
    });
    await agent.get("/set");
    assert.deepEqual(JSON.parse((await agent.get("/regenerate")).text), [
      "Error: the disk is gone",
      "object",
    ]);
  });

  itInBoth("of the store does the same, for libraries that go there", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/regenerate": async (req, res) => {
        await new Promise((resolve) => req.sessionStore.regenerate(req as never, resolve));
        req.session.n = 2;
        res.end("done");
      },
    });
    await agent.get("/set");
    const before = idOf(agent);
    await agent.get("/regenerate");
    assert.notEqual(idOf(agent), before);
    assert.deepEqual([...store.rows.keys()], [idOf(agent)]);
  });
});

describe("destroy()", () => {
  itInBoth("ends the session, takes it from the request and sets no cookie", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/destroy": async (req, res) => {
        const error = await call(req, "destroy");
        res.end(JSON.stringify([error ?? null, typeof req.session]));
      },
    });
    await agent.get("/set");
    const { text, setCookie } = await agent.get("/destroy");
    assert.deepEqual([JSON.parse(text), setCookie], [[null, "undefined"], []]);
    assert.equal(store.rows.size, 0);
    assert.equal((await agent.get("/get")).text, "undefined");
  });

  itInBoth("gives its callback the store's error", async (test, library) => {
    const { agent, store } = await routes(test, library, {
      "/destroy": async (req, res) => {
        store.fail("destroy", new Error("the disk is gone"));
        res.end(String(await call(req, "destroy")));
      },
    });
    await agent.get("/set");
    assert.equal((await agent.get("/destroy")).text, "Error: the disk is gone");
  });
});

describe("touch()", () => {
  itInBoth(
    "gives the session its whole time again, as the end of each request does",
    async (test, library) => {
      const time = stoppedTime(test);
      const { agent, store } = await routes(
        test,
        library,
        {
          "/touch": (req, res) => {
            time.pass(1_000);
            req.session.touch();
            res.end(String(req.session.cookie.maxAge));
          },
          "/reset": (req, res) => {
            time.pass(1_000);
            Reflect.apply(Reflect.get(req.session, "resetMaxAge") as () => void, req.session, []);
            res.end(String(req.session.cookie.maxAge));
          },
        },
        { cookie: { maxAge: 60_000 } },
      );
      await agent.get("/set");
      for (const path of ["/touch", "/reset"]) {
        time.pass(10_000);
        assert.equal((await agent.get(path)).text, "60000");
        const [row = ""] = store.rows.values();
        assert.equal(Date.parse(JSON.parse(row).cookie.expires), Date.now() + 60_000);
      }
    },
  );
});
