import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deploymentOf } from "../../src/express/session.ts";
import { requireFreshSignIn, requireLevel, requireUser } from "../../src/guards/index.ts";
import { MemoryStore } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import {
  type AppOptions,
  type AppSession,
  browserWith,
  codeOf,
  cookieOf,
  type Handler,
  handleIn,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;
const HOUR = 60 * MINUTE;

const seen: Handler = ({ locked, lockedUser, level, authenticatedAt, expiresAt, ...data }) => ({
  locked,
  lockedUser: lockedUser ?? null,
  level,
  proven: authenticatedAt ?? null,
  data,
});

/** What a request with a locked session of Anna's sees. */
const LOCKED = { locked: true, lockedUser: "anna", level: 0, proven: null, data: {} };
const NOBODY = { ...LOCKED, locked: false, lockedUser: null };

/** Names as the app sees them; a spread takes data alone, and the rest are on the prototype. */
const look = async (app: SessionApp, cookie = cookieOf(app.agent)): Promise<unknown> =>
  (await app.act((session, req, res) => seen(session, req, res), { by: browserWith(app, cookie) })).json();

const poll = { query: "?poll" };
const isActivity: AppOptions["isActivity"] = (req) => !req.url?.includes("?poll");

/** Anna, signed in with two factors at the start, locked half an hour later. */
async function lockedAnna(
  test: Parameters<typeof sessionApp>[0],
  options: AppOptions = {},
): Promise<SessionApp> {
  const app = await sessionApp(test, { onIdle: "lock", ...options });
  await app.agent.signIn("anna", { data: { draft: "half-written" }, level: 2, methods: ["pwd", "otp"] });
  app.clock.advance(IDLE);
  assert.deepEqual(await look(app), LOCKED);
  return app;
}

for (const [name, newStore] of everyStore) {
  describe(`a session that locks, on a ${name}`, () => {
    it("locks at its idle limit, to the millisecond, and shows nothing but that and whose it is", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), onIdle: "lock" });
      await app.agent.signIn("anna", { data: { draft: 1 } });
      app.clock.advance(IDLE - 1);
      assert.deepEqual(await app.data(), { draft: 1, userId: "anna" });
      app.clock.advance(IDLE);
      const reply = await app.act((session) => ({
        keys: Object.keys(session),
        state: [session.locked, session.lockedUser, session.level, session.methods],
        times: [session.times ?? null, session.expiresAt ?? null, session.authenticatedAt ?? null],
      }));
      assert.deepEqual(reply.json(), {
        keys: [],
        state: [true, "anna", 0, []],
        times: [null, null, null],
      });
      assert.deepEqual(reply.setCookie, [], "the cookie stays");
      assert.equal(reply.headers["cache-control"], "no-store");
    });

    it("comes back with its data to its own user: a new id, proven now, until the limit that was", async (test) => {
      const app = await lockedAnna(test, { store: newStore(test) });
      const before = cookieOf(app.agent);
      app.clock.advance("2h");
      const end = app.clock.now() - IDLE - 2 * HOUR + 12 * HOUR;
      const reply = await app.act(async (session) => {
        session.mine = 1;
        await session.signIn("anna", { methods: ["pwd"] });
        return {
          data: { ...session },
          state: [session.locked, session.level, session.methods, session.authenticatedAt],
          end: session.times?.absoluteExpiresAt,
          replayed: await look(app, before),
        };
      });
      const data = { draft: "half-written", mine: 1, userId: "anna" };
      assert.deepEqual(reply.json(), {
        data,
        state: [false, 1, ["pwd"], new Date(app.clock.now()).toISOString()],
        end: new Date(end).toISOString(),
        replayed: NOBODY,
      });
      assert.notEqual(cookieOf(app.agent), before);
      assert.deepEqual(await app.data(), data);
      assert.equal((await app.sessions.list("anna")).length, 1);
    });

    it("locks and comes back again and again, but never beyond its absolute limit", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), onIdle: "lock" });
      await app.agent.signIn("anna", { data: { n: 1 } });
      const end = app.clock.now() + 12 * HOUR;
      while (app.clock.now() + HOUR < end) {
        app.clock.advance(HOUR);
        assert.deepEqual(await look(app), LOCKED);
        await app.act((session) => session.signIn("anna"));
        assert.deepEqual(await app.data(), { n: 1, userId: "anna" });
      }
      app.clock.set(end);
      assert.deepEqual(await look(app), NOBODY);
    });

    it("is deleted at the absolute limit, with the next pruning, and cannot be unlocked then", async (test) => {
      const store = newStore(test);
      const app = await lockedAnna(test, { store });
      app.clock.advance(12 * HOUR - IDLE - 1);
      await deploymentOf(app.sessions).upkeep.run();
      assert.deepEqual(await look(app), LOCKED, "a millisecond before");
      const reply = await app.act(async (session) => {
        assert.equal(session.locked, true);
        app.clock.advance(1);
        await deploymentOf(app.sessions).upkeep.run();
        return { code: await codeOf(session.signIn("anna")) };
      });
      assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_SESSION_ENDED" });
      assert.equal(await store.read(handleIn(cookieOf(app.agent)), 0), null, "at no time is there a record");
      assert.deepEqual(await look(app), NOBODY);
    });

    it("is not revived by requests, whether they look at it, poll, or were activity before", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), onIdle: "lock", isActivity });
      await app.agent.signIn("anna");
      const cookie = cookieOf(app.agent);
      // Activity that is still to be recorded when the limit has passed.
      app.clock.advance(IDLE / 2);
      await app.agent.get("/plain");
      app.clock.advance(IDLE);
      await app.settle();
      for (let i = 0; i < 3; i++) {
        await app.agent.get("/plain");
        await app.settle();
        assert.deepEqual(await look(app, cookie), LOCKED);
        await app.act((session) => void session.touch(), poll);
        await app.act((session) => void session.touch());
        await app.settle();
        app.clock.advance("1m");
      }
      assert.deepEqual(await look(app, cookie), LOCKED);
    });

    it("tells when it will end to a poll, which neither revives nor locks it early", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), onIdle: "lock", isActivity });
      await app.agent.signIn("anna");
      const end = app.clock.now() + IDLE;
      for (const wait of [1, IDLE / 2, IDLE / 2 - 2]) {
        app.clock.advance(wait);
        const reply = await app.act((session) => ({ ends: session.times?.idleExpiresAt }), poll);
        assert.deepEqual(reply.json(), { ends: new Date(end).toISOString() });
        await app.settle();
      }
      app.clock.advance(1);
      assert.deepEqual((await app.act(seen, poll)).json(), LOCKED);
    });

    it("takes no data: what a request writes is dropped with an event, and the next unlocking finds nothing of it", async (test) => {
      const app = await lockedAnna(test, { store: newStore(test) });
      app.takeEvents();
      const reply = await app.act(set({ cart: 1, draft: "planted" }));
      assert.deepEqual([reply.status, reply.setCookie], [200, []]);
      assert.deepEqual(app.takeEvents(), ["session_write_dropped"]);
      assert.deepEqual(await look(app), LOCKED);
      await app.act((session) => session.signIn("anna"));
      assert.deepEqual(await app.data(), { draft: "half-written", userId: "anna" });
    });

    it("says so to whoever asks that something be stored", async (test) => {
      const app = await lockedAnna(test, { store: newStore(test) });
      const reply = await app.act(async (session) => {
        const codes = [
          await codeOf(session.update((data) => Object.assign(data, { a: 1 }))),
          await codeOf(session.elevate({ level: 2 })),
          await codeOf(session.save()),
        ];
        session.a = 1;
        codes.push(await codeOf(session.save()));
        delete session.a;
        return codes;
      });
      const refused = "ERR_HOLDFAST_SESSION_LOCKED";
      assert.deepEqual(reply.json(), [refused, refused, "no error", refused]);
      assert.deepEqual(await look(app), LOCKED);
    });

    it("is ended by the sign-in of another user, who gets nothing of it", async (test) => {
      const app = await lockedAnna(test, { store: newStore(test) });
      const before = cookieOf(app.agent);
      app.takeEvents();
      await app.act(async (session) => {
        session.mine = 1;
        await session.signIn("bert");
      });
      assert.deepEqual(await app.data(), { mine: 1, userId: "bert" });
      assert.deepEqual(app.takeEvents(), [
        "session_logout",
        "session_created",
        "session_user_changed",
        "session_sign_in",
      ]);
      assert.deepEqual(await look(app, before), NOBODY);
      assert.deepEqual(await app.sessions.list("anna"), []);
      const [{ absoluteExpiresAt } = { absoluteExpiresAt: 0 }] = await app.sessions.list("bert");
      assert.equal(Number(absoluteExpiresAt), app.clock.now() + 12 * HOUR);
    });

    it("is not brought back by assigning its user, who has proved nothing: another one begins", async (test) => {
      for (const first of [async () => {}, (session: AppSession) => session.regenerate()]) {
        const app = await lockedAnna(test, { store: newStore(test) });
        const before = cookieOf(app.agent);
        await app.act(async (session) => {
          await first(session);
          session.userId = "anna";
        });
        assert.deepEqual(await look(app), { ...NOBODY, data: { userId: "anna" } });
        assert.deepEqual(await look(app, before), NOBODY);
        assert.equal((await app.sessions.list("anna")).length, 1);
      }
    });

    it("is ended by signOut, destroy, regenerate and null, and its cookie with it", async (test) => {
      const ends: Record<string, Handler> = {
        signOut: (session) => session.signOut(),
        destroy: (session) => session.destroy(),
        regenerate: (session) => session.regenerate(),
        null: (_session, req) => void Reflect.set(req, "session", null),
      };
      for (const [how, end] of Object.entries(ends)) {
        const app = await lockedAnna(test, { store: newStore(test) });
        const before = cookieOf(app.agent);
        app.takeEvents();
        const reply = await app.act(end);
        assert.match(reply.setCookie[0] ?? "", /Max-Age=0|Expires=Thu, 01 Jan 1970/, how);
        assert.deepEqual(app.takeEvents(), ["session_logout"], how);
        assert.deepEqual(await look(app, before), NOBODY, how);
        assert.deepEqual(await app.sessions.list("anna"), [], how);
      }
    });

    it("is listed as locked, and can be revoked, after which no factor brings it back", async (test) => {
      for (const revoke of ["revoke", "revokeUser", "revokeAll"] as const) {
        const app = await lockedAnna(test, { store: newStore(test) });
        const handle = handleIn(cookieOf(app.agent));
        const listed = await app.sessions.list("anna");
        assert.deepEqual(
          listed.map((one) => [one.handle, one.locked]),
          [[handle, true]],
        );
        const reply = await app.act(async (session) => {
          assert.equal(session.locked, true);
          if (revoke === "revoke") assert.ok(await app.sessions.revoke(handle, { user: "anna" }));
          else if (revoke === "revokeUser") assert.equal(await app.sessions.revokeUser("anna"), 1);
          else assert.equal(await app.sessions.revokeAll(), 1);
          return { code: await codeOf(session.signIn("anna")), keys: Object.keys(session) };
        });
        assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_SESSION_ENDED", keys: [] }, revoke);
        assert.deepEqual(await app.sessions.list("anna"), []);
      }
    });

    it("unlocked five times at once is one session", async (test) => {
      const app = await lockedAnna(test, { store: newStore(test) });
      const before = cookieOf(app.agent);
      let arrived = 0;
      let release = () => {};
      const all = new Promise<void>((resolve) => {
        release = resolve;
      });
      const unlock: Handler = async (session) => {
        assert.equal(session.locked, true);
        arrived += 1;
        if (arrived === 5) release();
        await all;
        return { code: await codeOf(session.signIn("anna")) };
      };
      const replies = await Promise.all(
        Array.from({ length: 5 }, () => app.act(unlock, { by: browserWith(app, before) })),
      );
      const codes = replies.map((reply) => (reply.json() as { code: string }).code);
      assert.equal(codes.filter((code) => code === "no error").length, 1, codes.join());
      assert.equal((await app.sessions.list("anna")).length, 1);
    });

    it("says once that it locked, and that it was unlocked, naming both ids", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), onIdle: "lock" });
      await app.agent.signIn("anna");
      app.clock.advance(IDLE);
      app.takeEvents();
      const cookie = cookieOf(app.agent);
      await Promise.all(Array.from({ length: 5 }, () => look(app, cookie)));
      const [locked] = app.events;
      assert.deepEqual(app.takeEvents(), ["session_locked"]);
      assert.equal(locked?.user, "anna");
      await app.act((session) => session.signIn("anna"));
      const [created, unlocked] = app.events;
      assert.deepEqual(app.takeEvents(), ["session_created", "session_unlocked"]);
      assert.equal(Reflect.get(unlocked ?? {}, "previous"), locked?.session);
      assert.equal(unlocked?.session, created?.session);
    });

    it("keeps the steps of an unlocking, and none begun before", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), onIdle: "lock" });
      await app.agent.signIn("anna", { data: { draft: 1 } });
      await app.act((session) => session.pend("transfer", { to: "bert" }, "2h"));
      app.clock.advance(IDLE);
      assert.deepEqual(await look(app), LOCKED);
      await app.act((session) => session.pend("passkey", { challenge: "c" }, "5m"));
      const reply = await app.act(async (session) => [
        (await session.takePending("transfer")) ?? null,
        await session.takePending("passkey"),
        (await session.takePending("passkey")) ?? null,
        await codeOf(session.signIn("anna")),
      ]);
      assert.deepEqual(reply.json(), [null, { challenge: "c" }, null, "no error"]);
      assert.deepEqual(await app.data(), { draft: 1, userId: "anna" });
    });
  });
}

