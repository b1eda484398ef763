import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PATIENT, redisStore, withoutRedis } from "../support/redis-stores.ts";
import {
  type AppSession,
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const REDIS = "Redis store";

/** Runs `handler`, checks that it gave one new id and that the old one is dead, and returns what the session holds. */
async function changesId(
  app: SessionApp,
  handler: (session: AppSession) => unknown,
): Promise<Record<string, unknown>> {
  const before = cookieOf(app.agent);
  const reply = await app.act(handler);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.setCookie.length, 1, "one new cookie");
  const after = cookieOf(app.agent);
  for (const part of [1, 2, 3]) assert.notEqual(after.split(".")[part], before.split(".")[part]);
  assert.deepEqual(await app.data(browserWith(app, before)), {}, "the old id is dead");
  return app.data();
}

for (const [name, newStore] of [...everyStore, [REDIS, redisStore]] as const) {
  const skip = name === REDIS && withoutRedis;
  describe(`when the user of a session changes, on a ${name}`, { skip }, () => {
    const ways: Record<string, (session: AppSession) => unknown> = {
      "userId is assigned": set({ userId: "anna" }),
      "user is assigned a name": set({ user: "anna" }),
      "user is assigned an object": set({ user: { id: "anna" } }),
      "passport.user is assigned": set({ passport: { user: "anna" } }),
      "signIn is called": (session) => session.signIn("anna"),
      "it happens in update()": (session) => session.update(set({ userId: "anna" })),
      "it is saved by hand": async (session) => {
        session.userId = "anna";
        await session.save();
      },
    };
    for (const [way, handler] of Object.entries(ways)) {
      it(`because ${way}: one new id, and of the anonymous session only what this request wrote`, async (test) => {
        const app = await sessionApp(test, { ...PATIENT, store: newStore(test) });
        await app.act((session) => Object.assign(session, { planted: "evil", cart: [1] }));
        const data = await changesId(app, (session) => {
          session.returnTo = "/";
          return handler(session);
        });
        const { userId, user, passport, ...rest } = data;
        assert.ok(userId === "anna" || user !== undefined || passport !== undefined);
        assert.deepEqual(rest, { returnTo: "/" });
        assert.equal((await app.sessions.list("anna")).length, 1);
      });
    }

    it("an anonymous session hands on what the allow-list names", async (test) => {
      const app = await sessionApp(test, { ...PATIENT, store: newStore(test), keep: ["cart"] });
      const anonymous = { planted: "evil", cart: [1], locale: "de", other: 1 };
      await app.act((session) => Object.assign(session, anonymous));
      assert.deepEqual(await changesId(app, set({ userId: "anna" })), {
        cart: [1],
        userId: "anna",
      });
      const second = await sessionApp(test, { ...PATIENT, store: newStore(test), keep: ["cart"] });
      await second.act((session) => Object.assign(session, anonymous));
      const data = await changesId(second, (session) =>
        session.signIn("anna", { keep: ["locale", "missing", "__proto__"] }),
      );
      assert.deepEqual(data, { cart: [1], locale: "de", userId: "anna" });
    });

    it("from one user to another: only what this request wrote, the allow-list notwithstanding", async (test) => {
      for (const way of ["assign", "signIn"]) {
        const app = await sessionApp(test, { ...PATIENT, store: newStore(test), keep: ["cart"] });
        await app.agent.signIn("anna", { data: { cart: [1], role: "admin", notes: "private" } });
        const data = await changesId(app, async (session) => {
          session.greeted = true;
          if (way === "assign") session.userId = "bert";
          else await session.signIn("bert", { keep: ["cart", "role"] });
        });
        assert.deepEqual(data, { greeted: true, userId: "bert" }, way);
        assert.deepEqual(
          [(await app.sessions.list("anna")).length, (await app.sessions.list("bert")).length],
          [0, 1],
        );
      }
    });

    it("to nobody: nothing of the user's is left, and the old id is dead", async (test) => {
      const app = await sessionApp(test, { ...PATIENT, store: newStore(test) });
      await app.agent.signIn("anna", { data: { role: "admin" } });
      const before = cookieOf(app.agent);
      const reply = await app.act((session) => void delete session.userId);
      assert.match(reply.setCookie[0] ?? "", /^__Host-session=; .*Max-Age=0/);
      assert.deepEqual(await app.data(browserWith(app, before)), {});
      await app.agent.signIn("anna", { data: { role: "admin" } });
      const data = await changesId(app, (session) => {
        delete session.userId;
        session.flash = "Goodbye";
      });
      assert.deepEqual(data, { flash: "Goodbye" });
      assert.deepEqual(await app.sessions.list("anna"), []);
    });

    it("to the same user, written otherwise: nothing changes", async (test) => {
      const app = await sessionApp(test, { ...PATIENT, store: newStore(test) });
      await app.agent.signIn(7, { data: { role: "admin" } });
      const before = cookieOf(app.agent);
      for (const handler of [
        set({ userId: "7" }),
        set({ user: { id: 7 } }),
        set({ userId: null, passport: { user: 7 } }),
      ]) {
        assert.deepEqual((await app.act(handler)).setCookie, []);
        assert.equal((await app.data(browserWith(app, before))).role, "admin");
      }
    });
  });
}

