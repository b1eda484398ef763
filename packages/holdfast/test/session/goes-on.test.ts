import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keysFrom } from "../../src/keys/index.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { type AppSession, browserWith, cookieOf, sessionApp, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const VERBS: readonly (readonly [string, (session: AppSession) => Promise<void>])[] = [
  ["elevate", (session) => session.elevate({ level: 2 })],
  ["signIn again", (session) => session.signIn("anna")],
  ["impersonate", (session) => session.impersonate("bert")],
  ["regenerate", (session) => session.regenerate({ keep: ["userId"] })],
];

describe('"reject" and a session that goes on under another id', () => {
  for (const [name, verb] of VERBS) {
    it(`${name} after the limit was lowered costs nobody their session`, async (test) => {
      const path = databaseFor(test);
      const secret = strongSecret();
      const before = await sessionApp(test, { store: new SqliteStore(path), secret, maxSessions: 3 });
      const [x, y] = [before.agent, before.agent.newBrowser()];
      await before.act((session) => session.signIn("anna"), { by: x });
      await before.act((session) => session.signIn("anna"), { by: y });
      const app = await sessionApp(test, {
        store: new SqliteStore(path),
        secret,
        maxSessions: 1,
        onLimit: "reject",
        clock: before.clock,
      });
      const by = browserWith(app, cookieOf(x));
      const reply = await app.act(verb, { by });
      const data = await app.data(by);
      assert.ok(data.userId !== undefined, `${reply.status} ${reply.text}; then ${JSON.stringify(data)}`);
    });

    it(`${name} while somebody else signs in costs nobody their session`, async (test) => {
      const store = new WatchedStore({ inner: new MemoryStore(), sync: false });
      const app = await sessionApp(test, { store, maxSessions: 1, onLimit: "reject" });
      await app.act((session) => session.signIn("anna"));
      const gate = store.hold("create");
      const going = app.act(verb);
      await gate.reached;
      const other = await app.act((session) => session.signIn("anna"), { by: app.agent.newBrowser() });
      gate.release();
      const reply = await going;
      const data = await app.data();
      assert.ok(
        data.userId !== undefined,
        `other ${other.status}; own ${reply.status} ${reply.text}; ${JSON.stringify(data)}`,
      );
    });
  }
});

describe("verbs of an operator before the keys have come", () => {
  it("revoke(handle) ends the session and says so", async (test) => {
    const path = databaseFor(test);
    const a = strongSecret();
    const one = await sessionApp(test, { store: new SqliteStore(path), secret: a });
    await one.agent.signIn("anna");
    const handle = cookieOf(one.agent).split(".")[1] ?? "";
    let answer = (_: string): void => {};
    const two = await sessionApp(test, {
      store: new SqliteStore(path),
      secret: keysFrom(() => new Promise<string>((resolve) => (answer = resolve))),
      clock: one.clock,
    });
    const outcome = await two.sessions.revoke(handle).catch((error) => error.code);
    const data = await one.data();
    answer(a);
    assert.deepEqual([outcome, data.userId], [true, undefined]);
  });
});

describe("a client that onRisk asks to authenticate anew", () => {
  it('steps begun by the user are not taken up by a client that must "reauthenticate"', async (test) => {
    const app = await sessionApp(test, { onRisk: () => "reauthenticate" });
    await app.act((session) => session.signIn("anna"), { headers: { "user-agent": "curl/8" } });
    await app.act((session) => session.pend("new-email", "a@b.c", "10m"), {
      headers: { "user-agent": "curl/8" },
    });
    const thief = browserWith(app, cookieOf(app.agent));
    const reply = await app.act(
      async (session) => ({ got: (await session.takePending("new-email")) ?? null }),
      {
        by: thief,
        headers: { "user-agent": "Wget/1" },
      },
    );
    assert.deepEqual(reply.json(), { got: null });
  });
});