describe("a session that locks", () => {
  it("is nobody to every guard, which say that it is locked", async (test) => {
    const app = await lockedAnna(test);
    for (const guard of [requireUser(), requireFreshSignIn("9d"), requireLevel(0)]) {
      const handler: Handler = (_session, req, res) => guard(req, res, () => void res.send("in"));
      const reply = await app.act(handler);
      assert.equal(reply.status, 401);
      assert.match(reply.text, /"ERR_HOLDFAST_SESSION_LOCKED"/);
      const stranger = await app.act(handler, { by: app.agent.newBrowser() });
      assert.match(stranger.text, /"ERR_HOLDFAST_SIGN_IN_REQUIRED"/);
    }
  });

  it("is not for visitors without a user, nor for anybody by default", async (test) => {
    const anonymous = await sessionApp(test, { onIdle: "lock" });
    await anonymous.act(set({ cart: 1 }));
    anonymous.clock.advance(15 * MINUTE);
    assert.deepEqual(await look(anonymous), NOBODY);
    for (const profile of [undefined, "nist-aal2"] as const) {
      const app = await sessionApp(test, { profile });
      assert.equal(app.sessions.policy().onIdle, "end");
      await app.agent.signIn("anna");
      app.clock.advance("1h");
      assert.deepEqual(await look(app), NOBODY);
    }
    assert.equal(anonymous.sessions.policy().onIdle, "lock");
  });

  it("stays what it was begun as when the option changes", async (test) => {
    const options = { store: new MemoryStore(), secret: strongSecret() };
    const locking = await sessionApp(test, { ...options, onIdle: "lock" });
    const ending = await sessionApp(test, { ...options, clock: locking.clock });
    await locking.agent.signIn("anna");
    await ending.agent.signIn("bert");
    locking.clock.advance(IDLE);
    assert.deepEqual(await look(ending, cookieOf(locking.agent)), LOCKED);
    assert.deepEqual(await look(locking, cookieOf(ending.agent)), NOBODY);
  });

  it("never raises a level above what the unlocking proved, nor keeps one from before", async (test) => {
    for (const [proved, level] of [
      [{}, 1],
      [{ level: 0 }, 0],
      [{ level: 2 }, 2],
    ] as const) {
      const app = await lockedAnna(test);
      await app.act((session) => session.signIn("anna", proved));
      const reply = await app.act((session) => [session.level, session.methods]);
      assert.deepEqual(reply.json(), [level, []]);
    }
  });

  it("once locked is so for a process that knew of later activity, whose writes in flight are dropped", async (test) => {
    const options = { store: new MemoryStore(), secret: strongSecret(), onIdle: "lock", isActivity } as const;
    const one = await sessionApp(test, options);
    const two = await sessionApp(test, { ...options, clock: one.clock });
    await one.agent.signIn("anna");
    const cookie = cookieOf(one.agent);
    // Within the tenth in which nothing is recorded.
    one.clock.advance(2 * MINUTE);
    await one.data();
    await one.settle();
    one.clock.advance(IDLE - MINUTE);
    await one.act(
      async (session) => {
        assert.equal(session.userId, "anna");
        assert.deepEqual(await look(two, cookie), LOCKED);
        session.late = 1;
      },
      { ...poll, by: browserWith(one, cookie) },
    );
    assert.deepEqual(await look(one, cookie), LOCKED);
    await one.act((session) => session.signIn("anna"), { by: browserWith(one, cookie) });
    const [only] = await one.sessions.list("anna");
    assert.equal(only?.locked, false);
  });

  for (const late of [
    "writes",
    "assigns another user",
    "regenerates",
    "elevates",
    "begins a step",
    "touches",
  ] as const) {
    it(`is out of reach of a request that began before and ${late} after the limit`, async (test) => {
      const app = await sessionApp(test, { onIdle: "lock" });
      await app.agent.signIn("anna", { data: { draft: 1 } });
      const cookie = cookieOf(app.agent);
      await app.act(async (session) => {
        assert.equal(session.userId, "anna");
        app.clock.advance("5h");
        if (late === "writes") session.late = 1;
        if (late === "assigns another user") session.userId = "bert";
        if (late === "regenerates") await codeOf(session.regenerate({ keep: ["userId"] }));
        if (late === "elevates") await codeOf(session.elevate({ level: 2 }));
        if (late === "begins a step") {
          assert.deepEqual(await look(app, cookie), LOCKED);
          await codeOf(session.pend("otp", 1, "1h"));
        }
        if (late === "touches") session.touch();
      });
      assert.deepEqual(await look(app, cookie), LOCKED);
      assert.equal(cookieOf(app.agent), cookie);
      const reply = await app.act(async (session) => {
        const step = (await session.takePending("otp")) ?? null;
        await session.signIn("anna");
        return { step };
      });
      assert.deepEqual(reply.json(), { step: null });
      assert.deepEqual(await app.data(), { draft: 1, userId: "anna" });
    });
  }

  it("keeps no step for a user whom the request has assigned", async (test) => {
    const app = await lockedAnna(test);
    const reply = await app.act(async (session) => {
      session.userId = "anna";
      const codes = [await codeOf(session.pend("otp", 1, "1h")), await codeOf(session.takePending("otp"))];
      delete session.userId;
      return codes;
    });
    assert.deepEqual(reply.json(), ["ERR_HOLDFAST_USER", "ERR_HOLDFAST_USER"]);
    assert.deepEqual(await look(app), LOCKED);
  });

  it("answers a write with an error where the app wants to know", async (test) => {
    const app = await lockedAnna(test, { onSuperseded: "fail" });
    const reply = await app.act(set({ cart: 1 }));
    assert.deepEqual(
      [reply.status, Reflect.get(reply.json() as object, "code")],
      [401, "ERR_HOLDFAST_SESSION_LOCKED"],
    );
    assert.deepEqual(await look(app), LOCKED);
  });

  it("is nobody's choice between two: a live session beside it is taken, of two locked ones neither", async (test) => {
    const app = await lockedAnna(test);
    const locked = cookieOf(app.agent);
    const other = app.agent.newBrowser();
    await other.signIn("bert");
    const both = { cookie: `__Host-session=${locked}; __Host-session=${cookieOf(other)}` };
    const request = { by: app.agent.newBrowser(), headers: both };
    assert.deepEqual((await app.act(seen, request)).json(), {
      ...NOBODY,
      level: 1,
      proven: new Date(app.clock.now()).toISOString(),
      data: { userId: "bert" },
    });
    app.clock.advance(IDLE);
    assert.deepEqual((await app.act(seen, request)).json(), NOBODY);
    assert.deepEqual(await look(app, locked), LOCKED, "and neither is ended");
  });

  it("counts among a user's sessions: it makes room for a sign-in that would be refused", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock", maxSessions: 1, onLimit: "reject" });
    await app.agent.signIn("anna");
    const elsewhere = app.agent.newBrowser();
    await assert.rejects(elsewhere.signIn("anna"));
    app.clock.advance(IDLE);
    app.takeEvents();
    await app.act((session) => session.signIn("anna"), { by: elsewhere });
    assert.deepEqual(app.takeEvents(), [
      "excess_sessions_exceeded",
      "session_created",
      "session_user_changed",
      "session_sign_in",
    ]);
    assert.deepEqual(await look(app), NOBODY);
    assert.equal((await app.sessions.list("anna")).length, 1);
  });

  it("is unlocked within the limit of sessions, without another one going", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock", maxSessions: 2 });
    await app.agent.signIn("anna", { data: { first: 1 } });
    const elsewhere = app.agent.newBrowser();
    await elsewhere.signIn("anna");
    app.clock.advance(IDLE);
    await app.act((session) => session.signIn("anna"));
    assert.deepEqual(await app.data(), { first: 1, userId: "anna" });
    assert.deepEqual(await look(app, cookieOf(elsewhere)), LOCKED);
  });

  it("keeps how long its cookie lives, and lengthens it by no unlocking", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock" });
    await app.act((session) => session.signIn("anna", { remember: true }));
    app.clock.advance("11h");
    const reply = await app.act((session) => session.signIn("anna"));
    assert.match(reply.setCookie[0] ?? "", /Max-Age=3600;/);
  });

  it("survives a restart on SQLite, locked or about to be", async (test) => {
    const path = databaseFor(test);
    const secret = strongSecret();
    const before = await sessionApp(test, { store: new SqliteStore(path), secret, onIdle: "lock" });
    await before.agent.signIn("anna", { data: { draft: 1 } });
    const other = before.agent.newBrowser();
    await other.signIn("anna");
    before.clock.advance(IDLE);
    assert.deepEqual(await look(before), LOCKED);
    const cookies = [cookieOf(before.agent), cookieOf(other)];
    await before.sessions.close();
    const after = await sessionApp(test, {
      store: new SqliteStore(path),
      secret,
      clock: before.clock,
    });
    for (const cookie of cookies) assert.deepEqual(await look(after, cookie), LOCKED);
    const browser = browserWith(after, cookies[0] ?? "");
    await after.act((session) => session.signIn("anna"), { by: browser });
    assert.deepEqual(await after.data(browser), { draft: 1, userId: "anna" });
  });

  for (const operation of ["read", "userGeneration", "delete", "create"] as const) {
    it(`shows nothing of its data if the store's ${operation} fails while it is unlocked`, async (test) => {
      const store = new WatchedStore();
      const app = await lockedAnna(test, { store });
      const cookie = cookieOf(app.agent);
      const reply = await app.act(async (session) => {
        assert.equal(session.locked, true);
        store.fail(operation, new Error("gone"));
        const code = await codeOf(session.signIn("anna"));
        store.fail(operation, undefined);
        return { code, data: { ...session } };
      });
      assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE", data: {} });
      assert.deepEqual(await look(app, cookie), operation === "create" ? NOBODY : LOCKED);
    });
  }

  it("is locked also while the store cannot write that down", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, onIdle: "lock" });
    await app.agent.signIn("anna", { data: { draft: 1 } });
    app.clock.advance(IDLE);
    store.fail("update", new Error("gone"));
    assert.deepEqual(await look(app), LOCKED);
    store.fail("update", undefined);
    await app.act((session) => session.signIn("anna"));
    assert.deepEqual(await app.data(), { draft: 1, userId: "anna" });
  });

  it("opens with another secret no more than a live one would", async (test) => {
    const app = await lockedAnna(test);
    const cookie = cookieOf(app.agent);
    assert.deepEqual(await look(app, `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}`), NOBODY);
  });
});
