import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf, cookieOf, NAME, sessionApp, set, strongSecret } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { handleOf, threeSessions, userSeen } from "../support/three-sessions.ts";

for (const [name, newStore] of everyStore) {
  describe(`revoking on a ${name}`, () => {
    it("ends one session of the user's, at once, and no other", async (test) => {
      const { app, phone, laptop, bert } = await threeSessions(test, { store: newStore(test) });
      app.takeEvents();
      assert.equal(await app.sessions.revoke(handleOf(phone), { user: "anna" }), true);
      assert.deepEqual(await Promise.all([phone, laptop, bert].map((by) => userSeen(app, by))), [
        undefined,
        "anna",
        "bert",
      ]);
      assert.equal(await app.sessions.revoke(handleOf(phone), { user: "anna" }), false, "it is gone");
      assert.deepEqual(
        app.events
          .filter(({ type }) => type === "session_revoked")
          .map((event) => Reflect.get(event, "count")),
        [1],
      );
    });

    it("of another user's handle is false and ends nothing", async (test) => {
      const { app, phone, bert } = await threeSessions(test, { store: newStore(test) });
      assert.equal(await app.sessions.revoke(handleOf(phone), { user: "bert" }), false);
      assert.equal(await app.sessions.revoke(handleOf(bert), { user: "anna" }), false);
      assert.deepEqual([await userSeen(app, phone), await userSeen(app, bert)], ["anna", "bert"]);
    });

    it("for a user who is nobody is an error, never everybody's power", async (test) => {
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
      for (const nobody of [undefined, null, "", Number.NaN]) {
        assert.equal(
          await codeOf(app.sessions.revoke(handleOf(phone), { user: nobody as string })),
          "ERR_HOLDFAST_USER",
          String(nobody),
        );
      }
      assert.equal(await userSeen(app, phone), "anna");
    });

    it("without a user is an operator's, and takes an anonymous session too", async (test) => {
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
      await app.act(set({ cart: 1 }));
      assert.equal(await app.sessions.revoke(handleOf(phone)), true);
      assert.equal(await app.sessions.revoke(handleOf(app.agent)), true);
      assert.deepEqual(await app.data(), {});
    });

    it("of what is no handle is false, whatever it is", async (test) => {
      const { app } = await threeSessions(test, { store: newStore(test) });
      for (const handle of [
        "",
        "x",
        "a".repeat(22),
        cookieOf,
        ["a"],
        {},
        null,
        undefined,
        7,
        "a".repeat(10_000),
        "../../etc/passwd",
        "%",
      ]) {
        assert.equal(await app.sessions.revoke(handle as string, { user: "anna" }), false);
        assert.equal(await app.sessions.revoke(handle as string), false);
      }
    });

    it("of a whole user spares the one named, and says how many", async (test) => {
      const { app, phone, laptop, bert } = await threeSessions(test, { store: newStore(test) });
      app.takeEvents();
      assert.equal(await app.sessions.revokeUser("anna", { except: handleOf(laptop) }), 1);
      assert.deepEqual(await Promise.all([phone, laptop, bert].map((by) => userSeen(app, by))), [
        undefined,
        "anna",
        "bert",
      ]);
      assert.equal(
        await app.sessions.revokeUser("anna", { except: handleOf(bert) }),
        1,
        "another's handle spares nothing",
      );
      assert.equal(await app.sessions.revokeUser("anna"), 0);
      assert.equal(await userSeen(app, bert), "bert");
      const counts = app.events
        .filter(({ type }) => type === "session_revoked")
        .map((event) => [event.user, Reflect.get(event, "count")]);
      assert.deepEqual(counts, [
        ["anna", 1],
        ["anna", 1],
      ]);
    });

    it("takes effect on every process of the store, whatever it remembers", async (test) => {
      const options = { store: newStore(test), secret: strongSecret() };
      const one = await sessionApp(test, options);
      const two = await sessionApp(test, { ...options, clock: one.clock });
      await one.agent.signIn("anna");
      const there = two.agent.newBrowser();
      there.cookies.set(NAME, cookieOf(one.agent));
      assert.equal(await userSeen(two, there), "anna");
      await one.sessions.revokeUser("anna");
      assert.equal(await userSeen(two, there), undefined);
      await two.act(set({ a: 1 }), { by: there });
      assert.deepEqual(await one.data(), {});
    });
  });
}
