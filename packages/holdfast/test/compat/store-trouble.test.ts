import assert from "node:assert/strict";
import { describe } from "node:test";
import { legacyStore } from "../support/legacy-store.ts";
import { itInBoth, type LegacyHandler, serveLegacy, settle } from "../support/side-by-side.ts";

const handler: LegacyHandler = (req, res) => {
  if (req.url === "/set") req.session.n = 1;
  res.end(`${typeof req.session} ${req.session?.n}`);
};

describe("A store that says it is disconnected", () => {
  itInBoth("leaves requests without a session until it is connected again", async (test, library) => {
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store, saveUninitialized: true }, handler);
    await agent.get("/set");
    store.calls.length = 0;
    store.emit("disconnect");
    const { text, setCookie } = await agent.get("/");
    assert.deepEqual([text, setCookie, store.calls], ["undefined undefined", [], []]);
    store.emit("connect");
    assert.equal((await agent.get("/")).text, "object 1");
  });
});

describe("A read that fails", () => {
  itInBoth("is passed on, and the handler does not run", async (test, library) => {
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store }, handler);
    await agent.get("/set");
    store.fail("get", new Error("the disk is gone"));
    const { status, setCookie } = await agent.get("/");
    assert.deepEqual([status, setCookie, errors], [500, [], ["the disk is gone"]]);
  });

  itInBoth("with ENOENT means that there is no such session", async (test, library) => {
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store }, handler);
    await agent.get("/set");
    store.fail("get", Object.assign(new Error("no such file"), { code: "ENOENT" }));
    assert.deepEqual([(await agent.get("/")).text, errors], ["object undefined", []]);
  });

  for (const nothing of [null, undefined, false, 0, ""]) {
    itInBoth(`is none where the store finds ${JSON.stringify(nothing)}`, async (test, library) => {
      const store = legacyStore(library);
      const { agent, errors } = await serveLegacy(test, library, { store }, handler);
      await agent.get("/set");
      store.get = (_id, callback) => void setImmediate(callback, null, nothing as never);
      assert.deepEqual([(await agent.get("/")).text, errors], ["object undefined", []]);
    });
  }
});

describe("A session that the store does not know", () => {
  itInBoth("is another one, with another id", async (test, library) => {
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store }, handler);
    const [first] = (await agent.get("/set")).setCookie;
    store.rows.clear();
    assert.equal((await agent.get("/")).text, "object undefined");
    const [second] = (await agent.get("/set")).setCookie;
    assert.ok(second !== undefined && second !== first);
    assert.equal(store.rows.size, 1);
  });
});

describe("A write that fails", () => {
  itInBoth("is heard of after the reply, which goes out", async (test, library) => {
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store }, handler);
    store.fail("set", new Error("the disk is full"));
    const { status, text } = await agent.get("/set");
    await settle();
    assert.deepEqual([status, text, errors], [200, "object 1", ["the disk is full"]]);
  });

  itInBoth("so is a touch that fails", async (test, library) => {
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store }, handler);
    await agent.get("/set");
    store.fail("touch", new Error("the disk is gone"));
    const { status, text } = await agent.get("/");
    await settle();
    assert.deepEqual([status, text, errors], [200, "object 1", ["the disk is gone"]]);
  });

  itInBoth("so is a cookie that cannot be written", async (test, library) => {
    const cookie = { expires: new Date(Number.NaN) };
    const { agent, errors } = await serveLegacy(test, library, { cookie, saveUninitialized: true }, handler);
    const { status, setCookie } = await agent.get("/");
    await settle();
    assert.deepEqual([status, setCookie, errors], [200, [], ["option expires is invalid"]]);
  });
});

for (const answers of ["at once", "later", "promise"] as const) {
  describe(`A store that answers ${answers}`, () => {
    itInBoth("keeps, changes and ends sessions", async (test, library) => {
      const store = legacyStore(library, { answers });
      const { agent, errors } = await serveLegacy(test, library, { store }, (req, res) => {
        if (req.url === "/end") return req.session.destroy(() => res.end("over"));
        req.session.n = Number(req.session.n ?? 0) + 1;
        res.end(String(req.session.n));
      });
      const texts = [];
      for (const path of ["/", "/", "/end", "/"]) texts.push((await agent.get(path)).text);
      assert.deepEqual([texts, errors, store.rows.size], [["1", "2", "over", "1"], [], 1]);
    });
  });
}
