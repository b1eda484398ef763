import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("regenerate() and save(), as after every login", () => {
  it("store the new session once", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
        req.session.regenerate(() => {
          req.session.user = "anna";
          req.session.save(() => res.end("welcome"));
        });
      });
      const { text, setCookie } = await agent.get("/");
      return { text, cookies: setCookie.length, stored: store.count("set"), rows: store.rows.size };
    });
    assert.deepEqual(outcome.expressSession, { text: "welcome", cookies: 1, stored: 2, rows: 1 });
    assert.deepEqual(outcome.compat, { text: "welcome", cookies: 1, stored: 1, rows: 1 });
  });
});
