import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { codeOf, cookieOf, meanwhile, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

for (const [name, newStore] of everyStore) {
  describe(`save() and reload() on a ${name}`, () => {
    it("save has stored when it resolves or calls back, and the reply stores no more", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const reply = await app.act(async (session) => {
        session.a = 1;
        await session.save();
        session.b = 2;
        await promisify((done: (error?: unknown) => void) => void session.save(done))();
        return { handle: session.handle };
      });
      assert.equal(reply.setCookie.length, 1);
      assert.deepEqual(reply.json(), { handle: cookieOf(app.agent).split(".")[1] });
      assert.deepEqual(await app.data(), { a: 1, b: 2 });
    });

    it("save merges with what others saved, and shows it", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const reply = await app.act(async (session) => {
        session.mine = 1;
        await meanwhile(app, set({ theirs: 1 }));
        await session.save();
        return session;
      });
      assert.deepEqual(reply.json(), { mine: 1, theirs: 1, userId: "anna" });
    });

    it("save of a session that has ended is an error", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const reply = await app.act(async (session) => {
        session.a = 1;
        await app.sessions.revokeUser("anna");
        return { code: await codeOf(session.save()) };
      });
      assert.deepEqual([reply.json(), reply.setCookie], [{ code: "ERR_HOLDFAST_SUPERSEDED" }, []]);
    });

    it("reload drops this request's changes and shows what others saved", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { cart: [1] } });
      const reply = await app.act(async (session) => {
        session.cart = [2];
        session.more = 1;
        await meanwhile(app, set({ theirs: 1 }));
        await promisify((done: (error?: unknown) => void) => void session.reload(done))();
        return session;
      });
      assert.deepEqual(reply.json(), { cart: [1], theirs: 1, userId: "anna" });
      assert.deepEqual(await app.data(), reply.json());
    });

    it("reload of a session that has ended, or was never stored, is an error", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const never = await app.act(async (session) => ({ code: await codeOf(session.reload()) }));
      assert.deepEqual(never.json(), { code: "ERR_HOLDFAST_SESSION_ENDED" });
      await app.agent.signIn("anna");
      const ended = await app.act(async (session) => {
        await app.sessions.revokeUser("anna");
        return { code: await codeOf(session.reload()) };
      });
      assert.deepEqual(ended.json(), { code: "ERR_HOLDFAST_SESSION_ENDED" });
    });
  });
}

describe("touch() and resetMaxAge()", () => {
  it("return the session, write at once, and send a persistent cookie anew", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store, cookie: { maxAge: "1h" } });
    await app.act(set({ a: 1 }));
    for (const method of ["touch", "resetMaxAge"] as const) {
      store.calls.length = 0;
      const reply = await app.act((session) => ({ chained: session[method]() === session }));
      assert.deepEqual([reply.json(), reply.setCookie.length], [{ chained: true }, 1]);
      assert.deepEqual(store.calls, ["read", "update"]);
    }
  });
});
