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

describe("A request in flight that only touches the session, on a store whose touch() writes it", () => {
  it("does not bring the session back that another one has ended", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library, { touches: false });
      store.touch = (id, session, done) => void store.set(id, session, done);
      const { agent } = await serveLegacy(test, library, { store }, async (req, res) => {
        if (req.url === "/login") req.session.user = "anna";
        if (req.url === "/slow") await agent.get("/logout");
        if (req.url === "/logout") return req.session.destroy(() => res.end("bye"));
        res.end(String(req.session.user ?? "nobody"));
      });
      await agent.get("/login");
      await agent.get("/slow");
      return (await agent.get("/")).text;
    });
    assert.deepEqual(outcome, { expressSession: "anna", compat: "nobody" });
  });
});

describe("A session that has been destroyed and is put on its request again", () => {
  for (const path of ["/known", "/new"]) {
    it(`is not stored: ${path}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const store = legacyStore(library);
        const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
          const { session } = req;
          session.visited = req.url;
          if (req.url === "/login") return res.end();
          return session.destroy(() => {
            req.session = session;
            res.end();
          });
        });
        if (path === "/known") await agent.get("/login");
        const { setCookie } = await agent.get(path);
        return { rows: store.rows.size, cookies: setCookie.length };
      });
      assert.deepEqual(outcome.expressSession, { rows: 1, cookies: path === "/new" ? 1 : 0 });
      assert.deepEqual(outcome.compat, { rows: 0, cookies: 0 });
    });
  }
});
