import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("A cookie signed with an old secret", () => {
  it("is signed anew when it is used, so that the old secret can go", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const serve = (secret: string | string[]) =>
        serveLegacy(test, library, { store, secret }, (req, res) => {
          if (req.url === "/login") req.session.user = "anna";
          res.end(String(req.session.user ?? "nobody"));
        });
      const before = await serve("old secret");
      await before.agent.get("/login");
      const rotating = await serve(["new secret", "old secret"]);
      rotating.agent.cookies.set("connect.sid", before.agent.cookies.get("connect.sid") ?? "");
      const meanwhile = (await rotating.agent.get("/")).text;
      const again = await rotating.agent.get("/");
      const after = await serve("new secret");
      after.agent.cookies.set("connect.sid", rotating.agent.cookies.get("connect.sid") ?? "");
      return { meanwhile, cookiesLater: again.setCookie.length, after: (await after.agent.get("/")).text };
    });
    assert.deepEqual(outcome.expressSession, { meanwhile: "anna", cookiesLater: 0, after: "nobody" });
    assert.deepEqual(outcome.compat, { meanwhile: "anna", cookiesLater: 0, after: "anna" });
  });
});
