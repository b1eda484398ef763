import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isFresh } from "../../src/guards/index.ts";
import { browserWith, codeOf, cookieOf, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

for (const [name, newStore] of everyStore) {
  describe(`a sign-in in odd circumstances, on a ${name}`, () => {
    it("leaves nothing proved behind when the user is taken out of the data and assigned again", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { level: 3 });
      const reply = await app.act(async (session) => {
        delete session.userId;
        await session.save();
        await app.sessions.revokeUser("anna");
        session.userId = "anna";
        await session.save();
        return { level: session.level, fresh: isFresh(session, "5m") };
      });
      assert.deepEqual(reply.json(), { level: 0, fresh: false });
    });

    it("holds although the session it is made from has ended meanwhile", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { notes: "private" } });
      const reply = await app.act(async (session) => {
        assert.equal(session.userId, "anna");
        await app.sessions.revokeUser("anna");
        await session.signIn("anna", { level: 2 });
        return { user: session.userId, level: session.level, notes: session.notes ?? null };
      });
      assert.deepEqual(reply.json(), { user: "anna", level: 2, notes: null });
      assert.deepEqual(await app.data(), { userId: "anna" });
    });

    it("is refused within an update, with a code, and the update goes on", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const reply = await app.act(async (session) => {
        const codes: unknown[] = [];
        await session.update(async (newest) => {
          newest.n = 1;
          for (const verb of [
            session.signIn("anna"),
            session.elevate(),
            session.regenerate(),
            session.pend("step", 1, "1m"),
            session.takePending("step"),
          ]) {
            codes.push(await codeOf(verb));
          }
        });
        return [...new Set(codes)];
      });
      assert.deepEqual(reply.json(), ["ERR_HOLDFAST_WITHIN_UPDATE"]);
      assert.deepEqual(await app.data(), { userId: "anna", n: 1 });
    });

    it("is not rejected for sessions whose limit has passed", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 1, onLimit: "reject" });
      await app.agent.signIn("anna");
      app.clock.advance("31m");
      const reply = await app.act((session) => session.signIn("anna"), { by: app.agent.newBrowser() });
      assert.equal(reply.status, 200);
    });

    it("hands no step of one user to another whom the request assigns", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      await app.act((session) => session.pend("change-email", "a@example.com", "5m"));
      const reply = await app.act(async (session) => {
        session.userId = "mallory";
        return { code: await codeOf(session.takePending("change-email")) };
      });
      assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_USER" });
    });
  });
}

describe("freshness", () => {
  it("is not what a clock says that was hours ahead, and allows for one that was seconds ahead", async (test) => {
    let time = Date.UTC(2026, 0, 1);
    const clock = { now: () => time };
    const app = await sessionApp(test, { absolute: "24h", idle: "24h", clock });
    for (const [ahead, fresh] of [
      [30_000, true],
      [8 * 3_600_000, false],
    ] as const) {
      time += ahead;
      await app.agent.signIn("anna");
      time -= ahead;
      const reply = await app.act((session) => ({ fresh: isFresh(session, "5m") }), {
        by: browserWith(app, cookieOf(app.agent)),
      });
      assert.deepEqual(reply.json(), { fresh });
    }
  });

  it("ends with the session, also within a request that lasts", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ a: 1 }));
    await app.agent.signIn("anna");
    const reply = await app.act((session) => {
      const before = isFresh(session, "24h");
      app.clock.advance("13h");
      return [before, isFresh(session, "24h")];
    });
    assert.deepEqual(reply.json(), [true, false]);
  });
});
