import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { session } from "../../src/index.ts";
import { storedKeys } from "../../src/keys/index.ts";
import { ExpressSessionStore } from "../../src/store/express-session.ts";
import { ScriptedStore } from "../store/express-session/scripted-store.ts";
import { codeOf, sessionApp, strongSecret } from "../support/session-app.ts";

describe("a store that cannot do all", () => {
  const secret = strongSecret();
  const store = (): ExpressSessionStore => new ExpressSessionStore(new ScriptedStore());
  const refusals = {
    maxSessions: () => session({ secret, store: store(), maxSessions: 3 }),
    deviceBound: () => session({ secret, store: store(), deviceBound: "offer" }),
    "storedKeys()": () => session({ secret: storedKeys({ secret }), store: store() }),
  };
  for (const [option, start] of Object.entries(refusals)) {
    it(`stops the app at start where ${option} needs more`, () => {
      assert.throws(start, (error: Error & { code: string }) => {
        assert.equal(error.code, "ERR_HOLDFAST_STORE_CANNOT");
        return error.message.includes(option) && error.message.includes("docs/guide/stores.md");
      });
    });
  }

  it("binds sessions to devices where one process alone writes", () => {
    const exclusive = new ExpressSessionStore(new ScriptedStore(), { exclusive: true });
    void session({ secret, store: exclusive, deviceBound: "offer" }).close();
    void session({ secret, store: store(), deviceBound: "off" }).close();
  });

  it("ends a user's sessions, tells of it though it cannot count them, and refuses what needs a list", async (test) => {
    const app = await sessionApp(test, { store: store() });
    await app.act((session) => session.signIn("anna"));
    const handle = (await app.act((session) => ({ handle: session.handle }))).json() as { handle: string };
    assert.deepEqual(app.takeEvents(), ["session_created", "session_user_changed"]);
    const { sessions } = app;
    assert.equal(await codeOf(sessions.list("anna")), "ERR_HOLDFAST_STORE_CANNOT");
    assert.equal(await codeOf(sessions.listAll()), "ERR_HOLDFAST_STORE_CANNOT");
    assert.equal(
      await codeOf(sessions.revokeUser("anna", { except: handle.handle })),
      "ERR_HOLDFAST_STORE_CANNOT",
    );
    app.takeEvents();
    assert.equal(await sessions.revokeUser("anna"), 0);
    assert.deepEqual(app.takeEvents(), ["session_revoked"]);
    const after = await app.act((session) => ({ user: session.userId ?? null }));
    assert.deepEqual(after.json(), { user: null });
  });
});
