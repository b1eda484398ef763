import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireUser } from "../../../src/guards/index.ts";
import { browserWith, cookieOf, sessionApp } from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

describe("a session that is revoked while a change of its client is written down", () => {
  it("is not handed to the app, for the store has said that it is gone", async (test) => {
    const store = new WatchedStore({ sync: false });
    const app = await sessionApp(test, { store, onRisk: () => "notify" });
    await app.act((session) => session.signIn("anna"), { headers: { "user-agent": "curl/8" } });
    const gate = store.hold("update");
    const by = browserWith(app, cookieOf(app.agent));
    const seen = app.act(
      (session, req, res) =>
        new Promise<void>((resolve) => {
          void session;
          res.on("close", resolve);
          requireUser()(req, res, () => void res.json({ user: session.userId ?? null }));
        }),
      { by, headers: { "user-agent": "Wget/1" } },
    );
    await gate.reached;
    assert.equal(await app.sessions.revokeUser("anna"), 1);
    gate.release();
    assert.equal((await seen).status, 401);
  });

  it('nor is one that onRisk ended without the store knowing yet accepted elsewhere ("end")', async (test) => {
    const store = new WatchedStore({ sync: false });
    const app = await sessionApp(test, { store, onRisk: () => "end" });
    await app.act((session) => session.signIn("anna"), { headers: { "user-agent": "curl/8" } });
    const by = browserWith(app, cookieOf(app.agent));
    await app.act(() => undefined, { by, headers: { "user-agent": "Wget/1" } });
    assert.equal((await app.data()).userId, undefined);
  });
});
