import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { type LegacyStore, legacyStore } from "../support/legacy-store.ts";
import {
  itInBoth,
  type LegacyHandler,
  type LegacyOptions,
  type Library,
  type ServedApp,
  serveLegacy,
} from "../support/side-by-side.ts";

/** `/set?x` writes, `/drop` deletes, `/nested` changes what is inside a value, anything else reads. */
const handler: LegacyHandler = (req, res) => {
  const { session } = req;
  const [path, query] = (req.url ?? "").split("?");
  if (path === "/set") session.value = query;
  if (path === "/drop") delete session.value;
  if (path === "/nested")
    session.user = { name: "anna", cookie: Number(Object(session.user).cookie ?? 0) + 1 };
  if (path === "/cookie") session.cookie.maxAge = 5_000;
  res.end(JSON.stringify(session.value ?? null));
};

async function start(
  test: TestContext,
  library: Library,
  options: LegacyOptions,
): Promise<ServedApp & { readonly store: LegacyStore }> {
  const store = legacyStore(library);
  return { store, ...(await serveLegacy(test, library, { store, ...options }, handler)) };
}

describe("`resave`", () => {
  for (const resave of [true, undefined]) {
    itInBoth(`stores an unchanged session at each request: ${resave}`, async (test, library) => {
      const { agent, store } = await start(test, library, { resave: resave as never });
      await agent.get("/set?1");
      for (const sets of [2, 3]) {
        assert.equal((await agent.get("/")).text, '"1"');
        assert.equal(store.count("set"), sets);
      }
      assert.equal(store.count("touch"), 0);
    });
  }

  itInBoth("false: stores what has changed, and touches what has not", async (test, library) => {
    const { agent, store } = await start(test, library, { resave: false });
    await agent.get("/set?1");
    await agent.get("/");
    assert.deepEqual([store.count("set"), store.count("touch")], [1, 1]);
    await agent.get("/set?1");
    assert.deepEqual([store.count("set"), store.count("touch")], [1, 2], "the same value is no change");
    await agent.get("/set?2");
    assert.deepEqual([store.count("set"), store.count("touch")], [2, 2]);
    await agent.get("/drop");
    assert.deepEqual([store.count("set"), store.count("touch")], [3, 2]);
    assert.equal((await agent.get("/")).text, "null");
  });

  itInBoth("false: sees a change inside a value, and a value's key named cookie", async (test, library) => {
    const { agent, store } = await start(test, library, { resave: false });
    await agent.get("/nested");
    await agent.get("/nested");
    assert.equal(store.count("set"), 2);
    const [row = ""] = store.rows.values();
    assert.deepEqual(JSON.parse(row).user, { name: "anna", cookie: 2 });
  });

  itInBoth("false: takes a change of the session's own cookie for none", async (test, library) => {
    const { agent, store } = await start(test, library, { resave: false });
    await agent.get("/set?1");
    const { setCookie } = await agent.get("/cookie");
    assert.deepEqual([store.count("set"), store.count("touch"), setCookie], [1, 1, []]);
  });

  itInBoth("false: leaves an unchanged session alone where the store cannot touch", async (test, library) => {
    const store = legacyStore(library, { touches: false });
    const { agent } = await serveLegacy(test, library, { store }, handler);
    await agent.get("/set?1");
    const { status, text } = await agent.get("/");
    assert.deepEqual([status, text], [200, '"1"']);
    assert.deepEqual(
      store.calls.filter((call) => call !== "get"),
      ["set"],
    );
  });
});

describe("`saveUninitialized`", () => {
  for (const saveUninitialized of [true, undefined]) {
    itInBoth(`stores a session that nobody has written to: ${saveUninitialized}`, async (test, library) => {
      const { agent, store } = await start(test, library, { saveUninitialized: saveUninitialized as never });
      assert.equal((await agent.get("/")).setCookie.length, 1);
      assert.equal(store.rows.size, 1);
    });
  }

  itInBoth("false: neither stores nor touches it, and sets no cookie", async (test, library) => {
    const { agent, store } = await start(test, library, {
      saveUninitialized: false,
      cookie: { maxAge: 60_000 },
    });
    assert.deepEqual((await agent.get("/")).setCookie, []);
    assert.deepEqual(store.calls, []);
  });

  itInBoth("false: stores it once it is written to", async (test, library) => {
    const { agent, store } = await start(test, library, { saveUninitialized: false });
    assert.equal((await agent.get("/set?1")).setCookie.length, 1);
    assert.equal(store.rows.size, 1);
  });
});

describe("`rolling`", () => {
  itInBoth("false: the cookie is set once", async (test, library) => {
    const { agent } = await start(test, library, {});
    assert.equal((await agent.get("/set?1")).setCookie.length, 1);
    assert.equal((await agent.get("/")).setCookie.length, 0);
    assert.equal((await agent.get("/set?2")).setCookie.length, 0);
  });

  itInBoth("false: a cookie that expires is set again when the session changes", async (test, library) => {
    const { agent } = await start(test, library, { cookie: { maxAge: 60_000 } });
    assert.equal((await agent.get("/set?1")).setCookie.length, 1);
    assert.equal((await agent.get("/")).setCookie.length, 0);
    assert.equal((await agent.get("/set?2")).setCookie.length, 1);
  });

  itInBoth("true: the cookie is set with each reply", async (test, library) => {
    const { agent } = await start(test, library, { rolling: true });
    await agent.get("/set?1");
    assert.equal((await agent.get("/")).setCookie.length, 1);
  });

  itInBoth(
    "true: not for a session that nobody has written to, without saveUninitialized",
    async (test, library) => {
      const { agent, store } = await start(test, library, { rolling: true });
      assert.deepEqual((await agent.get("/")).setCookie, []);
      assert.equal(store.rows.size, 0);
      assert.equal((await agent.get("/set?1")).setCookie.length, 1);
      const eager = await start(test, library, { rolling: true, saveUninitialized: true });
      assert.equal((await eager.agent.get("/")).setCookie.length, 1);
      assert.equal(eager.store.rows.size, 1);
    },
  );
});
