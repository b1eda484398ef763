import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../support/legacy-store.ts";
import {
  attributesOf,
  itInBoth,
  type LegacyRequest,
  libraries,
  serveLegacy,
  stoppedTime,
} from "../support/side-by-side.ts";

const MINUTE = 60_000;

const save = (req: LegacyRequest): Promise<unknown> => new Promise((resolve) => req.session.save(resolve));

describe("A session that is saved by the app at each request", () => {
  itInBoth("lives on all the same while it is used", async (test, library) => {
    const time = stoppedTime(test);
    const store = legacyStore(library);
    const { agent } = await serveLegacy(
      test,
      library,
      { store, cookie: { maxAge: MINUTE } },
      async (req, res) => {
        req.session.n = 1;
        await save(req);
        res.end();
      },
    );
    await agent.get("/");
    for (let i = 0; i < 3; i++) {
      time.pass(MINUTE - 1);
      await agent.get("/");
      const [row = ""] = store.rows.values();
      assert.equal(Date.parse(JSON.parse(row).cookie.expires), Date.now() + MINUTE);
    }
  });
});

describe('"Remember me" after a login', () => {
  itInBoth(
    "is stored, though the cookie is changed when regenerate() and save() are done",
    async (test, library) => {
      stoppedTime(test);
      const store = legacyStore(library);
      const { agent } = await serveLegacy(
        test,
        library,
        { store, cookie: { maxAge: MINUTE } },
        async (req, res) => {
          await new Promise((resolve) => req.session.regenerate(resolve));
          req.session.user = "anna";
          await save(req);
          req.session.cookie.maxAge = 60 * MINUTE;
          res.end();
        },
      );
      assert.deepEqual(attributesOf(await agent.get("/")), [
        "Path=/; Expires=Tue, 01 Jan 2030 01:00:00 GMT; HttpOnly",
      ]);
      const [row = ""] = store.rows.values();
      assert.equal(Date.parse(JSON.parse(row).cookie.expires), Date.now() + 60 * MINUTE);
    },
  );

  it("stores twice only where the cookie has changed, not where time has passed", async (test) => {
    const time = stoppedTime(test);
    const store = legacyStore(libraries.compat);
    const options = { store, cookie: { maxAge: MINUTE } };
    const { agent } = await serveLegacy(test, libraries.compat, options, async (req, res) => {
      await new Promise((resolve) => req.session.regenerate(resolve));
      req.session.user = "anna";
      await save(req);
      time.pass(5);
      if (req.url === "/remember") req.session.cookie.maxAge = 60 * MINUTE;
      res.end();
    });
    await agent.get("/");
    assert.equal(store.count("set"), 1);
    await agent.newBrowser().get("/remember");
    assert.equal(store.count("set"), 3);
  });
});
