import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endings } from "../support/endings.ts";
import { browserWith, cookieOf, sessionApp } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

for (const [name, newStore] of everyStore) {
  for (const [way, end] of Object.entries(endings)) {
    describe(`${way} on a ${name}`, () => {
      it("ends the session on the server and deletes the cookie; replaying it is an anonymous visit", async (test) => {
        const app = await sessionApp(test, { store: newStore(test) });
        await app.agent.signIn("anna", { data: { cart: [1] } });
        const before = cookieOf(app.agent);
        app.takeEvents();
        const reply = await app.act((session, req) => {
          session.changed = "too late";
          return Promise.resolve(end(session, req)).then(() => undefined);
        });
        assert.equal(reply.status, 200, reply.text);
        assert.match(reply.setCookie[0] ?? "", /^__Host-session=; .*Max-Age=0/);
        assert.deepEqual(app.takeEvents(), ["session_logout"]);
        assert.equal(app.agent.cookies.size, 0);
        assert.deepEqual(await app.sessions.list("anna"), []);
        for (const browser of [browserWith(app, before), app.agent])
          assert.deepEqual(await app.data(browser), {});
      });

      it("of a session that was never stored stores nothing and sends nothing", async (test) => {
        const app = await sessionApp(test, { store: newStore(test) });
        const reply = await app.act((session, req) => {
          session.a = 1;
          return Promise.resolve(end(session, req)).then(() => undefined);
        });
        assert.deepEqual([reply.status, reply.setCookie], [200, []]);
        assert.deepEqual(app.takeEvents(), []);
      });
    });
  }
}

describe("after the session has ended", () => {
  it("by destroy(), there is no req.session, and what is still held of it refuses", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const reply = await app.act(async (session, req) => {
      await session.destroy();
      const codes = await Promise.all(
        [
          session.save(),
          session.reload(),
          session.regenerate(),
          session.update(() => {}),
          session.signIn("bert"),
          session.destroy(),
        ].map((act) =>
          act.then(
            () => "no error",
            (error) => Reflect.get(error, "code"),
          ),
        ),
      );
      session.written = "into the void";
      return { gone: req.session === undefined && req.sessionID === undefined, codes: [...new Set(codes)] };
    });
    assert.deepEqual(reply.json(), { gone: true, codes: ["ERR_HOLDFAST_SESSION_ENDED"] });
    assert.deepEqual(await app.data(), {});
  });

  it("by signOut(), req.session is an empty anonymous one, and what is written to it begins another", async (test) => {
    const app = await sessionApp(test, { clearSiteData: true });
    await app.agent.signIn("anna", { data: { cart: [1] } });
    const before = cookieOf(app.agent);
    const reply = await app.act(async (session, req) => {
      await session.signOut();
      const empty = Object.keys(session);
      session.flash = "Goodbye";
      return { empty, same: req.session === session };
    });
    assert.deepEqual(reply.json(), { empty: [], same: true });
    assert.deepEqual(await app.data(), { flash: "Goodbye" });
    assert.notEqual(cookieOf(app.agent), before);
    assert.equal(reply.headers["clear-site-data"], undefined, "never beside a new session cookie");
  });

  it("the next sign-in begins with nothing of it", async (test) => {
    const app = await sessionApp(test, { keep: ["cart"] });
    await app.agent.signIn("anna", { data: { cart: [1] } });
    await app.act(async (session) => {
      await session.signOut();
      await session.signIn("bert");
    });
    assert.deepEqual(await app.data(), { userId: "bert" });
  });

  it("a callback that throws is the app's own uncaught error, and the session stays ended", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
    // The runner's own listeners would count it as a failed test.
    const others = process.listeners("uncaughtException").slice(0, -1);
    for (const listener of others) process.off("uncaughtException", listener);
    try {
      await app.act((session) => {
        session.destroy(() => {
          throw new Error("the app's");
        });
      });
      assert.equal(((await uncaught) as Error).message, "the app's");
    } finally {
      for (const listener of others) process.on("uncaughtException", listener);
    }
    assert.deepEqual(await app.sessions.list("anna"), []);
  });
});

describe("ending that the store refuses", () => {
  for (const [way, end] of Object.entries(endings)) {
    it(`${way} is an error, not a reply that pretends`, async (test) => {
      const store = new WatchedStore();
      const app = await sessionApp(test, { store });
      await app.agent.signIn("anna");
      store.fail("delete", new Error("gone"));
      const reply = await app.act((session, req) => Promise.resolve(end(session, req)).then(() => undefined));
      assert.deepEqual([reply.status, reply.setCookie], [503, []]);
      store.fail("delete", undefined);
      assert.equal((await app.data()).userId, "anna");
    });
  }
});

describe("unset: keep", () => {
  it("only drops what this request changed", async (test) => {
    const app = await sessionApp(test, { unset: "keep" });
    await app.agent.signIn("anna", { data: { cart: [1] } });
    const reply = await app.act((session, req) => {
      session.cart = [2];
      Reflect.set(req, "session", null);
      return { gone: req.session === undefined };
    });
    assert.deepEqual([reply.json(), reply.setCookie], [{ gone: true }, []]);
    assert.deepEqual(await app.data(), { cart: [1], userId: "anna" });
  });
});
