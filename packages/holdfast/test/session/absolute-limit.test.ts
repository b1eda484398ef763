import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AppSession,
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const HOUR = 3_600_000;
const ABSOLUTE = 12 * HOUR;

/** When the session ends whatever happens, in hours since `start`. */
async function endsIn(app: SessionApp, start: number): Promise<number> {
  const reply = await app.act((session) => ({ at: session.times?.absoluteExpiresAt.getTime() }));
  return (Number(Reflect.get(reply.json() as object, "at")) - start) / HOUR;
}

for (const [name, newStore] of everyStore) {
  describe(`the absolute limit on a ${name}`, () => {
    it("ends a session that is used all the time", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const handle = cookieOf(app.agent).split(".")[1] ?? "";
      const start = app.clock.now();
      for (let n = 1; app.clock.now() + 20 * 60_000 < start + ABSOLUTE; n++) {
        app.clock.advance("20m");
        await app.act((session) => {
          if (n % 2 === 0) session.n = n;
          else session.touch();
        });
      }
      app.clock.set(start + ABSOLUTE - 1);
      assert.equal((await app.data()).userId, "anna");
      app.takeEvents();
      app.clock.set(start + ABSOLUTE);
      assert.deepEqual(await app.data(), {});
      await app.settle();
      const store = app.events.map((event) => [event.type, Reflect.get(event, "reason")]);
      // A store may have let go of it by itself at that very moment.
      assert.ok(
        ["session_expired,absolute", "session_use_after_expire,"].includes(store.join(";")),
        store.join(";"),
      );
      assert.deepEqual(
        (await app.sessions.list("anna")).map((session) => session.handle),
        [],
      );
      assert.equal(await app.sessions.revoke(handle), false, "nothing is left of it");
    });

    const acts: Record<string, (session: AppSession) => unknown> = {
      "a write": (session) => {
        session.a = Math.random();
      },
      touch: (session) => session.touch(),
      resetMaxAge: (session) => session.resetMaxAge(),
      save: async (session) => {
        session.a = Math.random();
        await session.save();
      },
      update: (session) =>
        session.update((s) => {
          s.b = Math.random();
        }),
      reload: (session) => session.reload(),
      "a longer cookie": (session) => {
        session.cookie.maxAge = 100 * HOUR;
      },
      "assigning the same user": set({ userId: "anna" }),
      "regenerate and the same user": async (session) => {
        await session.regenerate();
        session.userId = "anna";
      },
      "regenerate keeping the user": (session) => session.regenerate({ keep: ["userId"] }),
      "regenerate twice": async (session) => {
        await session.regenerate({ keep: ["userId"] });
        await session.save();
        await session.regenerate({ keep: ["userId"] });
      },
    };
    for (const [act, handler] of Object.entries(acts)) {
      it(`is not moved by ${act}`, async (test) => {
        const app = await sessionApp(test, { store: newStore(test), idle: "6h" });
        const start = app.clock.now();
        await app.agent.signIn("anna");
        for (let i = 0; i < 3; i++) {
          app.clock.advance("3h");
          assert.equal((await app.act(handler)).status, 200);
          assert.equal(await endsIn(app, start), 12);
        }
        app.clock.set(start + ABSOLUTE - 1);
        assert.equal((await app.data()).userId, "anna");
        app.clock.set(start + ABSOLUTE);
        assert.deepEqual(await app.data(), {});
      });
    }

    it("begins anew with a sign-in, which is a new authentication", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), idle: "6h" });
      const start = app.clock.now();
      await app.agent.signIn("anna");
      app.clock.advance("3h");
      const before = cookieOf(app.agent);
      await app.act((session) => session.signIn("anna"));
      assert.equal(await endsIn(app, start), 15);
      assert.deepEqual(await app.data(browserWith(app, before)), {}, "under a new id");
    });

    it("begins with the sign-in, not with the anonymous visit before it", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), anonymousIdle: "6h", idle: "6h" });
      const start = app.clock.now();
      await app.act(set({ cart: 1 }));
      app.clock.advance("5h");
      await app.act(set({ userId: "anna" }));
      assert.equal(await endsIn(app, start), 17);
    });
  });
}

describe("the client's idea of the time", () => {
  it("changes nothing: neither headers nor cookie dates", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    app.clock.advance(31 * 60_000);
    const headers = {
      date: new Date(app.clock.now() - HOUR).toUTCString(),
      "if-modified-since": new Date(0).toUTCString(),
    };
    assert.deepEqual((await app.act((session) => session, { headers })).json(), {});
  });
});
