import assert from "node:assert/strict";
import { describe } from "node:test";
import { type LegacyStore, legacyStore } from "../support/legacy-store.ts";
import { attributesOf, idOf, itInBoth, serveLegacy, stoppedTime } from "../support/side-by-side.ts";

const MINUTE = 60_000;

function expiryIn(store: LegacyStore): number | null {
  const [row = ""] = store.rows.values();
  const { expires } = JSON.parse(row).cookie;
  return expires === null ? null : Date.parse(expires) - Date.now();
}

describe("A session with a maxAge", () => {
  itInBoth("expires in cookie and row alike, reckoned from the reply", async (test, library) => {
    const time = stoppedTime(test);
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store, cookie: { maxAge: MINUTE } }, (req, res) => {
      req.session.n = 1;
      time.pass(2_000);
      res.end();
    });
    assert.deepEqual(attributesOf(await agent.get("/")), [
      "Path=/; Expires=Tue, 01 Jan 2030 00:01:02 GMT; HttpOnly",
    ]);
    assert.equal(expiryIn(store), MINUTE);
  });

  itInBoth("lives on while it is used, though its cookie is set once", async (test, library) => {
    const time = stoppedTime(test);
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store, cookie: { maxAge: MINUTE } }, (req, res) => {
      req.session.n ??= 1;
      res.end(String(req.session.cookie.originalMaxAge));
    });
    await agent.get("/");
    for (let i = 0; i < 3; i++) {
      time.pass(MINUTE - 1);
      const { text, setCookie } = await agent.get("/");
      assert.deepEqual([text, setCookie], [String(MINUTE), []]);
      assert.equal(expiryIn(store), MINUTE);
    }
  });

  itInBoth("that has passed in MemoryStore is another session, with another id", async (test, library) => {
    const time = stoppedTime(test);
    const store = new library.MemoryStore();
    const { agent } = await serveLegacy(test, library, { store, cookie: { maxAge: MINUTE } }, (req, res) => {
      const known = req.session.n === 1;
      req.session.n = 1;
      res.end(String(known));
    });
    await agent.get("/");
    const first = idOf(agent);
    time.pass(MINUTE - 1);
    assert.equal((await agent.get("/")).text, "true");
    time.pass(MINUTE);
    assert.equal((await agent.get("/")).text, "false");
    assert.notEqual(idOf(agent), first);
    const live = await new Promise((resolve) => store.all((_error, all) => resolve(Object.keys(all ?? {}))));
    assert.deepEqual(live, [idOf(agent)]);
  });

  itInBoth("may be given another, which is its own from then on", async (test, library) => {
    const time = stoppedTime(test);
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store, cookie: { maxAge: MINUTE } }, (req, res) => {
      if (req.url !== "/get") req.session.n = req.url;
      if (req.url === "/hour") req.session.cookie.maxAge = 60 * MINUTE;
      if (req.url === "/century") req.session.cookie.maxAge = 3e12;
      res.end(String(req.session.cookie.maxAge));
    });
    await agent.get("/");
    assert.match(attributesOf(await agent.get("/hour")).join(), /01:00:00 GMT/);
    assert.equal(expiryIn(store), 60 * MINUTE);
    time.pass(MINUTE);
    assert.equal((await agent.get("/get")).text, String(59 * MINUTE));
    assert.equal(expiryIn(store), 60 * MINUTE);
    assert.match(attributesOf(await agent.get("/century")).join(), /Expires=\w{3}, \d\d \w{3} 2125/);
  });
});

describe("A session with a date to expire at", () => {
  itInBoth("has it in its cookie, and is as long again after a touch", async (test, library) => {
    const time = stoppedTime(test);
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
      req.session.n = 1;
      if (req.url === "/date") req.session.cookie.expires = new Date(Date.now() + MINUTE);
      res.end();
    });
    assert.match(attributesOf(await agent.get("/date")).join(), /Expires=Tue, 01 Jan 2030 00:01:00 GMT/);
    time.pass(1_000);
    await agent.get("/");
    assert.equal(expiryIn(store), MINUTE);
  });

  itInBoth("that is taken away lasts until the browser closes", async (test, library) => {
    stoppedTime(test);
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store, cookie: { maxAge: MINUTE } }, (req, res) => {
      req.session.n = req.url;
      req.session.cookie.expires = null;
      res.end();
    });
    assert.deepEqual(attributesOf(await agent.get("/")), ["Path=/; HttpOnly"]);
    assert.equal(expiryIn(store), null);
    assert.deepEqual(attributesOf(await agent.get("/again")), [], "such a cookie is set once");
  });
});

describe("A session without a maxAge", () => {
  itInBoth("lasts until the browser closes, and its cookie is set once", async (test, library) => {
    const store = legacyStore(library);
    const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
      req.session.n = Number(req.session.n ?? 0) + 1;
      res.end();
    });
    assert.deepEqual(attributesOf(await agent.get("/")), ["Path=/; HttpOnly"]);
    assert.deepEqual(attributesOf(await agent.get("/")), []);
    assert.equal(expiryIn(store), null);
  });
});

describe("The cookie of one session", () => {
  itInBoth("may differ from the options, for that session and from then on", async (test, library) => {
    const { agent } = await serveLegacy(
      test,
      library,
      { rolling: true, cookie: { httpOnly: false, sameSite: "lax", priority: "high" } },
      (req, res) => {
        req.session.n = 1;
        if (req.url === "/strict") Object.assign(req.session.cookie, { sameSite: "strict", httpOnly: true });
        res.end();
      },
    );
    assert.deepEqual(attributesOf(await agent.get("/")), ["Path=/; Priority=High; SameSite=Lax"]);
    const strict = ["Path=/; HttpOnly; Priority=High; SameSite=Strict"];
    assert.deepEqual(attributesOf(await agent.get("/strict")), strict);
    assert.deepEqual(attributesOf(await agent.get("/")), strict);
  });
});
