import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "../../src/testing/index.ts";
import { LEGACY_NAME, LEGACY_SECRET, legacyApp, type OldSession, UNTIL } from "../support/legacy-app.ts";
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

  it("is closed once the old app has ended the session it keeps beside ours, or given it another user", async (test) => {
    for (const change of [
      (session: OldSession) => new Promise((resolve) => session.destroy(resolve)),
      (session: OldSession) => void delete session.userId,
    ]) {
      const old = await legacyApp(test);
      const migrate = {
        from: "express-session",
        secrets: LEGACY_SECRET,
        store: old.store,
        until: UNTIL,
        keepLegacy: true,
      } as const;
      const app = await socketApp(test, { migrate });
      const legacy = await old.cookieWith({ userId: "anna" });
      const attempt = await app.open({ cookie: `${LEGACY_NAME}=${legacy}` });
      await app.pass(11);
      assert.equal(attempt.socket.readyState, attempt.socket.OPEN);
      old.agent.cookies.set(LEGACY_NAME, legacy);
      await old.act(change);
      await app.pass(11);
      assert.deepEqual(await attempt.closed, [4401, "session ended"]);
    }
  });

  it("that says it is in use keeps its other side from idling out", async (test) => {
    const MINUTE = 60_000;
    const old = await legacyApp(test, { cookie: { maxAge: 10 * MINUTE } });
    const migrate = {
      from: "express-session",
      secrets: LEGACY_SECRET,
      store: old.store,
      until: UNTIL,
      keepLegacy: true,
    } as const;
    const clock = fakeClock(Date.now());
    const app = await socketApp(test, { migrate, clock });
    const legacy = await old.cookieWith({ userId: "anna" });
    const attempt = await app.open({ cookie: `${LEGACY_NAME}=${legacy}` });
    let touches = 0;
    old.store.touch = (_id, _session, done) => {
      touches += 1;
      done?.();
    };
    clock.advance(5 * MINUTE);
    app.admitted[0]?.touch();
    await app.tick();
    assert.equal(touches, 1);
    clock.advance(5 * MINUTE);
    await app.tick();
    assert.equal(touches, 1, "but not by being open");
    assert.equal(attempt.socket.readyState, attempt.socket.OPEN);
  });
});
