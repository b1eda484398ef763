import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cleanText } from "../../src/clean-text.ts";
import type { SessionEvent, SessionEventName } from "../../src/index.ts";
import { eventfulLife } from "../support/eventful-life.ts";
import { sessionApp, set, strongSecret } from "../support/session-app.ts";

/** Every type, with what it adds. */
const FIELDS: Record<SessionEventName, readonly string[]> = {
  session_created: [],
  session_user_changed: ["previous", "previousUser"],
  session_renewed: [],
  session_replayed: ["action"],
  session_expired: ["reason"],
  session_logout: [],
  excess_sessions_exceeded: ["most", "action"],
  session_revoked: ["count", "reason"],
  session_use_after_expire: [],
  session_forged: ["guess"],
  session_duplicate: ["live"],
  session_conflict: ["keys"],
  session_write_dropped: [],
  session_unreadable: [],
  malicious_csrf: ["reason"],
  insecure_transport: [],
  key_rotated: ["key", "previous"],
  key_revoked: ["key"],
  key_retired: ["key"],
  key_refresh_failed: ["error"],
  session_locked: [],
  session_unlocked: ["previous"],
  session_impersonation_started: ["as", "previous"],
  session_impersonation_ended: ["as"],
  session_sign_in: ["first", "newSystem", "newBrowser", "newNetwork", "client"],
  session_client_changed: ["changes", "before", "now", "action"],
  excess_rate_limit_exceeded: ["most"],
  session_sockets_closed: ["reason", "sockets"],
  store_error: ["operation", "error"],
  store_unavailable: ["operation", "error"],
  store_recovered: ["after"],
  store_overloaded: ["reason", "inFlight"],
  session_migrated: ["from", "leftBehind"],
  legacy_session_refused: ["reason"],
  session_device_bound: ["thumbprint", "algorithm"],
  session_device_refused: ["step", "reason"],
  session_device_missing: ["reason", "claimed"],
  backchannel_logout_refused: ["reason"],
};

const COMMON = ["type", "at", "session", "user", "ip", "userAgent", "method", "path"];

