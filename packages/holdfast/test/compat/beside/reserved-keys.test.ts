import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { outcomeOf, serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("Data under a name that JavaScript's objects have", () => {
  for (const key of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
    it(`is there at the next request: ${key}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const { agent } = await serveLegacy(test, library, {}, (req, res) => {
          if (req.url === "/set") req.session[key] = "mine";
          res.end(String(Object.entries(req.session).filter(([name]) => name !== "cookie")));
        });
        await agent.get("/set");
        return (await agent.get("/")).text;
      });
      assert.deepEqual(outcome, { expressSession: "", compat: `${key},mine` });
    });
  }

  for (const key of ["id", "req", "save", "touch"]) {
    it(`is kept in the store where the name is the session's own: ${key}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const store = legacyStore(library);
        const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
          if (req.url === "/set") req.session.n = 1;
          if (req.url === "/change") req.session.n = 2;
          res.end(String(req.session.id === req.sessionID));
        });
        await agent.get("/set");
        const [[id = "", row = ""] = []] = store.rows;
        store.rows.set(id, JSON.stringify({ ...JSON.parse(row), [key]: "mine" }));
        const { text } = await agent.get("/change");
        const { n, [key]: kept } = JSON.parse(store.rows.get(id) ?? "");
        return { text, n, kept };
      });
      assert.deepEqual(outcome.expressSession, { text: "true", n: 2, kept: undefined });
      assert.deepEqual(outcome.compat, { text: "true", n: 2, kept: "mine" });
    });
  }

  it("an app that lets clients name keys does not lose the session's methods to __proto__", async (test) => {
    const outcome = await sideBySide(async (library) => {
      let rights: unknown;
      const { agent, errors } = await serveLegacy(test, library, {}, (req, res) => {
        const { key, value } = JSON.parse(decodeURIComponent(req.url?.slice(1) ?? ""));
        try {
          req.session[key] = value;
        } finally {
          rights = req.session.admin;
        }
        res.end("done");
      });
      const path = `/${encodeURIComponent('{"key":"__proto__","value":{"admin":true}}')}`;
      return { reply: await outcomeOf(agent.get(path)), rights, errors };
    });
    assert.deepEqual(outcome.expressSession, {
      reply: "socket hang up",
      rights: true,
      errors: ["req.session.touch is not a function"],
    });
    assert.deepEqual(outcome.compat, { reply: "200 done", rights: undefined, errors: [] });
  });

  it("a stored __proto__ becomes the prototype of neither session, and compat keeps it (ASVS 15.3.6)", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
        if (req.url !== "/") req.session.n = req.url;
        res.end(`${req.session.admin} ${typeof req.session.save}`);
      });
      await agent.get("/set");
      const [[id = "", row = ""] = []] = store.rows;
      store.rows.set(id, row.replace(/}$/, ',"__proto__":{"admin":true}}'));
      const { text } = await agent.get("/change");
      return { text, kept: store.rows.get(id)?.includes("__proto__") };
    });
    const text = "undefined function";
    assert.deepEqual(outcome, { expressSession: { text, kept: false }, compat: { text, kept: true } });
  });
});
