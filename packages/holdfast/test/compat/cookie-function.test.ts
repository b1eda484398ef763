import assert from "node:assert/strict";
import { describe } from "node:test";
import { attributesOf, itInBoth, serveLegacy } from "../support/side-by-side.ts";

describe("Cookie options from a function", () => {
  itInBoth("are asked for with the request, and are the cookie's", async (test, library) => {
    const { agent } = await serveLegacy(
      test,
      library,
      {
        saveUninitialized: true,
        cookie: (req) => ({ path: req.url === "/admin" ? "/admin" : "/", httpOnly: false }),
      },
      (_req, res) => res.end(),
    );
    assert.deepEqual(attributesOf(await agent.newBrowser().get("/admin")), ["Path=/admin"]);
    assert.deepEqual(attributesOf(await agent.newBrowser().get("/")), ["Path=/"]);
  });

  itInBoth("decide by their path whether the request has a session", async (test, library) => {
    const { agent } = await serveLegacy(test, library, { cookie: () => ({ path: "/shop" }) }, (req, res) =>
      res.end(typeof req.session),
    );
    assert.equal((await agent.get("/shop/cart")).text, "object");
    assert.equal((await agent.get("/blog")).text, "undefined");
  });

  itInBoth("do not change a session that exists", async (test, library) => {
    let httpOnly = true;
    const { agent } = await serveLegacy(
      test,
      library,
      { rolling: true, cookie: () => ({ httpOnly }) },
      (req, res) => {
        req.session.n = 1;
        res.end();
      },
    );
    await agent.get("/");
    httpOnly = false;
    assert.deepEqual(attributesOf(await agent.get("/")), ["Path=/; HttpOnly"]);
    assert.deepEqual(attributesOf(await agent.newBrowser().get("/")), ["Path=/"]);
  });
});
