import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../src/index.ts";
import { browserWith, cookieOf, sessionApp, set, strongSecret } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const IDLE = 30 * 60_000;

for (const [name, newStore] of everyStore) {
  describe(`the idle limit on a ${name}`, () => {
    it("ends a session that long after its last activity, to the millisecond", async (test) => {
      for (const [wait, alive] of [
        [IDLE - 1, true],
        [IDLE, false],
        [IDLE + 1, false],
      ] as const) {
        const app = await sessionApp(test, { store: newStore(test) });
        await app.agent.signIn("anna");
        app.clock.advance(wait);
        assert.equal((await app.data()).userId, alive ? "anna" : undefined, `after ${wait} ms`);
      }
    });

    it("counts from a request that only read, and from one that never looked at its session", async (test) => {
      for (const path of ["read", "plain"] as const) {
        // Within the tenth of the limit in which nothing need be recorded, and after it.
        for (const step of [1000, IDLE / 20, IDLE / 2]) {
          const app = await sessionApp(test, { store: newStore(test) });
          await app.agent.signIn("anna");
          for (let i = 0; i < 3; i++) {
            app.clock.advance(step);
            await (path === "read" ? app.data() : app.agent.get("/plain"));
            await app.settle();
          }
          const cookie = cookieOf(app.agent);
          app.clock.advance(IDLE - 1);
          assert.equal(
            (await app.data(browserWith(app, cookie))).userId,
            "anna",
            `${path}, every ${step} ms`,
          );
          await app.settle();
          app.clock.advance(IDLE + 1);
          assert.deepEqual(await app.data(), {}, `${path}, every ${step} ms`);
        }
      }
    });

    it("removes the record when it passes, and says so once", async (test) => {
      const store = newStore(test);
      const app = await sessionApp(test, { store });
      await app.agent.signIn("anna");
      const handle = cookieOf(app.agent).split(".")[1] ?? "";
      app.takeEvents();
      app.clock.advance(IDLE + 1);
      assert.ok(await store.read(handle, app.clock.now()), "the store still has it");
      assert.deepEqual(await app.data(), {});
      await app.settle();
      assert.equal(await store.read(handle, app.clock.now() - IDLE), null);
      const expired = app.events.filter(({ type }) => type === "session_expired");
      assert.deepEqual(
        expired.map((event) => [Reflect.get(event, "reason"), event.user]),
        [["idle", "anna"]],
      );
      assert.deepEqual(await app.data(), {});
      await app.settle();
      assert.deepEqual(app.takeEvents(), ["session_expired", "session_use_after_expire"]);
    });

    it("cannot be moved by a late request: what is over does not come back", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const cookie = cookieOf(app.agent);
      app.clock.advance(IDLE);
      await app.agent.get("/plain");
      await app.settle();
      await app.act(set({ a: 1 }), { by: browserWith(app, cookie) });
      assert.deepEqual(await app.data(browserWith(app, cookie)), {});
    });

    it("is short for a session without a user, and becomes the user's at sign-in", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), anonymousIdle: "5m" });
      await app.act(set({ cart: 1 }));
      app.clock.advance(5 * 60_000 - 1);
      assert.deepEqual(await app.data(), { cart: 1 });
      app.clock.advance(5 * 60_000);
      assert.deepEqual(await app.data(), {});
      await app.act(set({ userId: "anna" }));
      app.clock.advance(IDLE - 1);
      assert.equal((await app.data()).userId, "anna");
      await app.act((session) => {
        delete session.userId;
        session.cart = 2;
      });
      app.clock.advance(5 * 60_000 + 1);
      assert.deepEqual(await app.data(), {}, "and is short again once the user has left");
    });
  });
}

describe("activity seen by another process", () => {
  it("is known to this one, but for a tenth of the limit at most", async (test) => {
    const options = { store: new MemoryStore(), secret: strongSecret() };
    const one = await sessionApp(test, options);
    const two = await sessionApp(test, { ...options, clock: one.clock });
    await one.agent.signIn("anna");
    for (let i = 0; i < 20; i++) {
      one.clock.advance(IDLE / 15);
      await one.agent.get("/plain");
      await one.settle();
    }
    one.clock.advance(IDLE * 0.9 - 1);
    assert.equal((await two.data(browserWith(two, cookieOf(one.agent)))).userId, "anna");
  });

  it("is known after a restart: the last request before it counts", async (test) => {
    const options = { store: new MemoryStore(), secret: strongSecret() };
    const one = await sessionApp(test, options);
    await one.agent.signIn("anna");
    one.clock.advance(IDLE / 2);
    await one.agent.get("/plain");
    await one.settle();
    one.clock.advance(IDLE - 1);
    const two = await sessionApp(test, { ...options, clock: one.clock });
    assert.equal((await two.data(browserWith(two, cookieOf(one.agent)))).userId, "anna");
  });

  it("after a restart counts even if the first requests never look at the session", async (test) => {
    const options = { store: new MemoryStore(), secret: strongSecret() };
    const one = await sessionApp(test, options);
    await one.agent.signIn("anna");
    const two = await sessionApp(test, { ...options, clock: one.clock });
    const browser = browserWith(two, cookieOf(one.agent));
    for (let i = 0; i < 6; i++) {
      one.clock.advance(IDLE / 3);
      await browser.get("/plain");
      await two.settle();
    }
    assert.equal((await two.data(browser)).userId, "anna");
  });
});
