import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type KeyProvider, keysFrom, storedKeys } from "../../src/keys/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { keyOf, states } from "../support/rotating-apps.ts";
import { describeServers, sendJson, serve } from "../support/servers.ts";
import { browserWith, codeOf, cookieOf, sessionApp, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const SECRET = strongSecret();
const trouble = (): Error => new Error("vault trouble, token s.12345");

describeServers("a provider of keys that cannot be reached at the start", (server) => {
  it("fails requests with 503 until it can be", async (test) => {
    let answer: () => Promise<string> = () => Promise.reject(trouble());
    let now = 1_000_000;
    const secret = keysFrom(() => answer());
    const clock = { now: () => now };
    const { agent } = await serve(test, server, { secret, clock }, (req, res) => {
      req.session.visits = 1;
      sendJson(res, {});
    });
    for (let i = 0; i < 2; i++) {
      const { status, text, setCookie } = await agent.get("/");
      assert.deepEqual([status, setCookie.length], [503, 0]);
      assert.equal(text.includes("s.12345"), false);
    }
    answer = () => Promise.resolve(SECRET);
    now += 1_000;
    const { status, setCookie } = await agent.get("/");
    assert.deepEqual([status, setCookie.length], [200, 1]);
  });

  it("that never answers holds a request no longer than a store may", async (test) => {
    const secret = keysFrom(() => new Promise<never>(() => undefined));
    const { agent } = await serve(test, server, { secret, storeTimeout: 30 }, (_req, res) =>
      sendJson(res, {}),
    );
    assert.equal((await agent.get("/")).status, 503);
  });
});

describe("a provider of keys", () => {
  it("that fails later leaves the known keys in use, with an event each time and one warning", async (test) => {
    let answer: () => string = () => SECRET;
    const app = await sessionApp(test, { secret: keysFrom(() => answer(), { refresh: "5m" }) });
    await app.agent.signIn("anna");
    answer = () => {
      throw trouble();
    };
    for (let i = 0; i < 3; i++) assert.deepEqual(await states(app), ["active"]);
    assert.deepEqual(await app.data(), { userId: "anna" });
    assert.equal(app.takeEvents().filter((type) => type === "key_refresh_failed").length, 3);
    const warnings = app.warnings.filter((message) => message.includes("keys"));
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]?.includes("s.12345"), false);
    // What can be ended is ended; but there may be a key that this process does not know.
    assert.equal(await codeOf(app.sessions.revokeUser("anna")), "ERR_HOLDFAST_KEYS_UNAVAILABLE");
    assert.deepEqual(await app.data(), {});
  });

  it("is not asked by requests, nor flooded by cookies under unknown keys", async (test) => {
    let asked = 0;
    const fetch = (): string => {
      asked += 1;
      return SECRET;
    };
    const app = await sessionApp(test, { secret: keysFrom(fetch) });
    await app.agent.signIn("anna");
    for (let i = 0; i < 5; i++) await app.data();
    assert.equal(asked, 1);
    const stranger = await sessionApp(test, {});
    await stranger.agent.signIn("mallory");
    const flood = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const forged = `${strongSecret().slice(0, 4)}${cookieOf(stranger.agent).slice(4)}`;
        assert.deepEqual(await app.data(browserWith(app, forged)), {});
      }
      await app.settle();
    };
    await flood();
    assert.equal(asked, 1, "it has just been asked");
    app.clock.advance("10s");
    await flood();
    assert.equal(asked, 2);
  });

  it("is asked before a user's sessions are listed or ended, so that none under a newer key is missed", async (test) => {
    const store = new SqliteStore(databaseFor(test));
    const provider = (): KeyProvider => storedKeys({ secret: SECRET });
    const one = await sessionApp(test, { store, secret: provider() });
    const two = await sessionApp(test, { store, secret: provider(), clock: one.clock });
    await one.agent.signIn("anna");
    await two.data();
    const signing = keyOf(cookieOf(one.agent));
    // The next one signs at once, and the second deployment has not heard of it.
    await one.sessions.keys.revoke(signing);
    await one.agent.signIn("anna");
    assert.equal(await two.sessions.revokeUser("anna"), 1);
    assert.deepEqual(await one.data(), {});
    for (const look of ["revoke", "list"] as const) {
      await one.agent.signIn("anna");
      await one.sessions.keys.revoke(keyOf(cookieOf(one.agent)));
      await one.agent.signIn("anna");
      one.clock.advance("10s");
      const [summary] = await one.sessions.list("anna");
      assert.ok(summary);
      if (look === "revoke") assert.equal(await two.sessions.revoke(summary.handle, { user: "anna" }), true);
      else assert.deepEqual(await two.sessions.list("anna"), [summary]);
    }
  });

  it("whose answer overtakes another's is asked one at a time, and all who wait share the next", async (test) => {
    let asked = 0;
    let running = 0;
    const fetch = async (): Promise<string> => {
      asked += 1;
      running += 1;
      assert.equal(running, 1);
      await new Promise(setImmediate);
      running -= 1;
      return SECRET;
    };
    const app = await sessionApp(test, { secret: keysFrom(fetch) });
    await app.data();
    await Promise.all(Array.from({ length: 10 }, () => app.sessions.keys.list()));
    assert.equal(asked, 3, "at the start, for the first, and once for all others");
  });

  it("of one's own is held to the same contract", async (test) => {
    let kept: { keys: never[]; version: number } | null = null;
    const provider: KeyProvider = {
      rotation: { every: 86_400_000, propagation: 60_000 },
      refresh: 60_000,
      connect: () => ({
        read: async () => kept,
        write: async (keys, version) => {
          if ((kept?.version ?? null) !== version) return false;
          kept = { keys: [...keys] as never[], version: (kept?.version ?? 0) + 1 };
          return true;
        },
      }),
    };
    const app = await sessionApp(test, { secret: provider });
    await app.agent.signIn("anna");
    await app.sessions.keys.rotate();
    app.clock.advance("1m");
    assert.deepEqual(await states(app), ["active", "verifying"]);
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  it("that is always overtaken gives up with a coded error", async (test) => {
    const provider: KeyProvider = {
      rotation: { every: 86_400_000, propagation: 60_000 },
      refresh: 60_000,
      connect: () => ({ read: () => null, write: () => false }),
    };
    assert.equal(
      await codeOf((async () => sessionApp(test, { secret: provider }))()),
      "ERR_HOLDFAST_KEYS_UNAVAILABLE",
    );
  });
});

describe("secrets in the options", () => {
  it("are keys too: listed newest first, counted, and changed where they stand", async (test) => {
    const [one, two] = [strongSecret(), strongSecret()];
    const store = new WatchedStore({ sync: true });
    const before = await sessionApp(test, { store, secret: one });
    await before.agent.signIn("anna");
    const app = await sessionApp(test, { store, secret: [two, one], clock: before.clock });
    for (const user of ["berta", "clara"]) await app.agent.newBrowser().signIn(user);
    const usage = await app.sessions.keys.usage();
    assert.deepEqual(
      usage.map(({ state, liveSessions, safeToRetire }) => [state, liveSessions, safeToRetire]),
      [
        ["active", 2, false],
        ["verifying", 1, false],
      ],
    );
    assert.deepEqual(
      usage.map(({ createdAt, activeFrom, retireAt }) => [createdAt, activeFrom, retireAt]),
      usage.map(() => [undefined, undefined, undefined]),
    );
    assert.equal(await codeOf(app.sessions.keys.rotate()), "ERR_HOLDFAST_KEYS_ELSEWHERE");
    assert.deepEqual(
      store.calls.filter((name) => name === "readValue"),
      [],
    );
  });
});
