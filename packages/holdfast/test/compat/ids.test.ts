import assert from "node:assert/strict";
import { describe } from "node:test";
import { legacyStore } from "../support/legacy-store.ts";
import { idOf, itInBoth, serveLegacy } from "../support/side-by-side.ts";

describe("A session's id", () => {
  itInBoth(
    "is 24 random bytes in URL-safe base64, in cookie, row and request alike",
    async (test, library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store, saveUninitialized: true }, (req, res) =>
        res.end(JSON.stringify([req.sessionID, req.session.id])),
      );
      const { text } = await agent.get("/");
      const id = idOf(agent);
      assert.match(id, /^[\w-]{32}$/);
      assert.deepEqual(JSON.parse(text), [id, id]);
      assert.deepEqual([...store.rows.keys()], [id]);
      const other = agent.newBrowser();
      await other.get("/");
      assert.notEqual(idOf(other), id);
    },
  );

  itInBoth("may come from `genid`, which is given the request", async (test, library) => {
    const store = legacyStore(library);
    const options = { store, saveUninitialized: true, genid: (req: { url: string }) => `id of ${req.url}` };
    const { agent } = await serveLegacy(test, library, options, (_req, res) => res.end());
    await agent.get("/a%20b");
    assert.deepEqual([...store.rows.keys()], ["id of /a%20b"]);
    assert.equal(idOf(agent), "id of /a%20b");
    await agent.get("/");
    assert.equal(store.rows.size, 1, "and is taken back");
  });

  for (const id of ["%", "a.b", "ä", "s:x", "=;,", " ", "😀"]) {
    itInBoth(`survives the way through the cookie: ${JSON.stringify(id)}`, async (test, library) => {
      const { agent } = await serveLegacy(test, library, { genid: () => id }, (req, res) => {
        const known = req.session.n === 1;
        req.session.n = 1;
        res.end(`${known} ${req.sessionID === id}`);
      });
      assert.equal((await agent.get("/")).text, "false true");
      assert.equal((await agent.get("/")).text, "true true");
    });
  }

  itInBoth("that is no string is neither stored nor sent", async (test, library) => {
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
      Reflect.set(req, "sessionID", () => "nonsense");
      req.session.n = 1;
      res.end("done");
    });
    const { text, setCookie } = await agent.get("/");
    assert.deepEqual([text, setCookie, store.rows.size], ["done", [], 0]);
  });

  itInBoth("cannot come from a `genid` that is no function", (_test, library) => {
    assert.throws(() => library({ secret: "x", genid: "fixed" as never }), /genid option must be a function/);
  });
});

describe("The cookie's name", () => {
  itInBoth("is connect.sid, or `name`, or `key`", async (test, library) => {
    const names = [];
    for (const options of [{}, { name: "a" }, { key: "b" }, { name: "a", key: "b" }]) {
      const { agent } = await serveLegacy(
        test,
        library,
        { saveUninitialized: true, ...options },
        (_req, res) => res.end(),
      );
      await agent.get("/");
      names.push([...agent.cookies.keys()].join());
    }
    assert.deepEqual(names, ["connect.sid", "a", "b", "a"]);
  });
});
