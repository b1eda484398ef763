import assert from "node:assert/strict";
import { it } from "node:test";
import { LEGACY_NAME, LEGACY_SECRET, legacyApp, UNTIL } from "../support/legacy-app.ts";
import { describeServers, sendJson, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";

describeServers("a session of express-session", (server) => {
  it("moves at its first request, is one of ours, and its old cookie is worth nothing once it is signed out", async (test) => {
    const old = await legacyApp(test);
    const migrate = {
      from: "express-session",
      secrets: LEGACY_SECRET,
      store: old.store,
      until: UNTIL,
    } as const;
    const { agent } = await serve(test, server, { migrate }, async (req, res) => {
      const { userId } = req.session;
      if (req.url === "/out") await req.session.signOut();
      sendJson(res, { userId: userId ?? null });
    });
    const legacy = await old.cookieWith({ userId: "anna" });
    agent.cookies.set(LEGACY_NAME, legacy);

    assert.deepEqual((await agent.get("/")).json(), { userId: "anna" });
    assert.deepEqual([...agent.cookies.keys()], [NAME]);
    assert.deepEqual((await agent.get("/out")).json(), { userId: "anna" });
    assert.equal(agent.cookies.size, 0);
    agent.cookies.set(LEGACY_NAME, legacy);
    assert.deepEqual((await agent.get("/")).json(), { userId: null });
    assert.equal(agent.cookies.size, 0);
  });

  it("is a 503 while its store is out, before any handler runs", async (test) => {
    const old = await legacyApp(test);
    const migrate = {
      from: "express-session",
      secrets: LEGACY_SECRET,
      store: old.store,
      until: UNTIL,
    } as const;
    let handled = 0;
    const { agent } = await serve(test, server, { migrate }, (_req, res) => {
      handled += 1;
      sendJson(res, {});
    });
    agent.cookies.set(LEGACY_NAME, await old.cookieWith({ userId: "anna" }));
    old.store.get = (_id, done) => done(new Error("no connection"));
    const reply = await agent.get("/");
    assert.equal(reply.status, 503);
    assert.equal(handled, 0);
    assert.deepEqual([...agent.cookies.keys()], [LEGACY_NAME]);
  });
});
