import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEGACY_NAME, LEGACY_SECRET, legacyApp, UNTIL } from "../support/legacy-app.ts";
import { type SocketApp, socketApp } from "../support/socket-app.ts";

describe("A request for a WebSocket with a legacy cookie", () => {
  it("gets the session, which moves; the cookie is good until a page has been given the new one", async (test) => {
    const old = await legacyApp(test);
    const migrate = {
      from: "express-session",
      secrets: LEGACY_SECRET,
      store: old.store,
      until: UNTIL,
    } as const;
    const app = await socketApp(test, { migrate });
    const legacy = await old.cookieWith({ userId: "anna" });
    const header = `${LEGACY_NAME}=${legacy}`;
    const open = (
      headers: Readonly<Record<string, string | undefined>> = {},
    ): ReturnType<SocketApp["open"]> => app.open({ cookie: header, ...headers });
    assert.equal((await open({ origin: "https://evil.example" })).status, 403);
    assert.equal((await open({ origin: undefined })).status, 403, "as with a session of ours");
    assert.equal(await old.records(), 1);
    for (let i = 0; i < 2; i++) assert.equal((await open()).status, 101);
    assert.deepEqual(
      app.admitted.map(({ user }) => user),
      ["anna", "anna"],
    );
    assert.equal((await app.sessions.list("anna")).length, 1);
    await app.sessions.revokeUser("anna");
    assert.equal((await open()).status, 401);
  });
});
