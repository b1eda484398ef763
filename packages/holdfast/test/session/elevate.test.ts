import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AppSession,
  browserWith,
  codeOf,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const HOUR = 3_600_000;

/** The code that `elevate` ends in, and the cookie the reply sets. */
async function tryElevate(
  app: SessionApp,
  options: Parameters<AppSession["elevate"]>[0] = { level: 2 },
  before: (session: AppSession) => unknown = () => {},
): Promise<unknown> {
  const reply = await app.act(async (session) => {
    await before(session);
    return { code: await codeOf(session.elevate(options)) };
  });
  return (reply.json() as { code: string }).code;
}

for (const [name, newStore] of everyStore) {
  describe(`elevate() on a ${name}`, () => {
    it("raises the level, adds the methods, and gives a new id: the old one is dead at once", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { cart: [1] }, methods: ["pwd"] });
      const before = cookieOf(app.agent);
      app.clock.advance("10m");
      const reply = await app.act(async (session) => {
        session.mine = 1;
        await session.elevate({ level: 2, methods: ["otp", "pwd"] });
        return {
          standing: [session.level, session.methods, session.authenticatedAt],
          replayed: await app.data(browserWith(app, before)),
          listed: (await app.sessions.list("anna")).map(({ handle }) => handle === session.handle),
        };
      });
      assert.deepEqual(reply.json(), {
        standing: [2, ["pwd", "otp"], new Date(app.clock.now()).toISOString()],
        replayed: {},
        listed: [true],
      });
      assert.notEqual(cookieOf(app.agent), before);
      assert.deepEqual(await app.data(), { cart: [1], mine: 1, userId: "anna" });
      assert.deepEqual(await app.data(browserWith(app, before)), {});
    });

    it("keeps the absolute limit and the cookie's life, which a second factor alone must not renew", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), idle: "12h" });
      await app.act((session) => session.signIn("anna", { remember: true }));
      const end = app.clock.now() + 12 * HOUR;
      app.clock.advance("11h");
      const reply = await app.act(async (session) => {
        await session.elevate({ level: 2 });
        return [session.times?.absoluteExpiresAt, session.times?.createdAt];
      });
      assert.deepEqual(
        reply.json(),
        [end, end - 12 * HOUR].map((time) => new Date(time).toISOString()),
      );
      assert.match(reply.setCookie[0] ?? "", /Max-Age=3600;/);
      app.clock.advance("1h");
      assert.deepEqual(await app.data(), {});
    });

    it("keeps the life that the app gave the cookie", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      await app.act((session) => {
        session.cookie.maxAge = HOUR;
      });
      const reply = await app.act((session) => session.elevate({ level: 2 }));
      assert.match(reply.setCookie[0] ?? "", /Max-Age=3600;/);
    });

    it("of an ended session ends in an error, and nobody is signed in", async (test) => {
      for (const end of ["revoke", "revokeUser"] as const) {
        const app = await sessionApp(test, { store: newStore(test) });
        await app.agent.signIn("anna");
        const code = await tryElevate(app, { level: 2 }, (session) =>
          end === "revoke" ? app.sessions.revoke(session.handle) : app.sessions.revokeUser("anna"),
        );
        assert.equal(code, "ERR_HOLDFAST_SUPERSEDED", end);
        assert.deepEqual(await app.sessions.list("anna"), [], end);
        assert.deepEqual(await app.data(), {}, end);
      }
    });

    it("twice at once leaves one session", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const before = cookieOf(app.agent);
      const codes = await Promise.all(
        Array.from({ length: 5 }, () =>
          app.act(async (session) => ({ code: await codeOf(session.elevate({ level: 2 })) }), {
            by: browserWith(app, before),
          }),
        ),
      );
      const won = codes.filter((reply) => (reply.json() as { code: string }).code === "no error");
      assert.equal(won.length, 1);
      assert.equal((await app.sessions.list("anna")).length, 1);
    });
  });
}

describe("elevate()", () => {
  it("needs a user who is in the stored session", async (test) => {
    const app = await sessionApp(test);
    assert.equal(await tryElevate(app), "ERR_HOLDFAST_SIGN_IN_REQUIRED");
    await app.act(set({ cart: 1 }));
    assert.equal(await tryElevate(app), "ERR_HOLDFAST_SIGN_IN_REQUIRED");
    assert.equal(await tryElevate(app, {}, set({ userId: "anna" })), "ERR_HOLDFAST_SIGN_IN_REQUIRED");
  });

  it("is not for another user, whom the request has assigned", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna", { level: 1 });
    assert.equal(await tryElevate(app, { level: 2 }, set({ userId: "bert" })), "ERR_HOLDFAST_USER");
    const reply = await app.act(({ level, userId }) => ({ level, userId }));
    assert.deepEqual(reply.json(), { level: 0, userId: "bert" });
  });

  it("never lowers a level, and changes nothing then", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna", { level: 3 });
    const before = cookieOf(app.agent);
    assert.equal(await tryElevate(app, { level: 2 }), "ERR_HOLDFAST_LEVEL_LOWERED");
    const reply = await app.act(({ level }) => ({ level }), { by: browserWith(app, before) });
    assert.deepEqual(reply.json(), { level: 3 });
  });

  it("without a level stays at the session's, but for an assigned user, who now has proved something", async (test) => {
    const app = await sessionApp(test);
    const level = async () => (await app.act((session) => ({ level: session.level }))).json();
    await app.agent.signIn("anna", { level: 3 });
    assert.equal(await tryElevate(app, { methods: ["otp"] }), "no error");
    assert.deepEqual(await level(), { level: 3 });
    await app.act(set({ userId: "bert" }));
    assert.equal(await tryElevate(app, {}), "no error");
    assert.deepEqual(await level(), { level: 1 });
  });

  it("comes too late once the headers are out", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const reply = await app.act(async (session, _req, res) => {
      res.write("begun ");
      res.end(await codeOf(session.elevate({ level: 2 })));
    });
    assert.equal(reply.text, "begun ERR_HOLDFAST_HEADERS_SENT");
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  for (const operation of ["userGeneration", "delete", "create"] as const) {
    it(`leaves nothing higher behind if the store's ${operation} fails, also when the app goes on`, async (test) => {
      const store = new WatchedStore();
      const app = await sessionApp(test, { store });
      await app.agent.signIn("anna", { data: { notes: 1 } });
      store.fail(operation, new Error("gone"));
      const reply = await app.act(async (session) => {
        const code = await codeOf(session.elevate({ level: 2 }));
        store.fail(operation, undefined);
        return { code };
      });
      assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
      const left = await app.act(({ level, userId }) => ({ level, userId: userId ?? null }));
      const gone = operation === "create";
      assert.deepEqual(left.json(), gone ? { level: 0, userId: null } : { level: 1, userId: "anna" });
      assert.equal((await app.sessions.list("anna")).length, gone ? 0 : 1);
    });
  }
});