describe("events", () => {
  it("tell of every act, each under its name, with when, who, where and what", async (test) => {
    const { events } = await eventfulLife(test, { secret: strongSecret() });
    assert.deepEqual([...new Set(events.map(({ type }) => type))].sort(), Object.keys(FIELDS).sort());
    for (const event of events) {
      const allowed = [...COMMON, ...FIELDS[event.type]];
      assert.deepEqual(
        Object.keys(event).filter((key) => !allowed.includes(key)),
        [],
        event.type,
      );
      assert.match(event.at, /^2026-01-01T\d\d:\d\d:\d\d\.\d{3}Z$/);
      if (event.session !== undefined) assert.match(event.session, /^[\w-]{16}$/);
    }
  });

  it("name the act's own facts", async (test) => {
    const { events } = await eventfulLife(test, { secret: strongSecret() });
    const all = (name: SessionEventName, ...fields: string[]) =>
      events
        .filter(({ type }) => type === name)
        .map((event) => fields.map((field) => Reflect.get(event, field)));
    const users = all("session_user_changed", "previousUser", "user").map(String);
    assert.ok(users.includes(",anna") && users.includes("anna,bert"), users.join(" "));
    assert.deepEqual(all("session_expired", "reason", "user"), [["idle", "emil"]]);
    assert.deepEqual(all("session_revoked", "count", "user"), [
      [1, "carl"],
      [1, "carl"],
    ]);
    assert.deepEqual(all("session_duplicate", "live"), [[2]]);
    assert.deepEqual(all("session_conflict", "keys"), [[["a"]]]);
    assert.deepEqual(all("malicious_csrf", "reason", "method"), [["cross-site", "POST"]]);
    assert.deepEqual(all("store_error", "operation").slice(0, 3), [["read"], ["update"], ["delete"]]);
    assert.deepEqual(all("store_unavailable", "operation"), [["read"]]);
    assert.deepEqual(all("store_recovered", "after"), [[1_000]]);
    assert.deepEqual(all("store_overloaded", "reason", "inFlight"), [["in-flight", 1]]);
  });

  it("name a session the same in all its events, and no other so, and not across deployments", async (test) => {
    const secret = strongSecret();
    const app = await sessionApp(test, { secret });
    await app.act((session) => session.signIn("anna"));
    await app.act((session) => session.signOut());
    const [created, changed, ended] = app.events;
    assert.ok(
      created?.session !== undefined &&
        created.session === changed?.session &&
        changed.session === ended?.session,
    );
    app.takeEvents();
    await app.act((session) => session.signIn("anna"));
    assert.notEqual(app.events[0]?.session, created.session);
  });

  it("say where: address, browser, method and path without its query, all on one line", async (test) => {
    const app = await sessionApp(test);
    const userAgent = "Evil/1\t\u009b31m\u0085 \u00a0".padEnd(300, "x");
    await app.act(set({ a: 1 }), { query: "?token=secret", headers: { "user-agent": userAgent } });
    const [event] = app.events;
    assert.equal(event?.ip, "127.0.0.1");
    assert.equal(event?.method, "GET");
    assert.equal(event?.path, "/act/0");
    assert.match(event?.userAgent ?? "", /^Evil\/1\\u0009\\u009b31m\\u0085 /);
    assert.ok((event?.userAgent?.length ?? 0) < 300);
  });

  it("clean what a client or a visitor chose: no line, no escape sequence gets through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const clean = cleanText(text);
        assert.ok(clean.length <= 256);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        assert.doesNotMatch(clean, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }),
    );
    assert.equal(cleanText("a\r\nb\u001b[31m"), "a\\u000d\\u000ab\\u001b[31m");
    assert.equal(cleanText("ü € 😀"), "ü € 😀");
    assert.equal(cleanText("\u0001".repeat(300)).length, 256);
  });

  it("clean users' names and keys of data too, which visitors may choose", async (test) => {
    const app = await sessionApp(test);
    const name = "anna\r\nFAKE entry\u001b[2J";
    await app.act((session) => session.signIn(name));
    await app.act((session) => session.signIn("bert"));
    await app.act(async (session) => {
      session["key\nFAKE"] = 1;
      const browser = app.agent.newBrowser();
      for (const [cookie, value] of app.agent.cookies) browser.cookies.set(cookie, value);
      await app.act(set({ "key\nFAKE": 2 }), { by: browser });
    });
    await app.sessions.revokeUser("bert");
    assert.ok(app.events.some(({ type }) => type === "session_conflict"));
    for (const event of app.events) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(Object.values(event).flat().join(" "), /[\u0000-\u001f]/);
    }
    assert.equal((await app.sessions.list(name)).length, 0, "for the record the name itself counts");
  });
});

describe("listeners", () => {
  it("hear what they listen to until they are taken off, and may be chained", async (test) => {
    const app = await sessionApp(test);
    const heard: string[] = [];
    const one = (event: SessionEvent) => heard.push(`one ${event.type}`);
    const all = (event: SessionEvent) => heard.push(`all ${event.type}`);
    assert.equal(app.sessions.on("session_created", one).on("*", all), app.sessions);
    await app.act(set({ a: 1 }));
    await app.act((session) => session.destroy());
    app.sessions.off("session_created", one).off("*", all);
    await app.act(set({ a: 1 }));
    assert.deepEqual(heard, ["one session_created", "all session_created", "all session_logout"]);
  });

  it("that throw disturb neither the request nor the others, and are warned of", async (test) => {
    const app = await sessionApp(test);
    let others = 0;
    app.sessions.on("session_created", () => {
      throw new Error("broken listener");
    });
    app.sessions.on("session_created", () => others++);
    const reply = await app.act(set({ a: 1 }));
    assert.deepEqual([reply.status, reply.setCookie.length, others], [200, 1, 1]);
    assert.match(app.warnings.join(), /listener.*broken listener/i);
  });
});
