import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { MemoryStore } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import type { TestReply } from "../../src/testing/index.ts";
import { databaseFor } from "../store/databases.ts";
import { PATIENT, redisStore, withoutRedis } from "../support/redis-stores.ts";
import {
  type AppOptions,
  type AppSession,
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
} from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** A request that is in the middle of its work; `finish` lets it go on. */
async function inFlight(
  app: SessionApp,
  work: (session: AppSession) => unknown,
  cookie: string,
): Promise<{ finish: () => Promise<TestReply>; browser: ReturnType<typeof browserWith> }> {
  let arrived = (): void => {};
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const browser = browserWith(app, cookie);
  const reply = app.act(
    async (session) => {
      // Loaded before the end of the session, as a slow request has.
      void session.userId;
      arrived();
      await gate;
      return work(session);
    },
    { by: browser },
  );
  await reached;
  return {
    browser,
    finish: () => {
      go();
      return reply;
    },
  };
}

const endings: Record<string, (app: SessionApp) => Promise<unknown>> = {
  "a sign-out": (app) => app.act((session) => session.signOut()),
  "a destroy": (app) => app.act((session) => session.destroy()),
  "a revoke": (app) => app.sessions.revoke(cookieOf(app.agent).split(".")[1] ?? "", { user: "anna" }),
  "a revoke of the user": (app) => app.sessions.revokeUser("anna"),
  "another sign-in": (app) => app.act((session) => session.signIn("anna")),
  "a new id": (app) => app.act((session) => session.regenerate({ keep: ["userId"] })),
  "another user": (app) => app.act(set({ userId: "bert" })),
};

const late: Record<string, (session: AppSession) => unknown> = {
  writes: set({ late: true }),
  touches: (session) => void session.touch(),
  "sets a longer cookie": (session) => {
    session.cookie.maxAge = 3_600_000;
  },
  "assigns another user": set({ userId: "mallory" }),
  "removes the user": (session) => {
    delete session.userId;
    session.left = true;
  },
};

const stores: Record<string, (test: TestContext) => AppOptions> = {
  "memory store": () => ({ store: new MemoryStore() }),
  "SQLite store": (test) => ({ store: new SqliteStore(databaseFor(test)) }),
  "Redis store": (test) => ({ ...PATIENT, store: redisStore(test) }),
};

for (const [name, options] of Object.entries(stores)) {
  for (const [what, end] of Object.entries(endings)) {
    const skip = name === "Redis store" && withoutRedis;
    describe(`after ${what}, on a ${name}`, { skip }, () => {
      for (const [how, work] of Object.entries(late)) {
        it(`a request in flight that ${how} brings nothing back, and gets no session cookie`, async (test) => {
          const app = await sessionApp(test, options(test));
          await app.agent.signIn("anna", { data: { cart: [1] } });
          const cookie = cookieOf(app.agent);
          const slow = await inFlight(app, work, cookie);
          await end(app);
          const after = (await app.sessions.list("anna")).length;
          app.takeEvents();
          const reply = await slow.finish();
          assert.equal(reply.status, 200);
          assert.deepEqual(reply.setCookie, []);
          assert.deepEqual(app.takeEvents().slice(-1), ["session_write_dropped"]);
          assert.deepEqual(await app.data(browserWith(app, cookie)), {});
          assert.equal((await app.sessions.list("anna")).length, after);
          assert.deepEqual(await app.sessions.list("mallory"), []);
        });
      }

      it("a request in flight is a 409 where the app wants it so", async (test) => {
        const app = await sessionApp(test, { ...options(test), onSuperseded: "fail" });
        await app.agent.signIn("anna");
        const cookie = cookieOf(app.agent);
        const slow = await inFlight(app, set({ late: true }), cookie);
        await end(app);
        const reply = await slow.finish();
        assert.deepEqual(
          [reply.status, Reflect.get(reply.json() as object, "code"), reply.setCookie],
          [409, "ERR_HOLDFAST_SUPERSEDED", []],
        );
        assert.deepEqual(await app.data(browserWith(app, cookie)), {});
      });
    });
  }
}

describe("a revoke of the user", () => {
  /** A sign-in that is held at one operation of the store while everything of the user's is revoked. */
  async function overtaken(
    test: TestContext,
    operation: "userGeneration" | "delete" | "create",
    way: "signIn" | "assign",
  ): Promise<{ app: SessionApp; reply: TestReply }> {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.act(set({ cart: 1 }));
    const held = store.hold(operation);
    const signingIn = app.act(async (session) => {
      if (way === "assign") session.userId = "anna";
      else await session.signIn("anna");
    });
    await held.reached;
    await app.sessions.revokeUser("anna");
    held.release();
    return { app, reply: await signingIn };
  }

  for (const operation of ["delete", "create"] as const) {
    for (const way of ["signIn", "assign"] as const) {
      it(`overtakes a sign-in by ${way} that waits at ${operation}: nobody is signed in`, async (test) => {
        const { app, reply } = await overtaken(test, operation, way);
        assert.equal(reply.status, way === "signIn" ? 409 : 200);
        assert.deepEqual(reply.setCookie, []);
        assert.deepEqual(await app.sessions.list("anna"), []);
        assert.equal((await app.data()).userId, undefined);
      });
    }
  }

  it("does not hold up a sign-in that begins after it", async (test) => {
    const { app, reply } = await overtaken(test, "userGeneration", "signIn");
    assert.equal(reply.status, 200);
    assert.equal((await app.data()).userId, "anna");
    await app.sessions.revokeUser("anna");
    await app.act((session) => session.signIn("anna"));
    assert.equal((await app.data()).userId, "anna");
  });

  it("ends a session that a rotation is just re-signing", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    await app.agent.signIn("anna");
    const cookie = cookieOf(app.agent);
    const held = store.hold("update");
    const writing = app.act(set({ a: 1 }), { by: browserWith(app, cookie) });
    await held.reached;
    await app.sessions.revokeUser("anna");
    held.release();
    assert.deepEqual((await writing).setCookie, []);
    assert.deepEqual(await app.data(browserWith(app, cookie)), {});
  });
});
