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

for (const [name, newStore] of everyStore) {
  describe(`signIn() on a ${name}`, () => {
    it("has stored the session and ended the old one once it has resolved", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(set({ cart: 1 }));
      const before = cookieOf(app.agent);
      const reply = await app.act(async (session) => {
        await session.signIn("anna");
        return {
          listed: (await app.sessions.list("anna")).map(({ handle }) => handle === session.handle),
          replayed: await app.data(browserWith(app, before)),
          proven: session.authenticatedAt?.getTime() === app.clock.now(),
        };
      });
      assert.deepEqual(reply.json(), { listed: [true], replayed: {}, proven: true });
      assert.equal((await app.data()).userId, "anna");
    });

    it("again, of the same user, keeps the data, changes the id and renews both limits", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), idle: "2h" });
      await app.agent.signIn("anna", { data: { cart: [1] } });
      const before = cookieOf(app.agent);
      app.clock.advance("1h");
      const reply = await app.act(async (session) => {
        await session.signIn("anna");
        return [session.authenticatedAt, session.times?.idleExpiresAt, session.times?.absoluteExpiresAt];
      });
      const now = app.clock.now();
      assert.deepEqual(
        reply.json(),
        [now, now + 2 * 3_600_000, now + 12 * 3_600_000].map((time) => new Date(time).toISOString()),
      );
      assert.deepEqual(await app.data(), { cart: [1], userId: "anna" });
      assert.deepEqual(await app.data(browserWith(app, before)), {});
    });

    it("keeps what this request wrote before, saved or not", async (test) => {
      for (const way of ["left to the reply", "save", "update"] as const) {
        const app = await sessionApp(test, { store: newStore(test) });
        await app.act(set({ planted: 1 }));
        await app.act(async (session) => {
          if (way === "update") await session.update(set({ mine: 1 }));
          else session.mine = 1;
          if (way === "save") await session.save();
          await session.signIn("anna");
        });
        assert.deepEqual(await app.data(), { mine: 1, userId: "anna" }, way);
        await app.act(async (session) => {
          session.second = 2;
          await session.save();
          session.userId = "bert";
        });
        assert.deepEqual(await app.data(), { second: 2, userId: "bert" }, way);
      }
    });

    it("several times in one request is one session", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const reply = await app.act(async (session) => {
        await session.signIn("anna");
        await session.signIn("bert");
        await session.signIn("carl");
      });
      assert.equal(reply.setCookie.length, 1);
      assert.deepEqual(await app.data(), { userId: "carl" });
      const lists = await Promise.all(["anna", "bert", "carl"].map((user) => app.sessions.list(user)));
      assert.deepEqual(
        lists.map((list) => list.length),
        [0, 0, 1],
      );
    });

    it("is the only thing that proves a user: an assigned one was never authenticated", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const proven = async () =>
        (await app.act((session) => ({ at: session.authenticatedAt ?? null }))).json();
      await app.act(set({ userId: "anna" }));
      assert.deepEqual(await proven(), { at: null });
      await app.act((session) => session.signIn("anna"));
      assert.deepEqual(await proven(), { at: new Date(app.clock.now()).toISOString() });
      await app.act(set({ userId: "bert" }));
      assert.deepEqual(await proven(), { at: null });
    });
  });
}

