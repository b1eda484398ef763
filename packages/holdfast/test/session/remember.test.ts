import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Guard, requireFreshSignIn, requireLevel, requireUser } from "../../src/guards/index.ts";
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

const remember = (session: AppSession) => session.signIn("anna", { methods: ["pwd"], remember: true });

/** What the guard answers this browser. */
async function answer(app: SessionApp, guard: Guard): Promise<number> {
  return (await app.act((_session, req, res) => guard(req, res, () => void res.send("in")))).status;
}

/** Everything that writes a session, or gives it another id, without anybody having signed in. */
const uses: Readonly<Record<string, (session: AppSession) => unknown>> = {
  "reading it": (session) => session.userId,
  "writing to it": (session) => set({ at: Math.random() })(session),
  "update()": (session) => session.update((data) => void Object.assign(data, { n: Math.random() })),
  "touch()": (session) => void session.touch(),
  "cookie.maxAge": (session) => {
    session.cookie.maxAge = 400 * 24 * HOUR;
  },
  "pend()": (session) => session.pend("otp", 1, "100d"),
  "assigning its user again": set({ userId: "anna" }),
  "regenerate()": (session) => session.regenerate({ keep: ["userId"] }),
  "elevate()": (session) => session.elevate({ level: 1 }),
};

for (const [name, newStore] of everyStore) {
  describe(`a remembered session on a ${name}`, () => {
    it("ends at its idle limit all the same, though its cookie is still there", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(remember);
      app.clock.advance("30m");
      assert.deepEqual(await app.data(), {});
      assert.equal(await answer(app, requireUser()), 401);
    });

    for (const [what, use] of Object.entries(uses)) {
      it(`is lengthened by nothing: not by ${what}`, async (test) => {
        const app = await sessionApp(test, { store: newStore(test), idle: "12h" });
        await app.act(remember);
        const end = app.clock.now() + 12 * HOUR;
        while (app.clock.now() < end - HOUR) {
          app.clock.advance(HOUR);
          const reply = await app.act(use);
          assert.equal((await app.data()).userId, "anna");
          const life = /; Max-Age=(\d+)/.exec(reply.setCookie[0] ?? "")?.[1];
          assert.ok(app.clock.now() + Number(life ?? 0) * 1000 <= end, "nor does its cookie outlive it");
        }
        app.clock.set(end);
        assert.deepEqual(await app.data(browserWith(app, cookieOf(app.agent))), {});
      });
    }

    it("is no authentication: it is as old, and as weak, as the sign-in it began with", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), idle: "30d", absolute: "30d" });
      await app.act(remember);
      const answers = async () => [
        await answer(app, requireUser()),
        await answer(app, requireFreshSignIn("5m")),
        await answer(app, requireLevel(2)),
      ];
      assert.deepEqual(await answers(), [200, 200, 403]);
      for (const day of [1, 2, 3]) {
        app.clock.advance("1d");
        await app.act(set({ day }));
        await app.act((session) => session.regenerate({ keep: ["userId"] }));
        assert.deepEqual(await answers(), [200, 403, 403]);
      }
      await app.act((session) => session.signIn("anna", { level: 2 }));
      assert.deepEqual(await answers(), [200, 200, 200], "signing in again is");
    });

    it("is the one user's alone: whoever follows in it is not remembered", async (test) => {
      for (const next of [set({ userId: "bert" }), (session: AppSession) => session.signIn("bert")]) {
        const app = await sessionApp(test, { store: newStore(test) });
        await app.act(remember);
        const reply = await app.act(next);
        assert.match(reply.setCookie[0] ?? "", /^__Host-session=[^;]+; (?!.*(Max-Age|Expires))/);
      }
    });
  });
}
