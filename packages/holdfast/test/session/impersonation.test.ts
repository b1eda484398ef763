import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  hasLevel,
  isFresh,
  isSignedIn,
  requireFreshSignIn,
  requireLevel,
  requireUser,
} from "../../src/guards/index.ts";
import type { Session } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import {
  type AppOptions,
  type AppSession,
  browserWith,
  codeOf,
  cookieOf,
  type Handler,
  meanwhile,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const HOUR = 3_600_000;

const seen: Handler = (session) => ({
  data: { ...session },
  impersonator: session.impersonator ?? null,
  level: session.level,
  methods: session.methods,
  proven: session.authenticatedAt ?? null,
});

/** What a request sees while Olga acts as Anna. */
const AS_ANNA = { data: { userId: "anna" }, impersonator: "olga", level: 0, methods: [], proven: null };
const NOBODY = { ...AS_ANNA, data: {}, impersonator: null };

const look = async (app: SessionApp, cookie = cookieOf(app.agent)): Promise<unknown> =>
  (await app.act(seen, { by: browserWith(app, cookie) })).json();

/** Olga the operator, who has signed in with two factors. */
async function olga(test: Parameters<typeof sessionApp>[0], options: AppOptions = {}): Promise<SessionApp> {
  const app = await sessionApp(test, options);
  await app.agent.signIn("olga", { data: { notes: "olga's own" }, level: 2, methods: ["pwd", "otp"] });
  return app;
}

/** Olga, who acts as Anna since a minute after she signed in. */
async function asAnna(test: Parameters<typeof sessionApp>[0], options: AppOptions = {}): Promise<SessionApp> {
  const app = await olga(test, options);
  app.clock.advance("1m");
  await app.act((session) => session.impersonate("anna"));
  app.takeEvents();
  return app;
}

/** The code a verb ends in, and what is left of the request's session. */
async function codeFor(app: SessionApp, verb: (session: AppSession) => Promise<unknown>): Promise<string> {
  const reply = await app.act(async (session) => ({ code: await codeOf(verb(session)) }));
  return (reply.json() as { code: string }).code;
}

for (const [name, newStore] of everyStore) {
  describe(`impersonate() on a ${name}`, () => {
    it("gives a new id, the other's name and none of the operator's data; the old id is dead at once", async (test) => {
      const app = await olga(test, { store: newStore(test) });
      const before = cookieOf(app.agent);
      const reply = await app.act(async (session, req, res) => {
        session.mine = 1;
        await session.impersonate("anna");
        return { now: seen(session, req, res), replayed: await look(app, before) };
      });
      assert.deepEqual(reply.json(), { now: AS_ANNA, replayed: NOBODY });
      assert.notEqual(cookieOf(app.agent), before);
      assert.deepEqual(await look(app), AS_ANNA);
    });

    it("keeps what it is told to, and nothing else", async (test) => {
      const app = await olga(test, { store: newStore(test) });
      await app.act(set({ locale: "de", theme: "dark" }));
      await app.act((session) => session.impersonate("anna", { keep: ["locale", "userId", "none"] }));
      assert.deepEqual(await app.data(), { locale: "de", userId: "anna" });
    });

    it("leaves the session the operator's: in their list and not in the other's, ended with theirs", async (test) => {
      const app = await asAnna(test, { store: newStore(test) });
      assert.deepEqual(await app.sessions.list("anna"), []);
      const listed = await app.sessions.list("olga");
      assert.deepEqual(
        listed.map((one) => [one.actingAs, one.handle]),
        [["anna", cookieOf(app.agent).split(".")[1]]],
      );
      assert.equal(await app.sessions.revokeUser("anna"), 0);
      assert.deepEqual(await look(app), AS_ANNA);
      assert.equal(await app.sessions.revokeUser("olga"), 1);
      assert.deepEqual(await look(app), NOBODY);
    });

    it("goes on over writes, parallel ones too, and steps", async (test) => {
      const app = await asAnna(test, { store: newStore(test) });
      await app.act(async (session) => {
        session.mine = 1;
        await meanwhile(app, set({ theirs: 1 }));
      });
      await app.act((session) => session.update((data) => void Object.assign(data, { more: 1 })));
      await app.act((session) => session.pend("otp", 7, "5m"));
      assert.deepEqual((await app.act((session) => session.takePending("otp"))).json(), 7);
      assert.deepEqual(await look(app), {
        ...AS_ANNA,
        data: { userId: "anna", mine: 1, theirs: 1, more: 1 },
      });
    });

    it("never lengthens the session: not at its start, not at its end", async (test) => {
      const app = await olga(test, { store: newStore(test), idle: "12h" });
      const end = app.clock.now() + 12 * HOUR;
      for (let hour = 1; hour < 12; hour++) {
        app.clock.advance(HOUR);
        const reply = await app.act(async (session) => {
          await (session.impersonator === undefined
            ? session.impersonate("anna")
            : session.endImpersonation());
          return { end: session.times?.absoluteExpiresAt };
        });
        assert.deepEqual(reply.json(), { end: new Date(end).toISOString() });
      }
      app.clock.set(end);
      assert.deepEqual(await look(app), NOBODY);
    });

    it("ends with endImpersonation(): a new id, and the operator again, as they had signed in", async (test) => {
      const app = await asAnna(test, { store: newStore(test) });
      const signedInAt = app.clock.now() - 60_000;
      const before = cookieOf(app.agent);
      await app.act(set({ seen: "anna's", kept: 1 }));
      app.clock.advance("5m");
      await app.act((session) => session.endImpersonation({ keep: ["kept"] }));
      assert.notEqual(cookieOf(app.agent), before);
      assert.deepEqual(await look(app), {
        data: { userId: "olga", kept: 1 },
        impersonator: null,
        level: 2,
        methods: ["pwd", "otp"],
        proven: new Date(signedInAt).toISOString(),
      });
      assert.deepEqual(await look(app, before), NOBODY);
      assert.equal((await app.sessions.list("olga"))[0]?.actingAs, undefined);
    });

    it("of a session that has ended meanwhile ends in an error, and nobody acts as anybody", async (test) => {
      for (const verb of ["impersonate", "endImpersonation"] as const) {
        const app = await (verb === "impersonate" ? olga : asAnna)(test, { store: newStore(test) });
        const code = await codeFor(app, async (session) => {
          await app.sessions.revokeUser("olga");
          return verb === "impersonate" ? session.impersonate("anna") : session.endImpersonation();
        });
        assert.equal(code, "ERR_HOLDFAST_SESSION_ENDED", verb);
        assert.deepEqual(await look(app), NOBODY, verb);
        for (const user of ["anna", "olga"]) assert.deepEqual(await app.sessions.list(user), [], verb);
      }
    });

    it("five times at once leaves one session", async (test) => {
      const app = await olga(test, { store: newStore(test) });
      const before = cookieOf(app.agent);
      let arrived = 0;
      let release = () => {};
      const all = new Promise<void>((resolve) => {
        release = resolve;
      });
      const start: Handler = async (session) => {
        assert.equal(session.userId, "olga");
        arrived += 1;
        if (arrived === 5) release();
        await all;
        return { code: await codeOf(session.impersonate("anna")) };
      };
      const replies = await Promise.all(
        Array.from({ length: 5 }, () => app.act(start, { by: browserWith(app, before) })),
      );
      const codes = replies.map((reply) => (reply.json() as { code: string }).code);
      assert.equal(codes.filter((code) => code === "no error").length, 1, codes.join());
      assert.equal((await app.sessions.list("olga")).length, 1);
      assert.deepEqual(await app.sessions.list("anna"), []);
    });
  });
}

describe("impersonate()", () => {
  it("is told of at its start and at its end, with who and whom", async (test) => {
    const app = await olga(test);
    app.takeEvents();
    await app.act((session) => session.impersonate("anna\r\n\u001b[2J"));
    await app.act((session) => session.endImpersonation());
    const facts = app.events.map(({ type, user, ...event }) => [type, user, Reflect.get(event, "as")]);
    const whom = "anna\\u000d\\u000a\\u001b[2J";
    assert.deepEqual(facts, [
      ["session_created", "olga", undefined],
      ["session_impersonation_started", "olga", whom],
      ["session_impersonation_ended", "olga", whom],
      ["session_created", "olga", undefined],
    ]);
    assert.equal(app.events[1]?.session, app.events[2]?.session);
    assert.notEqual(Reflect.get(app.events[1] ?? {}, "previous"), app.events[1]?.session);
  });

  it("is refused within an impersonation, of oneself, and without a user; and changes nothing", async (test) => {
    const app = await asAnna(test);
    assert.equal(await codeFor(app, (session) => session.impersonate("bert")), "ERR_HOLDFAST_IMPERSONATING");
    assert.equal(await codeFor(app, (session) => session.impersonate("olga")), "ERR_HOLDFAST_IMPERSONATING");
    assert.deepEqual(await look(app), AS_ANNA);
    const own = await olga(test);
    for (const user of ["olga", "", Number.NaN, {} as string]) {
      assert.equal(await codeFor(own, (session) => session.impersonate(user)), "ERR_HOLDFAST_USER");
    }
    const assigned = await codeFor(own, (session) => {
      session.userId = "bert";
      const done = session.impersonate("anna");
      session.userId = "olga";
      return done;
    });
    assert.equal(assigned, "ERR_HOLDFAST_USER");
    assert.deepEqual(await own.data(), { notes: "olga's own", userId: "olga" });
    const nobody = await sessionApp(test);
    const needsUser = "ERR_HOLDFAST_SIGN_IN_REQUIRED";
    assert.equal(await codeFor(nobody, (session) => session.impersonate("anna")), needsUser);
    await nobody.act(set({ cart: 1 }));
    assert.equal(await codeFor(nobody, (session) => session.impersonate("anna")), needsUser);
  });

  it("does not run with more than a session may hold", async (test) => {
    const app = await sessionApp(test, { maxBytes: 100 });
    await app.agent.signIn("o", { data: { kept: "x".repeat(70) } });
    const code = await codeFor(app, (session) => session.impersonate("a".repeat(50), { keep: ["kept"] }));
    assert.equal(code, "ERR_HOLDFAST_TOO_LARGE");
    assert.equal((await app.data()).userId, "o");
  });

  it("comes too late once the headers are out, and does not run within an update", async (test) => {
    const app = await olga(test);
    const within = await codeFor(app, (session) => session.update(() => session.impersonate("anna")));
    assert.equal(within, "ERR_HOLDFAST_WITHIN_UPDATE");
    const reply = await app.act(async (session, _req, res) => {
      res.write("begun ");
      res.end(await codeOf(session.impersonate("anna")));
    });
    assert.equal(reply.text, "begun ERR_HOLDFAST_HEADERS_SENT");
    assert.deepEqual(await app.data(), { notes: "olga's own", userId: "olga" });
  });

  it("satisfies no guard of what was proved, unless the app says that the operator's proof will do", async (test) => {
    const app = await asAnna(test);
    const answers = async () => {
      const through = { allowImpersonation: true };
      const guards = [
        requireUser(),
        requireFreshSignIn("5m"),
        requireLevel(0),
        requireLevel(2),
        requireFreshSignIn("5m", through),
        requireLevel(2, through),
        requireLevel(3, through),
      ];
      const codes: string[] = [];
      for (const guard of guards) {
        const reply = await app.act((_session, req, res) => guard(req, res, () => void res.json("in")));
        codes.push(/ERR_HOLDFAST_(\w+)/.exec(reply.text)?.[1] ?? "in");
      }
      return codes;
    };
    const no = "IMPERSONATING";
    assert.deepEqual(await answers(), ["in", no, no, no, "in", "in", no]);
    app.clock.advance("4m");
    assert.deepEqual(await answers(), ["in", no, no, no, no, "in", no], "as old as the operator's sign-in");
    const reply = await app.act((session) => {
      const own = session as unknown as Session;
      return [
        isSignedIn(own),
        isFresh(own, "9d"),
        hasLevel(own, 0),
        isFresh(own, "9d", { allowImpersonation: true }),
      ];
    });
    assert.deepEqual(reply.json(), [true, false, false, true]);
  });

  it("lends the operator's proof to no user whom a request assigns", async (test) => {
    const app = await asAnna(test);
    for (const user of ["bert", "olga"]) {
      const reply = await app.act((session) => {
        session.userId = user;
        const own = session as unknown as Session;
        const checks = [session.level, isFresh(own, "9d", { allowImpersonation: true })];
        session.userId = "anna";
        return checks;
      });
      assert.deepEqual(reply.json(), [0, false], user);
    }
  });

  it("refuses another user who is merely assigned, the operator too, and stores nothing of that request", async (test) => {
    const app = await asAnna(test);
    for (const user of ["bert", "olga"]) {
      const reply = await app.act(set({ userId: user, more: 1 }));
      assert.deepEqual(
        [reply.status, Reflect.get(reply.json() as object, "code")],
        [403, "ERR_HOLDFAST_IMPERSONATING"],
      );
      const code = await codeFor(app, async (session) => {
        const done = session.update((data) => void Object.assign(data, { userId: user }));
        await done.catch(() => undefined);
        return done;
      });
      assert.equal(code, "ERR_HOLDFAST_IMPERSONATING");
      assert.deepEqual(await look(app), AS_ANNA);
      assert.deepEqual(await app.sessions.list("bert"), []);
    }
  });

  it("refuses elevate() and regenerate(), which would make more of the other user", async (test) => {
    const app = await asAnna(test);
    const before = cookieOf(app.agent);
    for (const verb of [
      (session: AppSession) => session.elevate({ level: 2 }),
      (session: AppSession) => session.regenerate({ keep: ["userId"] }),
    ]) {
      assert.equal(await codeFor(app, verb), "ERR_HOLDFAST_IMPERSONATING");
      assert.deepEqual(await look(app), AS_ANNA);
    }
    assert.equal(cookieOf(app.agent), before);
  });

  it("ends with the session in signOut() and destroy(): the operator is out too", async (test) => {
    for (const verb of ["signOut", "destroy"] as const) {
      const app = await asAnna(test);
      const before = cookieOf(app.agent);
      await app.act((session) => session[verb]());
      assert.deepEqual(app.takeEvents(), ["session_impersonation_ended", "session_logout"], verb);
      assert.deepEqual(await look(app, before), NOBODY, verb);
      assert.deepEqual(await app.sessions.list("olga"), [], verb);
    }
  });

  it("ends when the user is taken out of the data: what the request wrote goes on without anybody", async (test) => {
    const app = await asAnna(test);
    await app.act(set({ annas: 1 }));
    app.takeEvents();
    await app.act((session) => {
      delete session.userId;
      session.cart = 1;
    });
    assert.deepEqual(await look(app), { ...NOBODY, data: { cart: 1 } });
    assert.deepEqual(await app.sessions.list("olga"), []);
    assert.deepEqual(app.takeEvents(), [
      "session_impersonation_ended",
      "session_created",
      "session_user_changed",
    ]);
  });

  it("ends with signIn(), of whomever, and none of the other's data goes along", async (test) => {
    for (const user of ["anna", "bert", "olga"]) {
      const app = await asAnna(test);
      await app.act(set({ secret: "anna's" }));
      app.clock.advance("1m");
      await app.act(async (session) => {
        session.mine = 1;
        await session.signIn(user);
      });
      assert.deepEqual(await look(app), {
        data: { userId: user, mine: 1 },
        impersonator: null,
        level: 1,
        methods: [],
        proven: new Date(app.clock.now()).toISOString(),
      });
      assert.ok(app.takeEvents().includes("session_impersonation_ended"), user);
      assert.equal((await app.sessions.list(user)).length, 1);
      if (user !== "olga") assert.deepEqual(await app.sessions.list("olga"), []);
    }
  });

  it("is not there to be ended for anybody else: endImpersonation() does nothing then", async (test) => {
    const app = await olga(test);
    const before = cookieOf(app.agent);
    assert.equal(await codeFor(app, (session) => session.endImpersonation()), "no error");
    assert.equal(cookieOf(app.agent), before);
    assert.deepEqual(await app.data(), { notes: "olga's own", userId: "olga" });
    const nobody = await sessionApp(test);
    assert.equal(await codeFor(nobody, (session) => session.endImpersonation()), "no error");
  });

  it("gives back a user who is a number as a number", async (test) => {
    const app = await sessionApp(test);
    await app.act((session) => session.signIn(7));
    await app.act((session) => session.impersonate(8));
    assert.deepEqual(await app.data(), { userId: 8 });
    const reply = await app.act((session) => ({ by: session.impersonator }));
    assert.deepEqual(reply.json(), { by: "7" });
    await app.act((session) => session.endImpersonation());
    assert.deepEqual(await app.data(), { userId: 7 });
  });

  it("says so where `identify` does not read userId, and goes on as before", async (test) => {
    const app = await sessionApp(test, {
      identify: (data) => (data.account as { id?: string } | undefined)?.id,
    });
    await app.act(set({ account: { id: "olga" } }));
    const before = cookieOf(app.agent);
    for (const keep of [[], ["account"]]) {
      assert.equal(
        await codeFor(app, (session) => session.impersonate("anna", { keep })),
        "ERR_HOLDFAST_USER",
      );
    }
    assert.equal(cookieOf(app.agent), before);
    assert.deepEqual(await app.data(), { account: { id: "olga" } });
  });

  it("counts as the operator's within a limit of sessions", async (test) => {
    const app = await asAnna(test, { maxSessions: 1 });
    const anna = app.agent.newBrowser();
    await anna.signIn("anna");
    assert.deepEqual(await look(app), AS_ANNA);
    const elsewhere = app.agent.newBrowser();
    await elsewhere.signIn("olga");
    assert.deepEqual(await look(app), NOBODY);
    assert.equal((await app.data(anna)).userId, "anna");
  });

  it("ends at the idle limit even where sessions lock, and locks again once it is over", async (test) => {
    const app = await asAnna(test, { onIdle: "lock" });
    app.clock.advance("30m");
    const state: Handler = ({ locked }) => ({ locked });
    assert.deepEqual((await app.act(state)).json(), { locked: false });
    assert.deepEqual(await look(app), NOBODY);
    const other = await asAnna(test, { onIdle: "lock" });
    await other.act((session) => session.endImpersonation());
    other.clock.advance("30m");
    assert.deepEqual((await other.act(state)).json(), { locked: true });
    assert.equal(
      await codeFor(other, (session) => session.impersonate("anna")),
      "ERR_HOLDFAST_SESSION_LOCKED",
    );
  });

  it("is out of reach of a request that began before its session locked", async (test) => {
    const app = await olga(test, { onIdle: "lock" });
    const code = await codeFor(app, (session) => {
      assert.equal(session.userId, "olga");
      app.clock.advance("5h");
      return session.impersonate("anna");
    });
    assert.equal(code, "ERR_HOLDFAST_SESSION_ENDED");
  });

  it("keeps how long the cookie lives", async (test) => {
    const app = await sessionApp(test, { idle: "12h" });
    await app.act((session) => session.signIn("olga", { remember: true }));
    app.clock.advance("11h");
    const remembered = await app.act((session) => session.impersonate("anna"));
    assert.match(remembered.setCookie[0] ?? "", /Max-Age=3600;/);
    const own = await olga(test);
    await own.act((session) => {
      session.cookie.maxAge = HOUR;
    });
    const reply = await own.act((session) => session.impersonate("anna"));
    assert.match(reply.setCookie[0] ?? "", /Max-Age=3600;/);
  });

  it("survives a restart on SQLite", async (test) => {
    const path = databaseFor(test);
    const secret = strongSecret();
    const before = await asAnna(test, { store: new SqliteStore(path), secret });
    const cookie = cookieOf(before.agent);
    await before.sessions.close();
    const after = await sessionApp(test, { store: new SqliteStore(path), secret, clock: before.clock });
    assert.deepEqual(await look(after, cookie), AS_ANNA);
    await after.act((session) => session.endImpersonation(), { by: browserWith(after, cookie) });
    assert.equal((await after.sessions.list("olga"))[0]?.actingAs, undefined);
  });

  it("that failed half-way gives nothing of what was to the user whom its request then assigns", async (test) => {
    const store = new WatchedStore();
    const app = await olga(test, { store });
    store.fail("create", new Error("gone"));
    await app.act(async (session) => {
      await codeOf(session.impersonate("anna"));
      store.fail("create", undefined);
      session.userId = "olga";
    });
    assert.deepEqual(await look(app), { ...NOBODY, data: { userId: "olga" } });
  });

  for (const operation of ["userGeneration", "delete", "create"] as const) {
    it(`leaves nobody acting as anybody if the store's ${operation} fails`, async (test) => {
      for (const verb of ["impersonate", "endImpersonation"] as const) {
        const store = new WatchedStore();
        const app = await (verb === "impersonate" ? olga : asAnna)(test, { store });
        store.fail(operation, new Error("gone"));
        const code = await codeFor(app, async (session) => {
          const done = verb === "impersonate" ? session.impersonate("anna") : session.endImpersonation();
          await done.catch(() => undefined);
          store.fail(operation, undefined);
          return done;
        });
        assert.equal(code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
        const left = await app.act(({ userId, impersonator }) => ({ userId, impersonator }));
        const before = verb === "impersonate" ? { userId: "olga" } : { userId: "anna", impersonator: "olga" };
        assert.deepEqual(left.json(), operation === "create" ? {} : before);
        assert.equal((await app.sessions.list("olga")).length, operation === "create" ? 0 : 1);
        assert.deepEqual(await app.sessions.list("anna"), []);
      }
    });
  }
});