describe("a session of an app that looks for its user in several places", () => {
  it("belongs to whoever its own data names once the rest has stayed behind", async (test) => {
    for (const [name, newStore] of everyStore) {
      const identify = (data: Readonly<Record<string, unknown>>) =>
        (data.boss ?? data.clerk ?? data.guest) as string;
      const app = await sessionApp(test, { ...PATIENT, store: newStore(test), identify });
      await app.act(set({ boss: "anna", clerk: "bert" }));
      const data = await changesId(app, (session) => {
        delete session.boss;
        session.guest = "carl";
      });
      assert.deepEqual(data, { guest: "carl" }, name);
      const lists = await Promise.all(["anna", "bert", "carl"].map((user) => app.sessions.list(user)));
      assert.deepEqual(
        lists.map((list) => list.length),
        [0, 0, 1],
        name,
      );
    }
  });
});

describe("an anonymous session that an attacker planted", () => {
  it("is of no use once the victim has signed in: not its id, not its data, not a write to it", async (test) => {
    const app = await sessionApp(test);
    const mallory = app.agent;
    await mallory.send("/plain", {});
    await app.act((session) => Object.assign(session, { role: "admin", returnTo: "https://evil.example" }), {
      by: mallory,
    });
    const planted = cookieOf(mallory);
    const victim = browserWith(app, planted);
    await app.act(set({ userId: "anna" }), { by: victim });
    assert.deepEqual(await app.data(victim), { userId: "anna" });
    await app.act(set({ role: "admin" }), { by: mallory });
    assert.deepEqual(await app.data(victim), { userId: "anna" });
    assert.notEqual(cookieOf(victim), planted);
    assert.equal((await app.data(browserWith(app, planted))).userId, undefined);
  });

  it("is of no use while the victim signs in: the attacker's parallel request wins nothing", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ a: 1 }));
    const planted = cookieOf(app.agent);
    let inside = (): void => {};
    const reached = new Promise<void>((resolve) => {
      inside = resolve;
    });
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = app.act(
      async (session) => {
        session.role = "admin";
        inside();
        await gate;
      },
      { by: browserWith(app, planted) },
    );
    await reached;
    await app.act((session) => session.signIn("anna"));
    go();
    const reply = await slow;
    assert.deepEqual(reply.setCookie, [], "no cookie for whoever was overtaken");
    assert.deepEqual(await app.data(), { userId: "anna" });
    assert.deepEqual(await app.data(browserWith(app, planted)), {});
  });
});
