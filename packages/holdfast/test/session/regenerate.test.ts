import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { type AppSession, browserWith, cookieOf, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

for (const [name, newStore] of everyStore) {
  describe(`regenerate() on a ${name}`, () => {
    it("ends the session and begins an empty one with a new id", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { cart: [1] } });
      const before = cookieOf(app.agent);
      const reply = await app.act(async (session, req) => {
        const { handle } = session;
        await session.regenerate();
        session.fresh = true;
        return {
          empty: Object.keys(session),
          sameObject: req.session === session,
          otherHandle: session.handle !== handle,
        };
      });
      assert.deepEqual(reply.json(), { empty: ["fresh"], sameObject: true, otherHandle: true });
      assert.deepEqual(await app.data(), { fresh: true });
      assert.deepEqual(await app.data(browserWith(app, before)), {});
    });

    it("takes along what `keep` names, the user too", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { cart: [1], other: 2 } });
      const before = cookieOf(app.agent);
      await app.act((session) =>
        session.regenerate({ keep: ["cart", "userId", "missing", "save", "__proto__"] }),
      );
      assert.deepEqual(await app.data(), { cart: [1], userId: "anna" });
      assert.deepEqual(await app.data(browserWith(app, before)), {});
    });

    it("takes nothing along from an anonymous session that somebody ends meanwhile", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      for (const when of ["before", "after"] as const) {
        await app.act(set({ cart: [1] }));
        await app.act(async (session) => {
          if (when === "before") await app.sessions.revokeAll();
          await session.regenerate({ keep: ["cart"] });
          if (when === "after") await app.sessions.revokeAll();
          session.fresh = true;
        });
        assert.equal((await app.data()).cart, undefined, when);
      }
      await app.act(set({ cart: [1] }));
      await app.act(async (session) => {
        await session.regenerate({ keep: ["cart"] });
        await app.sessions.revokeAll();
        session.userId = "anna";
      });
      assert.deepEqual([await app.data(), await app.sessions.list("anna")], [{}, []]);
    });

    it("takes an anonymous session's data along where other users' sessions are ended meanwhile", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(set({ cart: [1] }));
      await app.act(async (session) => {
        await session.regenerate({ keep: ["cart"] });
        await app.sessions.revokeUser("bert");
      });
      assert.deepEqual(await app.data(), { cart: [1] });
    });

    it("has ended the old session once it has resolved, before anything is replied", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const before = cookieOf(app.agent);
      const reply = await app.act(async (session) => {
        await session.regenerate();
        return { replayed: await app.data(browserWith(app, before)) };
      });
      assert.deepEqual(reply.json(), { replayed: {} });
    });

    it("that is followed by nothing leaves no session and deletes the cookie", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const reply = await app.act((session) => session.regenerate());
      assert.match(reply.setCookie[0] ?? "", /Max-Age=0/);
      assert.equal(app.agent.cookies.size, 0);
    });

    it("as Passport uses it, with callbacks and a save, is one change of id", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act((session) => Object.assign(session, { planted: 1 }));
      const before = cookieOf(app.agent);
      app.takeEvents();
      const reply = await app.act(async (session, req) => {
        await promisify((done: (error?: unknown) => void) => session.regenerate(done))();
        Reflect.set(req.session, "passport", { user: "anna" });
        await promisify((done: (error?: unknown) => void) => void req.session.save(done))();
        return { handle: req.session.handle };
      });
      assert.equal(reply.setCookie.length, 1);
      assert.deepEqual(reply.json(), { handle: cookieOf(app.agent).split(".")[1] });
      assert.deepEqual(app.takeEvents(), [
        "session_logout",
        "session_created",
        "session_user_changed",
        "session_sign_in",
      ]);
      assert.deepEqual(await app.data(), { passport: { user: "anna" } });
      assert.deepEqual(await app.data(browserWith(app, before)), {});
      assert.equal((await app.sessions.list("anna")).length, 1);
    });

    it("with a callback leaves what was there to be read in the object before, and takes from it what the app copies", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act((session) => Object.assign(session, { cart: [1], planted: 1 }));
      const reply = await app.act(async (before, req) => {
        await promisify((done: (error?: unknown) => void) => before.regenerate(done))();
        const { session } = req;
        Object.assign(before, { late: 1 });
        Object.assign(session, { cart: before.cart, passport: { user: "anna" } });
        return { another: session !== before, sameHandle: session.handle === before.handle };
      });
      assert.deepEqual(reply.json(), { another: true, sameHandle: true });
      assert.deepEqual(await app.data(), { cart: [1], passport: { user: "anna" } });
    });

    it("keeps the limits of the same user's session, and when it began", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), idle: "12h" });
      await app.agent.signIn("anna");
      const times = (session: AppSession) => [
        session.times?.createdAt,
        session.authenticatedAt,
        session.times?.absoluteExpiresAt,
      ];
      const before = (await app.act(times)).json();
      app.clock.advance("1h");
      const after = await app.act(async (session) => {
        await session.regenerate({ keep: ["userId"] });
        await session.save();
        return times(session);
      });
      assert.deepEqual(after.json(), before);
      const other = await app.act(async (session) => {
        await session.regenerate();
        session.userId = "bert";
        await session.save();
        return times(session);
      });
      const now = app.clock.now();
      assert.deepEqual(other.json(), [
        new Date(now).toISOString(),
        null,
        new Date(now + 12 * 3_600_000).toISOString(),
      ]);
    });
  });
}

describe("regenerate()", () => {
  it("gives another handle, if the session was never stored", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act(async (session) => {
      session.a = 1;
      const { handle } = session;
      await session.regenerate();
      session.b = 1;
      await session.save();
      return { other: session.handle !== handle };
    });
    assert.deepEqual(reply.json(), { other: true });
    assert.deepEqual(await app.data(), { b: 1 });
  });

  it("after the headers are out is refused, and ends nothing", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const reply = await app.act(async (session, _req, res) => {
      res.write("begun ");
      const error: unknown = await session.regenerate().then(
        () => undefined,
        (error) => error,
      );
      res.end(String(Reflect.get(error as object, "code")));
    });
    assert.equal(reply.text, "begun ERR_HOLDFAST_HEADERS_SENT");
    assert.equal((await app.data()).userId, "anna");
  });
});
