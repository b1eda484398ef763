import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AppSession,
  browserWith,
  cookieOf,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const IDLE = 30 * 60_000;
const isActivity = (req: { url?: string | undefined }) => !req.url?.includes("?poll");
const poll = { query: "?poll" };

for (const [name, newStore] of everyStore) {
  describe(`requests that are no activity, on a ${name}`, () => {
    const polls: Record<string, (session: AppSession) => unknown> = {
      "reads nothing": () => {},
      reads: (session) => session.userId,
      "asks when it ends": (session) => session.expiresAt,
      writes: (session) => {
        session.polled = Number(session.polled ?? 0) + 1;
      },
      "writes with save()": async (session) => {
        session.polled = Number(session.polled ?? 0) + 1;
        await session.save();
      },
      "writes with update()": (session) =>
        session.update((s) => {
          s.polled = Number(s.polled ?? 0) + 1;
        }),
    };
    for (const [what, handler] of Object.entries(polls)) {
      it(`a poll that ${what} keeps no session alive`, async (test) => {
        const app = await sessionApp(test, { store: newStore(test), isActivity });
        await app.agent.signIn("anna");
        const browser = browserWith(app, cookieOf(app.agent));
        for (let waited = 0; waited < IDLE - 1000; waited += IDLE / 10) {
          await app.act(handler, { ...poll, by: browser });
          await app.settle();
          app.clock.advance(IDLE / 10);
        }
        assert.deepEqual(await app.data(browser), {});
      });
    }

    it("do not hide when the session ends: it can be shown without putting it off", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.agent.signIn("anna");
      const end = app.clock.now() + IDLE;
      for (const wait of [1000, IDLE / 2, IDLE / 3]) {
        app.clock.advance(wait);
        const reply = await app.act(
          (session) => ({
            seen: session.times?.lastSeenAt,
            idle: session.times?.idleExpiresAt,
            ends: session.expiresAt,
          }),
          poll,
        );
        const seen = new Date(end - IDLE).toISOString();
        assert.deepEqual(reply.json(), {
          seen,
          idle: new Date(end).toISOString(),
          ends: new Date(end).toISOString(),
        });
      }
    });

    it("show both limits after the latest activity, whether it has been recorded or not", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.agent.signIn("anna");
      const start = app.clock.now();
      for (const wait of [1000, IDLE / 20, IDLE / 2]) {
        app.clock.advance(wait);
        const seen = app.clock.now();
        await app.agent.get("/plain");
        await app.settle();
        app.clock.advance(1000);
        const reply = await app.act((session) => session.times, poll);
        assert.deepEqual(reply.json(), {
          createdAt: new Date(start).toISOString(),
          lastSeenAt: new Date(seen).toISOString(),
          idleExpiresAt: new Date(seen + IDLE).toISOString(),
          absoluteExpiresAt: new Date(start + 12 * 3_600_000).toISOString(),
        });
      }
    });

    it("keep no session without a user alive either", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.act(set({ cart: 1 }));
      for (let minute = 0; minute < 15; minute += 5) {
        assert.deepEqual((await app.act((session) => session, poll)).json(), { cart: 1 });
        app.clock.advance("5m");
      }
      assert.deepEqual(await app.data(), {});
    });

    it("write over none that another deployment has recorded meanwhile", async (test) => {
      const store = newStore(test);
      const secret = strongSecret();
      const app = await sessionApp(test, { store, secret, isActivity });
      const other = await sessionApp(test, { store, secret, clock: app.clock });
      await app.agent.signIn("anna");
      await app.data();
      app.clock.advance(IDLE / 5);
      const seen = new Date(app.clock.now());
      await other.data(browserWith(other, cookieOf(app.agent)));
      await other.settle();
      app.clock.advance(1000);
      await app.act(set({ polled: 1 }), poll);
      const [session] = await app.sessions.list("anna");
      assert.deepEqual(session?.lastSeenAt, seen);
    });

    it("are asked about once, with the whole URL, however often the session is used", async (test) => {
      const asked: (string | undefined)[] = [];
      const app = await sessionApp(test, {
        store: newStore(test),
        isActivity: (req) => {
          asked.push(req.url);
          return true;
        },
      });
      await app.agent.signIn("anna");
      app.clock.advance("5m");
      await app.act(
        async (session) => {
          session.a = session.expiresAt;
          await session.save();
          session.b = 1;
        },
        { query: "?whole" },
      );
      await app.settle();
      assert.deepEqual(asked, ["/act/0?whole"]);
    });

    it("touch() makes one count", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), isActivity });
      await app.agent.signIn("anna");
      for (let i = 0; i < 3; i++) {
        app.clock.advance(IDLE - 1);
        await app.act((session) => void session.touch(), poll);
      }
      assert.equal((await app.data()).userId, "anna");
    });
  });
}
