import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("A request in flight while another one signs out", () => {
  for (const ending of ["destroy", "regenerate"] as const) {
    it(`does not bring the session back that ${ending}() ended`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const store = legacyStore(library);
        let arrived = (): void => {};
        let goOn = (): void => {};
        const inFlight = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        const over = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        const { agent } = await serveLegacy(test, library, { store }, async (req, res) => {
          if (req.url === "/login") req.session.user = "anna";
          if (req.url === "/logout") return req.session[ending](() => res.end("bye"));
          if (req.url === "/slow") {
            arrived();
            await over;
            req.session.seen = "a page";
          }
          res.end(String(req.session.user ?? "nobody"));
        });
        await agent.get("/login");
        const tab = agent.newBrowser();
        tab.cookies.set("connect.sid", agent.cookies.get("connect.sid") ?? "");
        const slow = tab.get("/slow");
        await inFlight;
        await agent.get("/logout");
        goOn();
        const { status } = await slow;
        return { status, user: (await tab.get("/")).text };
      });
      assert.deepEqual(outcome.expressSession, { status: 200, user: "anna" });
      assert.deepEqual(outcome.compat, { status: 200, user: "nobody" });
    });
  }
});
