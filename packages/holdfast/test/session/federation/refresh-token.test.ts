import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AppSession, sessionApp } from "../../support/session-app.ts";

const MINUTE = 60_000;

const endOf = (session: AppSession): number | undefined => session.times?.absoluteExpiresAt.getTime();

describe("a session behind which there is a refresh token", () => {
  it("ends with it, where it ends before the absolute limit", async (t) => {
    const app = await sessionApp(t, { idle: "30m", absolute: "12h" });
    const end = app.clock.now() + 45 * MINUTE;
    await app.act((session) => session.signIn("anna", { refreshTokenExpiresAt: new Date(end) }));
    app.clock.advance("25m");
    assert.equal((await app.act((session) => ({ end: endOf(session) }))).text, JSON.stringify({ end }));
    app.clock.advance("19m");
    assert.equal((await app.data()).userId, "anna");
    app.clock.advance("1m");
    assert.equal((await app.data()).userId, undefined);
  });

  it("lives no longer for it", async (t) => {
    const app = await sessionApp(t, { absolute: "1h" });
    const at = app.clock.now();
    await app.act((session) => session.signIn("anna", { refreshTokenExpiresAt: at + 600 * MINUTE }));
    const reply = await app.act((session) => ({ end: endOf(session) }));
    assert.equal(reply.text, JSON.stringify({ end: at + 60 * MINUTE }));
  });

  it("keeps the end through elevate and an unlocking, and another sign-in has its own", async (t) => {
    const app = await sessionApp(t, { absolute: "12h", onIdle: "lock" });
    const at = app.clock.now();
    const end = at + 90 * MINUTE;
    await app.act((session) => session.signIn("anna", { refreshTokenExpiresAt: end }));
    await app.act((session) => session.elevate({ level: 2 }));
    app.clock.advance("31m");
    await app.act((session) => session.signIn("anna"));
    const kept = await app.act((session) => ({ end: endOf(session) }));
    assert.equal(kept.text, JSON.stringify({ end }));
    await app.act((session) => session.signIn("anna"));
    const anew = await app.act((session) => ({ end: endOf(session) }));
    assert.equal(anew.text, JSON.stringify({ end: app.clock.now() + 720 * MINUTE }));
  });

  it("does not begin with one that is dead, or with what is no time", async (t) => {
    const app = await sessionApp(t);
    const now = app.clock.now();
    for (const refreshTokenExpiresAt of [
      now,
      now - 1,
      new Date(Number.NaN),
      Number.NaN,
      "2099-01-01",
      null,
    ]) {
      const options = { refreshTokenExpiresAt } as { refreshTokenExpiresAt: number };
      const reply = await app.act((session) => session.signIn("anna", options));
      assert.equal((reply.json() as { code: string }).code, "ERR_HOLDFAST_OPTION");
    }
    assert.deepEqual((await app.sessions.listAll()).sessions, []);
  });
});
