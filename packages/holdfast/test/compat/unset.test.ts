import assert from "node:assert/strict";
import { describe } from "node:test";
import { legacyStore } from "../support/legacy-store.ts";
import { itInBoth, type LegacyHandler, serveLegacy, settle } from "../support/side-by-side.ts";

const handler: LegacyHandler = (req, res) => {
  if (req.url === "/set") req.session.n = Number(req.session.n ?? 0) + 1;
  if (req.url === "/null") Reflect.set(req, "session", null);
  if (req.url === "/delete") Reflect.deleteProperty(req, "session");
  res.end(String(req.session?.n));
};

describe("A request without its session at the end", () => {
  for (const path of ["/null", "/delete"]) {
    for (const unset of ["keep", undefined] as const) {
      itInBoth(`leaves it stored as it was, after ${path}, with unset: ${unset}`, async (test, library) => {
        const store = legacyStore(library);
        const { agent } = await serveLegacy(test, library, { store, unset: unset as never }, handler);
        await agent.get("/set");
        const rows = [...store.rows];
        assert.deepEqual((await agent.get(path)).setCookie, []);
        assert.deepEqual([...store.rows], rows);
        assert.equal((await agent.get("/")).text, "1");
      });
    }

    itInBoth(`ends it, after ${path}, with unset: destroy`, async (test, library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store, unset: "destroy" }, handler);
      await agent.get("/set");
      await agent.get(path);
      assert.equal(store.rows.size, 0);
      assert.equal((await agent.get("/")).text, "undefined");
    });
  }

  itInBoth("sets no cookie where it was new", async (test, library) => {
    const store = legacyStore(library);
    const options = { store, unset: "destroy", saveUninitialized: true } as const;
    const { agent } = await serveLegacy(test, library, options, handler);
    assert.deepEqual((await agent.get("/null")).setCookie, []);
    assert.equal(store.rows.size, 0);
  });

  itInBoth("hears of an end that failed, after its reply", async (test, library) => {
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store, unset: "destroy" }, handler);
    await agent.get("/set");
    store.fail("destroy", new Error("the disk is gone"));
    const { status, text } = await agent.get("/null");
    await settle();
    assert.deepEqual([status, text, errors], [200, "undefined", ["the disk is gone"]]);
  });

  itInBoth("is ended where the store answers at once, though the reply had begun", async (test, library) => {
    const store = legacyStore(library, { answers: "at once" });
    const { agent } = await serveLegacy(test, library, { store, unset: "destroy" }, (req, res) => {
      if (req.url === "/set") req.session.n = 1;
      else {
        Reflect.set(req, "session", null);
        res.write("good");
      }
      res.end("bye");
    });
    await agent.get("/set");
    assert.equal((await agent.get("/null")).text, "goodbye");
    assert.equal(store.rows.size, 0);
  });

  itInBoth("is neither ended nor stored where it is false", async (test, library) => {
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store, unset: "destroy" }, (req, res) => {
      if (req.url === "/false") Reflect.set(req, "session", false);
      else req.session.n = 1;
      res.end("done");
    });
    await agent.get("/");
    const { status, setCookie } = await agent.get("/false");
    assert.deepEqual([status, setCookie, store.rows.size, errors], [200, [], 1, []]);
  });

  itInBoth("allows no third value of `unset`", (_test, library) => {
    assert.throws(() => library({ secret: "x", unset: "maybe" as never }), /unset option must be/);
  });
});
