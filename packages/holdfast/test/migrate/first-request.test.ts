import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { NAME } from "../support/session-app.ts";

describe("a session of express-session", () => {
  it("moves at its first request, with its data and its user, and is one of ours from then on", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna", cart: [1, 2] }));

    const reply = await app.act((session) => ({ ...session, at: session.authenticatedAt ?? null }), {
      by: browser,
    });

    assert.deepEqual(reply.json(), { userId: "anna", cart: [1, 2], at: null });
    assert.equal(browser.cookies.has(LEGACY_NAME), false, "the legacy cookie is deleted");
    assert.equal(browser.cookies.has(NAME), true);
    assert.equal(await old.records(), 0, "the legacy record is deleted");
    assert.deepEqual(app.takeEvents(), ["session_created", "session_migrated"]);
    assert.equal((await app.sessions.list("anna")).length, 1);

    assert.deepEqual(await app.data(browser), { userId: "anna", cart: [1, 2] });
    assert.deepEqual(app.takeEvents(), ["session_renewed"]);
    assert.equal((await app.sessions.list("anna")).length, 1);
  });
});
