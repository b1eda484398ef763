import assert from "node:assert/strict";
import { describe } from "node:test";
import express from "express";
import { testAgent } from "../../src/testing/agent.ts";
import { head, rawExchange } from "../support/raw.ts";
import { itInBoth, type LegacyRequest, SECRET, serveLegacy } from "../support/side-by-side.ts";

describe("The path that decides whether a request has a session", () => {
  itInBoth("is the one the client asked for, wherever the middleware is mounted", async (test, library) => {
    const app = express();
    const sessions = library({
      secret: SECRET,
      resave: false,
      saveUninitialized: true,
      cookie: { path: "/shop/cart" },
    });
    app.use("/shop", sessions);
    app.use((req, res) => void res.send(typeof (req as unknown as LegacyRequest).session));
    const agent = await testAgent(app, { https: false });
    test.after(() => agent.close());
    assert.equal((await agent.get("/shop/cart")).text, "object");
    assert.equal((await agent.get("/shop/cart/1")).text, "object");
    assert.equal((await agent.get("/shop/shop/cart")).text, "undefined");
    assert.equal((await agent.get("/shop")).text, "undefined");
  });

  itInBoth("is not taken from a query, and may be in absolute form", async (test, library) => {
    const { agent } = await serveLegacy(test, library, { cookie: { path: "/shop" } }, (req, res) =>
      res.setHeader("Connection", "close").end(typeof req.session),
    );
    assert.equal((await agent.get("/?to=/shop")).text, "undefined");
    assert.equal((await agent.get("/shop?to=/")).text, "object");
    const absolute = await rawExchange(agent.port, head("GET http://127.0.0.1/shop HTTP/1.1"));
    assert.match(absolute, /object$/m);
  });

  itInBoth("is / where the request has none", async (test, library) => {
    const { agent } = await serveLegacy(test, library, {}, (req, res) => res.end(typeof req.session), {
      before: (req) => {
        req.url = "";
      },
    });
    assert.equal((await agent.get("/")).text, "object");
  });
});

describe("A request that has a session already", () => {
  itInBoth("is left alone by a second middleware", async (test, library) => {
    const mine = { mine: true };
    const { agent } = await serveLegacy(
      test,
      library,
      { saveUninitialized: true },
      (req, res) => res.end(String((req.session as unknown) === mine)),
      { before: (req) => Object.assign(req, { session: mine }) },
    );
    const { text, setCookie } = await agent.get("/");
    assert.deepEqual([text, setCookie], ["true", []]);
  });

  itInBoth("keeps the first middleware's session where two are mounted", async (test, library) => {
    const app = express();
    const options = { secret: SECRET, resave: false, saveUninitialized: true };
    app.use(library({ ...options, name: "first" }), library({ ...options, name: "second" }));
    app.use((_req, res) => void res.send("done"));
    const agent = await testAgent(app, { https: false });
    test.after(() => agent.close());
    const { setCookie } = await agent.get("/");
    assert.deepEqual(
      setCookie.map((header) => header.split("=")[0]),
      ["first"],
    );
  });
});