describe("a sign-in that fails", () => {
  it("for its user's name changes nothing", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const before = cookieOf(app.agent);
    for (const user of ["", Number.NaN, Number.POSITIVE_INFINITY, null, undefined, {}, true]) {
      const reply = await app.act(async (session) => ({
        code: await codeOf(session.signIn(user as string)),
      }));
      assert.deepEqual([reply.json(), reply.setCookie], [{ code: "ERR_HOLDFAST_USER" }, []], String(user));
    }
    assert.equal((await app.data(browserWith(app, before))).userId, "anna");
  });

  it("because the headers are out changes nothing", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act(async (session, _req, res) => {
      res.write("begun ");
      res.end(await codeOf(session.signIn("anna")));
    });
    assert.equal(reply.text, "begun ERR_HOLDFAST_HEADERS_SENT");
    assert.deepEqual(await app.sessions.list("anna"), []);
  });

  it("because `identify` looks elsewhere says so", async (test) => {
    const app = await sessionApp(test, { identify: (data) => data.account as string });
    const reply = await app.act(async (session) => ({ code: await codeOf(session.signIn("anna")) }));
    assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_USER" });
    assert.deepEqual(await app.data(), {});
  });

  const inStore = async (app: SessionApp): Promise<string> => {
    const reply = await app.act(async (session) => ({
      code: await codeOf(session.signIn("anna")),
      userId: session.userId ?? null,
    }));
    const { code, userId } = reply.json() as { code: string; userId: string | null };
    assert.equal(userId, null, "the app is not left with a user");
    return code;
  };

  for (const operation of ["userGeneration", "delete", "create"] as const) {
    it(`because the store's ${operation} does leaves nobody signed in, also when the app goes on`, async (test) => {
      const store = new WatchedStore();
      const app = await sessionApp(test, { store });
      await app.act(set({ cart: 1 }));
      store.fail(operation, new Error("gone"));
      assert.equal(await inStore(app), "ERR_HOLDFAST_STORE_UNAVAILABLE");
      store.fail(operation, undefined);
      assert.equal((await app.data()).userId, undefined);
      assert.deepEqual(await app.sessions.list("anna"), []);
    });
  }

  it("because the random source repeats itself says so, and takes over no session", async (test) => {
    const app = await sessionApp(test, { random: (size) => Buffer.alloc(size, 7) });
    await app.agent.signIn("anna");
    const bert = app.agent.newBrowser();
    const reply = await app.act((session) => session.signIn("bert"), { by: bert });
    assert.match(reply.text, /gives the same bytes again and again/);
    assert.equal((await app.data()).userId, "anna");
  });

  it("because the store was too slow leaves no session, whatever the store does later", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, storeTimeout: 30 });
    const held = store.hold("create");
    const reply = await app.act((session) => session.signIn("anna"));
    assert.equal(reply.status, 503);
    held.release();
    await app.settle();
    assert.ok(store.calls.includes("delete"));
    assert.deepEqual(await app.sessions.list("anna"), []);
    assert.equal((await app.data()).userId, undefined);
  });

  it("after the old session has ended leaves nobody signed in: not the new user, and not the old one again", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.agent.signIn("bert", { data: { notes: "private" } });
    store.fail("create", new Error("gone"));
    const reply = await app.act(async (session) => {
      session.flash = "Please try again.";
      const code = await codeOf(session.signIn("anna"));
      store.fail("create", undefined);
      return { code };
    });
    assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
    assert.deepEqual(await app.data(), { flash: "Please try again." });
    for (const user of ["anna", "bert"]) assert.deepEqual(await app.sessions.list(user), []);
  });
});

describe("the session object", () => {
  it("says when the session began, was last used, and ends", async (test) => {
    const app = await sessionApp(test);
    const times = (session: AppSession) => {
      const { times, expiresAt, authenticatedAt } = session;
      const all = [
        times?.createdAt,
        times?.lastSeenAt,
        times?.idleExpiresAt,
        times?.absoluteExpiresAt,
        expiresAt,
        authenticatedAt,
      ];
      return all.map((time) => (time === undefined ? null : (time.getTime() - start) / 60_000));
    };
    const start = app.clock.now();
    assert.deepEqual((await app.act(times)).json(), [null, null, null, null, null, null]);
    await app.agent.signIn("anna");
    app.clock.advance("20m");
    assert.deepEqual((await app.act(times)).json(), [0, 20, 50, 720, 50, 0]);
    for (let i = 0; i < 34; i++) {
      app.clock.advance("20m");
      await app.data();
    }
    app.clock.advance("10m");
    assert.deepEqual(
      (await app.act(times)).json(),
      [0, 710, 720, 720, 720, 0],
      "the absolute limit is the end of the idle one too",
    );
  });
});
