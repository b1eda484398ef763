import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cookieOf, handleIn, type SessionApp, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const handles = async (app: SessionApp, user: string): Promise<string[]> =>
  (await app.sessions.list(user)).map(({ handle }) => handle);

for (const [name, newStore] of everyStore) {
  describe(`maxSessions on a ${name}`, () => {
    it("ends the user's session longest without activity, and nobody else's", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 2 });
      const [phone, laptop, tablet, bert] = Array.from({ length: 4 }, () => app.agent.newBrowser());
      assert.ok(phone && laptop && tablet && bert);
      await bert.signIn("bert");
      await phone.signIn("anna");
      app.clock.advance("1m");
      await laptop.signIn("anna");
      app.clock.advance("5m");
      await app.data(phone);
      await app.settle();
      app.takeEvents();
      await tablet.signIn("anna");
      assert.equal((await app.data(laptop)).userId, undefined);
      for (const browser of [phone, tablet]) assert.equal((await app.data(browser)).userId, "anna");
      assert.equal((await app.data(bert)).userId, "bert");
      const excess = app.events.find(({ type }) => type === "excess_sessions_exceeded");
      assert.deepEqual(
        [Reflect.get(excess ?? {}, "most"), Reflect.get(excess ?? {}, "action"), excess?.user],
        [2, "evicted", "anna"],
      );
    });

    it("rejects a sign-in beyond it where the app wants that, with a code of its own, until there is room", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 1, onLimit: "reject" });
      const second = app.agent.newBrowser();
      await app.agent.signIn("anna");
      for (const attempt of [
        app.act((session) => session.signIn("anna"), { by: second }),
        app.act(set({ userId: "anna" }), { by: second }),
      ]) {
        const reply = await attempt;
        assert.equal(reply.status, 403);
        assert.equal(Reflect.get(reply.json() as object, "code"), "ERR_HOLDFAST_SESSION_LIMIT");
        assert.equal((await app.data(second)).userId, undefined);
      }
      assert.deepEqual(await handles(app, "anna"), [handleIn(cookieOf(app.agent))]);
      assert.ok(app.takeEvents().includes("excess_sessions_exceeded"));
      await app.act((session) => session.signOut());
      assert.equal((await app.act((session) => session.signIn("anna"), { by: second })).status, 200);
    });

    it("leaves who is rejected with the session they had, its data and its cookie", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 1, onLimit: "reject" });
      await app.agent.newBrowser().signIn("anna");
      await app.act(set({ cart: [1] }));
      const before = cookieOf(app.agent);
      for (const attempt of [
        app.act((session) => session.signIn("anna")),
        app.act(set({ userId: "anna" })),
        app.act(async (session) => {
          await session.signIn("anna").catch(() => undefined);
          session.tried = true;
        }),
      ]) {
        await attempt;
        assert.equal(cookieOf(app.agent), before);
      }
      assert.deepEqual(await app.data(), { cart: [1], tried: true });
      await app.act((session) => session.signIn("bert"));
      const bert = cookieOf(app.agent);
      assert.equal((await app.act((session) => session.signIn("anna"))).status, 403);
      assert.deepEqual([cookieOf(app.agent), (await app.data()).userId], [bert, "bert"]);
    });

    it("lets a sign-in in where the others are over but not gone yet", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 1, onLimit: "reject" });
      await app.agent.newBrowser().signIn("anna");
      app.clock.advance("31m");
      await app.act(set({ cart: [1] }));
      assert.equal((await app.act((session) => session.signIn("anna"))).status, 200);
    });

    it("holds for a hundred sign-ins at once", async (test) => {
      for (const onLimit of ["evict-oldest", "reject"] as const) {
        const app = await sessionApp(test, { store: newStore(test), maxSessions: 3, onLimit });
        const replies = await Promise.all(
          Array.from({ length: 100 }, () =>
            app.act((session) => session.signIn("anna"), { by: app.agent.newBrowser() }),
          ),
        );
        assert.equal((await app.sessions.list("anna")).length, 3);
        const accepted = replies.filter(({ status }) => status === 200).length;
        assert.equal(accepted, onLimit === "reject" ? 3 : 100);
      }
    });

    it("counts a session that signs in again, or gets a new id, once", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 1, onLimit: "reject" });
      await app.agent.signIn("anna");
      assert.equal((await app.act((session) => session.signIn("anna"))).status, 200);
      assert.equal((await app.act((session) => session.regenerate({ keep: ["userId"] }))).status, 200);
      assert.equal((await app.data()).userId, "anna");
      assert.equal((await handles(app, "anna")).length, 1);
    });
  });

  describe(`revokeAll() on a ${name}`, () => {
    it("ends every session of everybody, and says how many", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const [anna, bert] = [app.agent.newBrowser(), app.agent.newBrowser()];
      await app.act(set({ cart: 1 }));
      await anna.signIn("anna");
      await bert.signIn("bert");
      for (const browser of [app.agent, anna, bert]) await app.data(browser);
      assert.equal(await app.sessions.revokeAll(), 3);
      for (const browser of [app.agent, anna, bert]) assert.deepEqual(await app.data(browser), {});
      assert.deepEqual([...(await handles(app, "anna")), ...(await handles(app, "bert"))], []);
      const revoked = app.events.filter(({ type }) => type === "session_revoked");
      assert.deepEqual(
        revoked.map((event) => Reflect.get(event, "count")),
        [3],
      );
    });

    it("lets no request in flight bring a session back, and no sign-in that began before it finish", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const other = app.agent.newBrowser();
      await app.agent.signIn("anna");
      await app.act(async (session) => {
        session.late = true;
        await app.sessions.revokeAll();
      });
      assert.deepEqual(await app.data(), {});
      await other.signIn("bert");
      assert.equal((await app.data(other)).userId, "bert", "and those that begin after it do");
    });
  });
}
