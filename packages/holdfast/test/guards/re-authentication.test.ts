import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Guard, requireFreshSignIn, requireUser } from "../../src/guards/index.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { browserWith, cookieOf, type Handler, type SessionApp, sessionApp } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

/** The status that a guarded change of the user's e-mail gets. */
async function change(app: SessionApp, guard: Guard, by: TestAgent = app.agent): Promise<number> {
  const handler: Handler = (_session, req, res) => guard(req, res, () => void res.send("changed"));
  return (await app.act(handler, { by })).status;
}

for (const [name, newStore] of everyStore) {
  describe(`re-authentication on a ${name}`, () => {
    it("opens what an old sign-in may not do, to its own client alone: the id that was there before is dead", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const guard = requireFreshSignIn("5m");
      await app.act((session) => session.signIn("anna", { methods: ["pwd"] }));
      assert.equal(await change(app, guard), 200);
      app.clock.advance("5m");
      assert.equal(await change(app, guard), 403);
      const thief = browserWith(app, cookieOf(app.agent));
      await app.act((session) => session.signIn("anna", { methods: ["pwd"] }));
      assert.notEqual(cookieOf(app.agent), cookieOf(thief));
      assert.equal(await change(app, guard), 200);
      assert.equal(await change(app, guard, thief), 401);
    });

    it("in two steps is nobody's until the second, has little time, and leaves the id of the first behind", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const first: Handler = (session) => session.pend("otp", { user: "anna" }, "5m");
      const second: Handler = async (session) => {
        const step = (await session.takePending("otp")) as { user: string } | undefined;
        if (step !== undefined) await session.signIn(step.user, { level: 2, methods: ["pwd", "otp"] });
        return { taken: step !== undefined };
      };
      await app.act(first);
      assert.equal(await change(app, requireUser()), 401);
      app.clock.advance("5m");
      assert.deepEqual((await app.act(second)).json(), { taken: false });
      assert.equal(await change(app, requireUser()), 401);

      await app.act(first);
      const planted = browserWith(app, cookieOf(app.agent));
      assert.deepEqual((await app.act(second)).json(), { taken: true });
      assert.notEqual(cookieOf(app.agent), cookieOf(planted));
      assert.equal(await change(app, requireUser()), 200);
      assert.equal(await change(app, requireUser(), planted), 401);
      assert.deepEqual((await app.act(second, { by: planted })).json(), { taken: false });
    });

    it("for one transaction is good for that one, once, in the session that began it", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const elsewhere = app.agent.newBrowser();
      for (const by of [app.agent, elsewhere]) await app.act((session) => session.signIn("anna"), { by });
      const prepare: Handler = (session) => session.pend("payment", { to: "bert", amount: 10 }, "5m");
      const confirm: Handler = async (session) => ({ paid: (await session.takePending("payment")) ?? null });
      const paid = async (by: TestAgent = app.agent): Promise<unknown> =>
        (await app.act(confirm, { by })).json();

      assert.deepEqual(await paid(), { paid: null });
      await app.act(prepare);
      assert.deepEqual(await paid(elsewhere), { paid: null });
      assert.deepEqual(await paid(), { paid: { to: "bert", amount: 10 } });
      assert.deepEqual(await paid(), { paid: null });
      await app.act(prepare);
      app.clock.advance("5m");
      assert.deepEqual(await paid(), { paid: null });
    });
  });
}
