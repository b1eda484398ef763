import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keysFrom, storedKeys } from "../../src/keys/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import type { FakeClock } from "../../src/testing/index.ts";
import { databaseFor } from "../store/databases.ts";
import { browserWith, codeOf, cookieOf, sessionApp, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

describe("keys that change while other things happen", () => {
  it("a sign-in under way when the signing key is revoked gives a session that lives, or an error", async (test) => {
    const store = new WatchedStore({ inner: new SqliteStore(databaseFor(test)), sync: false });
    const secret = storedKeys({ secret: strongSecret() });
    const app = await sessionApp(test, { store, secret });
    await app.sessions.keys.list();
    const [first] = await app.sessions.keys.list();
    const gate = store.hold("userGeneration");
    const signing = app.act((session) => session.signIn("anna"));
    await gate.reached;
    await app.sessions.keys.revoke(first?.id ?? "");
    gate.release();
    const reply = await signing;
    const data = await app.data();
    assert.ok(
      reply.status !== 200 || data.userId === "anna",
      `replied ${reply.status}, then ${JSON.stringify(data)}; events ${app.takeEvents().join()}`,
    );
  });

  it("a session that began while the key rotated depends on one key, and goes over to the next as any other", async (test) => {
    const path = databaseFor(test);
    const secret = storedKeys({ secret: strongSecret(), rotate: "30d", propagation: "1h" });
    const app = await sessionApp(test, { store: new SqliteStore(path), secret, renew: false, idle: "11h" });
    await app.agent.signIn("anna");
    const [first] = await app.sessions.keys.list();
    await app.sessions.keys.rotate();
    app.clock.advance("59m");
    await app.act(async (session) => {
      await session.regenerate({ keep: ["userId"] });
      app.clock.advance("2m");
      await app.sessions.keys.list();
    });
    const [second, former] = await app.sessions.keys.usage();
    const key = cookieOf(app.agent).slice(0, 4);
    assert.deepEqual([second?.liveSessions, former?.liveSessions], key === first?.id ? [0, 1] : [1, 0]);
    assert.equal((await app.data()).userId, "anna");
    assert.equal(cookieOf(app.agent).slice(0, 4), second?.id);
    assert.equal(await app.sessions.keys.revoke(first?.id ?? ""), 0);
    assert.equal((await app.data()).userId, "anna");
  });

  it("revokeUser fails, or ends all, where this process cannot look for the keys of others", async (test) => {
    const path = databaseFor(test);
    const [a, b] = [strongSecret(), strongSecret()];
    let down = false;
    const options = (fetch: () => string[]) => ({
      store: new SqliteStore(path),
      secret: keysFrom(() => fetch(), { refresh: "5m" }),
      renew: false as const,
    });
    let vault = [a];
    const one = await sessionApp(
      test,
      options(() => vault),
    );
    const two = await sessionApp(test, {
      ...options(() => {
        if (down) throw new Error("vault is down");
        return vault;
      }),
      clock: one.clock,
    });
    await one.sessions.keys.list();
    await two.sessions.keys.list();
    down = true; // for process two only
    vault = [b, a];
    await one.sessions.keys.list();
    one.clock.advance("11m");
    await one.sessions.keys.list();
    await one.agent.signIn("anna");
    assert.equal((await one.data()).userId, "anna");
    const outcome = await codeOf(two.sessions.revokeUser("anna"));
    const after = await one.data();
    assert.ok(
      outcome !== "no error" || after.userId === undefined,
      "revokeUser resolved; the session lives on with another process",
    );
  });

  it("revokeUser ends all after another process has revoked the signing key, and this one has looked", async (test) => {
    const path = databaseFor(test);
    const secret = strongSecret();
    const options = { store: () => new SqliteStore(path), renew: false as const };
    const one = await sessionApp(test, {
      ...options,
      store: options.store(),
      secret: storedKeys({ secret }),
    });
    const two = await sessionApp(test, {
      ...options,
      store: options.store(),
      secret: storedKeys({ secret }),
      clock: one.clock,
    });
    const [first] = await one.sessions.keys.list();
    await two.sessions.keys.list();
    await one.sessions.keys.revoke(first?.id ?? "");
    // Process two has not looked yet: a sign-in there is under the revoked key.
    await two.agent.signIn("anna");
    assert.equal((await two.data()).userId, "anna");
    await one.sessions.revokeUser("anna");
    assert.equal((await two.data()).userId, undefined, "P3: revokeUser had resolved");
  });

  it("listAll throws, or lists, before the keys have come", async (test) => {
    const path = databaseFor(test);
    const a = strongSecret();
    const one = await sessionApp(test, { store: new SqliteStore(path), secret: a });
    await one.agent.signIn("anna");
    let answer = (_: string): void => {};
    const two = await sessionApp(test, {
      store: new SqliteStore(path),
      secret: keysFrom(() => new Promise<string>((resolve) => (answer = resolve))),
      clock: one.clock,
    });
    const listing = two.sessions.listAll().then(
      ({ sessions }) => sessions.length,
      (error) => error.code,
    );
    await one.settle();
    answer(a);
    assert.notEqual(await listing, 0, "an empty list, though there is a session");
  });

  it("listAll shows sessions under a key that another process has just made", async (test) => {
    const path = databaseFor(test);
    const secret = strongSecret();
    const start = (clock?: FakeClock) =>
      sessionApp(test, {
        store: new SqliteStore(path),
        secret: storedKeys({ secret }),
        ...(clock && { clock }),
      });
    const one = await start();
    const two = await start(one.clock);
    const [first] = await one.sessions.keys.list();
    await one.sessions.keys.revoke(first?.id ?? "");
    await one.agent.signIn("anna");
    one.clock.advance("15s");
    assert.equal((await two.sessions.listAll()).sessions.length, 1);
  });

  it("a copied old cookie under the old server key does not open once renewed", async (test) => {
    const path = databaseFor(test);
    const secret = storedKeys({ secret: strongSecret(), rotate: "30d", propagation: "1h" });
    const app = await sessionApp(test, { store: new SqliteStore(path), secret, idle: "11h" });
    await app.agent.signIn("anna");
    const stolen = cookieOf(app.agent);
    await app.sessions.keys.rotate();
    app.clock.advance("61m");
    await app.sessions.keys.list();
    await app.data();
    await app.data();
    app.clock.advance("1m");
    const seen = await app.data(browserWith(app, stolen));
    assert.equal(seen.userId, undefined);
  });

  it("activity that is known and not recorded yet is still known when a key has been added", async (test) => {
    const secret = storedKeys({ secret: strongSecret() });
    const app = await sessionApp(test, { store: new SqliteStore(databaseFor(test)), secret, idle: "30m" });
    await app.agent.signIn("anna");
    app.clock.advance("1m");
    await app.agent.get("/plain");
    await app.settle();
    await app.sessions.keys.rotate();
    app.clock.advance("29m");
    assert.equal((await app.data()).userId, "anna", "it was in use 29 minutes ago");
  });
});
