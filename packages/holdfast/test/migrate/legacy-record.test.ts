import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { MemoryStore, type SessionData } from "express-session";
import fc from "fast-check";
import { LEGACY_NAME, LEGACY_SECRET, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import type { SessionApp } from "../support/session-app.ts";

/** A genuine cookie for a record that somebody has written into the legacy store. */
function cookieOfRecord(id: string): string {
  const mac = createHmac("sha256", LEGACY_SECRET).update(id).digest("base64").replace(/=+$/, "");
  return encodeURIComponent(`s:${id}.${mac}`);
}

class Planted extends MemoryStore {
  record: unknown;

  override get(_id: string, done: (error: unknown, found?: SessionData | null) => void): void {
    done(null, this.record as SessionData);
  }
}

let ids = 0;

async function see(app: SessionApp, store: Planted, record: unknown): Promise<Record<string, unknown>> {
  store.record = record;
  ids += 1;
  return app.data(visitorWith(app, cookieOfRecord(`id-${ids}`)));
}

async function planted(test: Parameters<typeof legacyApp>[0], options = {}): Promise<[SessionApp, Planted]> {
  const store = new Planted();
  return [await movingApp(test, await legacyApp(test, { store }), options), store];
}

const COOKIE = { originalMaxAge: null, path: "/", httpOnly: true };

describe("a legacy record", () => {
  it("comes over with keys such as constructor, without touching any prototype", async (test) => {
    const [app, store] = await planted(test);
    const record = JSON.parse(
      '{"cookie":{},"constructor":{"prototype":{"polluted":1}},"__proto__":{"polluted":1},"toString":"x","userId":"anna"}',
    );
    const data = await see(app, store, record);
    assert.deepEqual(Object.keys(data).sort(), ["constructor", "toString", "userId"]);
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  it("leaves behind what is named like the session's own interface, and says so", async (test) => {
    const [app, store] = await planted(test);
    const data = await see(app, store, { cookie: COOKIE, userId: "anna", level: 9, signIn: 1, id: "x" });
    assert.deepEqual(data, { userId: "anna" });
    const [event] = app.events.filter(({ type }) => type === "session_migrated");
    assert.deepEqual(Reflect.get(event ?? {}, "leftBehind"), ["level", "signIn", "id"]);
  });

  it("may be without a cookie", async (test) => {
    const [app, store] = await planted(test);
    assert.deepEqual(await see(app, store, { userId: "anna" }), { userId: "anna" });
    assert.deepEqual(await see(app, store, { userId: "anna", cookie: null }), { userId: "anna" });
  });

  it("is over when its cookie says so, whatever the store thinks", async (test) => {
    const [app, store] = await planted(test);
    const at = (ms: number): Date => new Date(app.clock.now() + ms);
    const over = [at(0), at(-1), at(-1).toISOString()];
    for (const expires of over) {
      assert.deepEqual(await see(app, store, { userId: "anna", cookie: { expires } }), {});
    }
    const live = [at(1), at(1).toISOString(), null, undefined, "never", 7, new Date(Number.NaN)];
    for (const expires of live) {
      assert.deepEqual(await see(app, store, { userId: "anna", cookie: { expires } }), { userId: "anna" });
    }
  });

  it("of an anonymous visitor without data makes no session", async (test) => {
    const [app, store] = await planted(test);
    store.record = { cookie: COOKIE };
    const browser = visitorWith(app, cookieOfRecord("empty"));
    assert.deepEqual(await app.data(browser), {});
    assert.deepEqual([...browser.cookies.keys()], [LEGACY_NAME]);
    assert.deepEqual(app.takeEvents(), []);
  });

  it("that is too large, or no session's, is anonymous, with an event", async (test) => {
    const [app, store] = await planted(test, { maxBytes: 1_000 });
    const cycle: Record<string, unknown> = { cookie: COOKIE };
    cycle.self = cycle;
    const reasons: string[] = [];
    for (const record of [
      { userId: "anna", blob: "x".repeat(2_000) },
      { userId: "anna", n: 1n },
      { userId: { $ne: null } },
      { userId: "" },
      cycle,
    ]) {
      assert.deepEqual(await see(app, store, record), {});
      reasons.push(String(Reflect.get(app.events.at(-1) ?? {}, "reason")));
    }
    assert.deepEqual(reasons, ["too_large", "unreadable", "unreadable", "unreadable", "unreadable"]);
  });

  it("has its cookie deleted where it was set, and writes nothing else into the reply", async (test) => {
    const [app, store] = await planted(test);
    const cookies = [
      [{ path: "/shop", domain: "Example.com" }, "; Path=/shop; Domain=example.com; Max-Age=0"],
      [{ path: "/; Domain=evil.example", domain: "a\r\nSet-Cookie: x=y" }, "; Path=/; Max-Age=0"],
      [{ path: 7, domain: {} }, "; Path=/; Max-Age=0"],
      [{ path: "/", partitioned: true }, "; Secure; SameSite=Lax; Partitioned"],
    ] as const;
    for (const [cookie, expected] of cookies) {
      store.record = { userId: "anna", cookie };
      ids += 1;
      const reply = await app.act(() => ({}), { by: visitorWith(app, cookieOfRecord(`id-${ids}`)) });
      const [deleted = "", ...others] = reply.setCookie.filter((one) => one.startsWith(LEGACY_NAME));
      assert.deepEqual(others, []);
      assert(deleted.includes(expected), deleted);
    }
  });

  it("whatever it is, is a session or none, and never an error", async (test) => {
    const [app, store] = await planted(test);
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
        async (record) => {
          store.record = record;
          ids += 1;
          const reply = await app.act((session) => session, {
            by: visitorWith(app, cookieOfRecord(`id-${ids}`)),
          });
          assert.equal(reply.status, 200);
        },
      ),
      { numRuns: 200 },
    );
  });
});
