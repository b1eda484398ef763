import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { due, GRACE, gate, given, read, secretIn } from "../../support/renewals.ts";
import { browserWith, cookieOf, set } from "../../support/session-app.ts";
import { everyStore } from "../../support/stores.ts";

// A reply must never set a cookie that is older than one the browser may have been given meanwhile: it would go back to it,
// and raise the alarm itself half a minute later.
for (const [name, newStore] of everyStore) {
  describe(`a persistent cookie over the moment of renewal, on a ${name}`, () => {
    it("a slow writer's reply does not put the replaced secret back", async (test) => {
      const { app } = await due(test, { store: newStore(test), cookie: { maxAge: "30m" } });
      const { agent } = app;
      const [arrived, go] = [gate(), gate()];
      const slow = app.act(async (session) => {
        session.slow = 1;
        arrived.release();
        await go.open;
      });
      await arrived.open;
      await app.data(); // another tab: is offered the next secret,
      const second = cookieOf(agent);
      await app.data(); // and presents it
      go.release();
      const reply = await slow;
      assert.equal(reply.status, 200);
      assert.deepEqual(
        given(reply.setCookie)
          .map(secretIn)
          .filter((one) => one !== secretIn(second)),
        [],
      );
      await app.clock.advance(GRACE);
      assert.equal((await app.data()).userId, "anna", app.takeEvents().join());
    });

    it("nor does a slow reader's with `rolling`", async (test) => {
      const { app } = await due(test, { store: newStore(test), cookie: { maxAge: "30m" }, rolling: true });
      const [arrived, go] = [gate(), gate()];
      const slow = app.act(async (session) => {
        void session.userId;
        arrived.release();
        await go.open;
      });
      await arrived.open;
      await app.data();
      await app.data();
      go.release();
      await slow;
      await app.clock.advance(GRACE);
      assert.equal((await app.data()).userId, "anna", app.takeEvents().join());
    });

    it("nor does a write within the grace", async (test) => {
      const { app, first } = await due(test, { store: newStore(test), cookie: { maxAge: "30m" } });
      await app.data();
      await app.data();
      const reply = await app.act(set({ a: 1 }), { by: browserWith(app, first) });
      assert.deepEqual(given(reply.setCookie), []);
    });

    it("nor for one who is remembered", async (test) => {
      const store = newStore(test);
      const { app } = await due(test, { store });
      await app.act((session) => session.signIn("anna", { remember: true }));
      const first = cookieOf(app.agent);
      await app.clock.advance("15m");
      await app.data();
      await app.data();
      const reply = await app.act(set({ a: 1 }), { by: browserWith(app, first) });
      assert.deepEqual(given(reply.setCookie), []);
    });

    it("nor does one that came a moment before it was due, while the next is out", async (test) => {
      const { app } = await due(test, { store: newStore(test), cookie: { maxAge: "30m" } });
      await app.agent.signIn("anna");
      const one = cookieOf(app.agent);
      await app.clock.advance(15 * 60_000 - 1);
      const [arrived, go] = [gate(), gate()];
      const slow = app.act(
        async (session) => {
          session.slow = 1;
          arrived.release();
          await go.open;
        },
        { by: browserWith(app, one) },
      );
      await arrived.open;
      await app.clock.advance(1);
      await app.act(read);
      const next = cookieOf(app.agent);
      assert.notEqual(next, one);
      go.release();
      const reply = await slow;
      assert.deepEqual(
        given(reply.setCookie).filter((it) => it === one),
        [],
        "the old id while the next is offered",
      );
    });
  });
}
