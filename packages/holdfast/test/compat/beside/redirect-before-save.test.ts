import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { describe, it } from "node:test";
import express from "express";
import { testAgent } from "../../../src/testing/agent.ts";
import { legacyStore } from "../../support/legacy-store.ts";
import { type LegacyRequest, SECRET, settle, sideBySide } from "../../support/side-by-side.ts";

describe("A redirect after signing in", () => {
  it("reaches the browser when the session is saved, so that the page it goes to knows the user", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const app = express();
      app.use(library({ secret: SECRET, resave: false, saveUninitialized: false, store }));
      app.get("/login", (req, res) => {
        Object.assign(req.session, { user: "anna" });
        res.redirect("/home");
      });
      app.get("/home", (req, res) => res.send((req as unknown as LegacyRequest).session.user ?? "nobody"));
      const agent = await testAgent(app, { https: false });
      test.after(() => agent.close());

      const held = store.hold("set");
      const login = request({ host: "127.0.0.1", port: agent.port, path: "/login", agent: false });
      const redirected = once(login, "response").then(([reply]) => reply);
      let hasRedirect = false;
      redirected.then(() => {
        hasRedirect = true;
      });
      login.end();
      await held.reached;
      await settle();
      // Whoever has the redirect while the save hangs follows it at once.
      if (!hasRedirect) held.release();
      const reply = await redirected;
      const cookie = reply.headers["set-cookie"]?.[0]?.split(";")[0];
      const { text } = await agent.get("/home", { headers: { cookie } });
      held.release();
      reply.resume();
      return { status: reply.statusCode, user: text };
    });
    assert.deepEqual(outcome.expressSession, { status: 302, user: "nobody" });
    assert.deepEqual(outcome.compat, { status: 302, user: "anna" });
  });
});
