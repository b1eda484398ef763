import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import { fakeClock } from "../../src/testing/index.ts";
import { LEGACY_NAME, type LegacyApp, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import {
  type AppSession,
  codeOf,
  cookieOf,
  NAME,
  type SessionApp,
  strongSecret,
} from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";

const KEPT = { migrate: { keepLegacy: true } } as const;

async function moved(
  test: Parameters<typeof legacyApp>[0],
  data: Readonly<Record<string, unknown>> = { userId: "anna" },
): Promise<{ old: LegacyApp; app: SessionApp; browser: ReturnType<typeof visitorWith>; legacy: string }> {
  const old = await legacyApp(test);
  const app = await movingApp(test, old, KEPT);
  const legacy = await old.cookieWith(data);
  const browser = visitorWith(app, legacy);
  assert.deepEqual(await app.data(browser), data);
  assert.deepEqual(await app.data(browser), data);
  return { old, app, browser, legacy };
}

const userOf = (session: Record<string, unknown>): object => ({ userId: session.userId ?? null });

describe("migrate.keepLegacy", () => {
  it("leaves the legacy record and cookie while the session lives, so that the old app knows the visitor", async (test) => {
    const { old, browser } = await moved(test);
    assert.equal(browser.cookies.has(LEGACY_NAME), true);
    assert.equal(browser.cookies.has(NAME), true);
    assert.deepEqual(await old.act(userOf, browser), { userId: "anna" });
  });

  const endings: Readonly<Record<string, (app: SessionApp, session: AppSession) => unknown>> = {
    signOut: (_app, session) => session.signOut(),
    destroy: (_app, session) => session.destroy(),
    regenerate: (_app, session) => session.regenerate(),
    "another user": (_app, session) => session.signIn("bert"),
    "revoke from elsewhere": (app, session) => app.sessions.revoke(session.handle),
    "a user's own revoke": (app, session) => app.sessions.revoke(session.handle, { user: "anna" }),
    revokeUser: (app) => app.sessions.revokeUser("anna"),
    revokeAll: (app) => app.sessions.revokeAll(),
  };
  for (const [name, end] of Object.entries(endings)) {
    it(`ends both sides: ${name}`, async (test) => {
      const { old, app, browser, legacy } = await moved(test);
      await app.act((session) => void end(app, session), { by: browser });
      await app.settle();
      assert.equal(await old.records(), 0);
      assert.deepEqual(await old.act(userOf, visitorWith(app, legacy)), { userId: null });
      assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
    });
  }

  it("ends the legacy record of a session that makes room for another", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { ...KEPT, maxSessions: 1 });
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    for (let i = 0; i < 2; i++) await app.data(browser);
    await app.agent.signIn("anna");
    assert.equal(await old.records(), 0);
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  it("deletes both cookies at a sign-out", async (test) => {
    const { app, browser } = await moved(test);
    await app.act((session) => session.signOut(), { by: browser });
    assert.equal(browser.cookies.size, 0);
  });

  it("goes on with both sides where the same user proves more", async (test) => {
    const { old, app, browser } = await moved(test);
    const before = cookieOf(browser);
    await app.act((session) => session.elevate({ level: 2 }), { by: browser });
    assert.notEqual(cookieOf(browser), before);
    assert.deepEqual(await old.act(userOf, browser), { userId: "anna" });
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    await app.act((session) => session.signOut(), { by: browser });
    assert.equal(await old.records(), 0);
  });

  it("goes on with both sides where a request comes late, with the id from before a step-up", async (test) => {
    const { old, app, browser } = await moved(test);
    const late = visitorWith(app, browser.cookies.get(LEGACY_NAME) ?? "");
    late.cookies.set(NAME, cookieOf(browser));
    await app.act((session) => session.elevate({ level: 2 }), { by: browser });
    assert.deepEqual(await app.data(late), {});
    assert.equal(late.cookies.has(LEGACY_NAME), true);
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    assert.deepEqual(await old.act(userOf, browser), { userId: "anna" });
    await app.act((session) => session.signOut(), { by: browser });
    assert.deepEqual(await app.data(late), {});
    assert.equal(await old.records(), 0);
  });

  it("ends nothing in a process that does not know the session's key yet", async (test) => {
    const old = await legacyApp(test);
    const [open, before, after] = [sharedFile(test), strongSecret(), strongSecret()];
    const start = (secret: string[]): Promise<SessionApp> =>
      movingApp(test, old, { ...KEPT, store: open(), secret });
    const [late, early] = [await start([before]), await start([after, before])];
    const browser = visitorWith(early, await old.cookieWith({ userId: "anna" }));
    for (let i = 0; i < 2; i++) await early.data(browser);
    const elsewhere = late.agent.newBrowser();
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    assert.deepEqual(await late.data(elsewhere), {});
    assert.equal(elsewhere.cookies.has(LEGACY_NAME), true);
    assert.deepEqual(await early.data(browser), { userId: "anna" });
    assert.deepEqual(await old.act(userOf, browser), { userId: "anna" });
  });

  it("ends our side once the old app has ended its own", async (test) => {
    const { old, app, browser } = await moved(test);
    await old.act(
      (session) => new Promise((resolve) => session.destroy(resolve)),
      visitorWith(app, browser.cookies.get(LEGACY_NAME) ?? ""),
    );
    app.takeEvents();
    assert.deepEqual(await app.data(browser), {});
    assert.equal(browser.cookies.size, 0);
    assert.deepEqual(app.takeEvents().slice(0, 1), ["session_revoked"]);
    assert.equal((await app.sessions.list("anna")).length, 0);
  });

  it("ends our side also where the old app has deleted its cookie", async (test) => {
    const { old, app, browser } = await moved(test);
    await old.act((session) => new Promise((resolve) => session.destroy(resolve)), browser);
    browser.cookies.delete(LEGACY_NAME);
    assert.equal(browser.cookies.has(NAME), true);
    assert.deepEqual(await app.data(browser), {});
  });

  it("knows the other side of a session in a store that seals, and from another process", async (test) => {
    const old = await legacyApp(test);
    const [open, secret] = [sharedFile(test), strongSecret()];
    const start = (): Promise<SessionApp> => movingApp(test, old, { ...KEPT, store: open(), secret });
    const [app, second] = [await start(), await start()];
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    await app.data(browser);
    await app.act((session) => void Object.assign(session, { step: 1 }), { by: browser });
    await second.sessions.revokeUser("anna");
    assert.equal(await old.records(), 0);
  });

  it("keeps the other side from idling out while the visitor is here, and only then", async (test) => {
    const MINUTE = 60_000;
    const old = await legacyApp(test, { cookie: { maxAge: 30 * MINUTE } });
    const clock = fakeClock(Date.now());
    const isActivity = (req: IncomingMessage): boolean => !req.url?.includes("poll");
    const app = await movingApp(test, old, { ...KEPT, clock, isActivity });
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    const touch = old.store.touch?.bind(old.store);
    const expiries: number[] = [];
    old.store.touch = (id, record, done) => {
      expiries.push(new Date(record.cookie.expires ?? 0).getTime());
      touch?.(id, record, done);
    };
    const touched = async (query = ""): Promise<number> => {
      const before = expiries.length;
      const reply = await app.act((session) => session, { by: browser, query });
      assert.deepEqual(reply.json(), { userId: "anna" });
      return expiries.length - before;
    };
    assert.equal(await touched(), 0);
    clock.advance("20m");
    assert.equal(await touched("?poll"), 0);
    assert.equal(await touched(), 1);
    assert.equal(await touched(), 0, "most of its time is left");
    assert.deepEqual(expiries, [clock.now() + 30 * MINUTE]);
    clock.advance("20m");
    assert.equal(await touched(), 1);
    old.store.touch = () => {
      throw new Error("no such session");
    };
    clock.advance("20m");
    await touched();
  });

  it("ends our side once the old app has taken the user out of its own", async (test) => {
    const { old, app, browser } = await moved(test);
    await old.act(
      (session) => void delete session.userId,
      visitorWith(app, browser.cookies.get(LEGACY_NAME) ?? ""),
    );
    assert.deepEqual(await app.data(browser), {});
  });

  it("takes over what the old app has made of a sign-in in the meantime", async (test) => {
    const { old, app, browser } = await moved(test);
    await old.act(
      (_session, req) =>
        new Promise<void>((resolve) =>
          req.session.regenerate(() => {
            Object.assign(req.session, { userId: "bert" });
            resolve();
          }),
        ),
      browser,
    );
    assert.deepEqual(await app.data(browser), { userId: "bert" });
    assert.deepEqual(await app.data(browser), { userId: "bert" });
  });

  it("moves a session anew whose user has signed in to the old app under the same id", async (test) => {
    const { old, app, browser, legacy } = await moved(test, { cart: 1 });
    const anonymous = cookieOf(browser);
    await old.act((session) => void Object.assign(session, { userId: "anna" }), browser);
    const parallel = Array.from({ length: 5 }, () => {
      const tab = visitorWith(app, legacy);
      tab.cookies.set(NAME, anonymous);
      return tab;
    });
    const found = await Promise.all(parallel.map((tab) => app.data(tab)));
    for (const data of found) assert.deepEqual(data, { cart: 1, userId: "anna" });
    assert.equal(new Set(parallel.map((tab) => cookieOf(tab))).size, 1);
    const [tab = assert.fail()] = parallel;
    for (let i = 0; i < 2; i++) assert.deepEqual(await app.data(tab), { cart: 1, userId: "anna" });
    assert.equal((await app.sessions.listAll()).sessions.length, 1);
    assert.deepEqual(await old.act(userOf, tab), { userId: "anna" });
    await app.act((session) => session.signOut(), { by: tab });
    assert.deepEqual(await app.data(visitorWith(app, legacy)), {}, "and is over once it is signed out");
    assert.equal(await old.records(), 0);
  });

  it("moves it once in two processes that see the sign-in at the same time", async (test) => {
    const old = await legacyApp(test);
    const [open, secret] = [sharedFile(test), strongSecret()];
    const start = (): Promise<SessionApp> => movingApp(test, old, { ...KEPT, store: open(), secret });
    const apps = [await start(), await start()] as const;
    const legacy = await old.cookieWith({ cart: 1 });
    const browser = visitorWith(apps[0], legacy);
    for (let i = 0; i < 2; i++) await apps[0].data(browser);
    await old.act((session) => void Object.assign(session, { userId: "anna" }), browser);
    const tabs = Array.from({ length: 20 }, (_, i) => {
      const app = apps[i % 2 === 0 ? 0 : 1];
      const tab = visitorWith(app, legacy);
      tab.cookies.set(NAME, cookieOf(browser));
      return { app, tab };
    });
    const found = await Promise.all(tabs.map(({ app, tab }) => app.data(tab)));
    for (const data of found) assert.deepEqual(data, { cart: 1, userId: "anna" });
    assert.equal(new Set(tabs.map(({ tab }) => cookieOf(tab))).size, 1);
    assert.equal((await apps[1].sessions.listAll()).sessions.length, 1);
  });

  it("ends both sides where ours has reached its limit, as soon as the legacy cookie comes", async (test) => {
    const { old, app, browser, legacy } = await moved(test);
    app.clock.advance("1h");
    assert.deepEqual(await app.data(browser), {});
    assert.equal(await old.records(), 0);
    assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
  });

  it("fails a sign-out that cannot end the other side, and ends neither", async (test) => {
    const { old, app, browser } = await moved(test);
    old.store.destroy = (_id, done) => done?.(new Error("no connection"));
    const codes: string[] = [];
    await app.act(async (session) => void codes.push(await codeOf(session.signOut())), { by: browser });
    assert.deepEqual(codes, ["ERR_HOLDFAST_STORE_UNAVAILABLE"]);
    assert.deepEqual(await app.data(browser), { userId: "anna" });
  });

  it("says of revokeAll what it could not end", async (test) => {
    const old = await legacyApp(test);
    Object.defineProperty(old.store, "clear", { value: undefined });
    const app = await movingApp(test, old, KEPT);
    assert.equal(await codeOf(app.sessions.revokeAll()), "ERR_HOLDFAST_STORE_CANNOT");
  });
});
