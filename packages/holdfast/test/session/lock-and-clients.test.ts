import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { browserWith, cookieOf, sessionApp, set } from "../support/session-app.ts";

const HERE = { "user-agent": "curl/8.11.0" };
const THIEF = { "user-agent": "Wget/1.25.0" };

describe("locks, impersonation, clients and limits together", () => {
  it("unlocking from another client is told as a change of client or a new sign-in", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock" });
    await app.act((session) => session.signIn("anna"), { headers: HERE });
    const stolen = cookieOf(app.agent);
    app.clock.advance("31m");
    app.takeEvents();
    await app.act((session) => session.signIn("anna"), { by: browserWith(app, stolen), headers: THIEF });
    const events = app.takeEvents();
    assert.ok(events.includes("session_sign_in") || events.includes("session_client_changed"), events.join());
  });

  it("onRisk is asked about an unlocking from another client", async (test) => {
    let asked = 0;
    const app = await sessionApp(test, {
      onIdle: "lock",
      onRisk: () => {
        asked++;
        return "end";
      },
    });
    await app.act((session) => session.signIn("anna"), { headers: HERE });
    const stolen = cookieOf(app.agent);
    await app.act(set({ secret: 1 }), { headers: HERE });
    app.clock.advance("31m");
    const thief = browserWith(app, stolen);
    await app.act((session) => session.signIn("anna"), { by: thief, headers: THIEF });
    const got = await app.act((session) => session, { by: thief, headers: THIEF });
    assert.ok(
      asked > 0 || (got.json() as { secret?: number }).secret === undefined,
      JSON.stringify(got.json()),
    );
  });

  it('onRisk "end" while impersonating tells that the impersonation ended', async (test) => {
    const app = await sessionApp(test, { onRisk: () => "end" });
    await app.act((session) => session.signIn("olga"), { headers: HERE });
    await app.act((session) => session.impersonate("anna"), { headers: HERE });
    app.takeEvents();
    await app.data(browserWith(app, cookieOf(app.agent)));
    const events = app.takeEvents();
    assert.ok(events.includes("session_revoked"), events.join());
    assert.ok(events.includes("session_impersonation_ended"), events.join());
  });

  it('"reauthenticate" while impersonating holds for the operator after endImpersonation', async (test) => {
    const app = await sessionApp(test, { onRisk: () => "reauthenticate" });
    await app.act((session) => session.signIn("olga", { level: 2 }), { headers: HERE });
    await app.act((session) => session.impersonate("anna"), { headers: HERE });
    const thief = browserWith(app, cookieOf(app.agent));
    const reply = await app.act(
      async (session) => {
        await session.endImpersonation();
        return { user: session.userId, level: session.level, at: session.authenticatedAt ?? null };
      },
      { by: thief, headers: THIEF },
    );
    assert.deepEqual(reply.json(), { user: "olga", level: 0, at: null });
  });

  it("a locked session counts for reject only until a sign-in needs its place", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock", maxSessions: 1, onLimit: "reject" });
    await app.act((session) => session.signIn("anna"));
    app.clock.advance("31m");
    const other = app.agent.newBrowser();
    const reply = await app.act((session) => session.signIn("anna"), { by: other });
    assert.equal(reply.status, 200, reply.text);
  });

  it("a locked session presented with the offered secret, and with the one before it, opens to one unlocking only", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock", store: new SqliteStore(databaseFor(test)) });
    await app.act((session) => session.signIn("anna"));
    await app.act(set({ a: 1 }));
    const first = cookieOf(app.agent);
    app.clock.advance("16m");
    await app.data();
    const next = cookieOf(app.agent);
    assert.notEqual(first, next);
    app.clock.advance("31m");
    const [x, y] = [browserWith(app, next), browserWith(app, first)];
    assert.equal((await app.data(x)).userId, undefined);
    assert.equal((await app.data(y)).userId, undefined);
    const replies = await Promise.all([
      app.act((session) => session.signIn("anna"), { by: x }),
      app.act((session) => session.signIn("anna"), { by: y }),
    ]);
    const datas = [await app.data(x), await app.data(y)];
    assert.ok(datas.filter(({ a }) => a === 1).length <= 1, JSON.stringify(datas));
    assert.ok(
      datas.some(({ a }) => a === 1),
      JSON.stringify([replies.map((r) => r.text), datas]),
    );
  });
});
