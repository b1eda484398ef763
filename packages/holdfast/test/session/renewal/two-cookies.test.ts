import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { due, GRACE, read } from "../../support/renewals.ts";
import { cookieOf, NAME } from "../../support/session-app.ts";
import { everyStore } from "../../support/stores.ts";

// A browser has the old cookie beside the new one where the cookie's path or domain was changed by a deployment: before
// renewal nothing ever set the second one while the session lasted (an unpersistent cookie under an unchanged key).
for (const [name, newStore] of everyStore) {
  describe(`two cookies of one session on a ${name}`, () => {
    for (const reversed of [false, true]) {
      it(`are the later one, wherever it stands${reversed ? "; the other way round" : ""}`, async (test) => {
        const { app, first } = await due(test, { store: newStore(test) });
        await app.data();
        const second = cookieOf(app.agent);
        const ids = reversed ? [first, second] : [second, first];
        const both = ids.map((id) => `${NAME}=${id}`).join("; ");
        await app.act(read, { headers: { cookie: both } });
        assert.deepEqual(app.takeEvents(), ["session_renewed"]);
      });
    }

    for (const presented of [false, true]) {
      it(`are one session, not two; the next one ${presented ? "" : "not "}presented alone before`, async (test) => {
        const { app, first } = await due(test, { store: newStore(test) });
        await app.data();
        const second = cookieOf(app.agent);
        if (presented) await app.data();
        const reply = await app.act(read, { headers: { cookie: `${NAME}=${second}; ${NAME}=${first}` } });
        assert.equal((reply.json() as { userId?: string }).userId, "anna", app.takeEvents().join());
      });
    }

    it("end nothing after the grace", async (test) => {
      const { app, first } = await due(test, { store: newStore(test) });
      await app.data();
      const second = cookieOf(app.agent);
      await app.data();
      await app.clock.advance(GRACE);
      app.takeEvents();
      const reply = await app.act(read, { headers: { cookie: `${NAME}=${second}; ${NAME}=${first}` } });
      assert.equal((reply.json() as { userId?: string }).userId, "anna", app.takeEvents().join());
      assert.equal((await app.data()).userId, "anna", app.takeEvents().join());
    });
  });
}
