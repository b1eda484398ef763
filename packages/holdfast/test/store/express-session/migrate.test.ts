import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import expressSession from "express-session";
import { LEGACY_NAME, type LegacyApp, legacyApp, movingApp, visitorWith } from "../../support/legacy-app.ts";
import { cookieOf, type SessionApp, strongSecret } from "../../support/session-app.ts";
import { sharedFile } from "../../support/shared-file.ts";
import { type ForeignPackage, foreignPackages } from "./foreign-stores.ts";

const { packages, stop } = await foreignPackages();
after(stop);

const COUNTS = /connect-redis|memorystore|MemoryStore|session-file-store/;
/** Has none of the collection's counting. */
const DOUBLE = /double/;

/** The old app, and two processes of the new one, each with connections of its own. */
async function deployment(
  test: TestContext,
  { make }: ForeignPackage,
  options: object = {},
): Promise<{ old: LegacyApp; apps: readonly [SessionApp, SessionApp] }> {
  const database = await make();
  test.after(() => database.remove());
  const open = (): expressSession.Store => {
    const store = database.open();
    assert(store instanceof expressSession.Store);
    return store;
  };
  const old = await legacyApp(test, { store: open(), cookie: { maxAge: 86_400_000 } });
  const [file, secret] = [sharedFile(test), strongSecret()];
  const start = (): Promise<SessionApp> =>
    movingApp(test, old, {
      secret,
      store: file(),
      storeTimeout: "5s",
      migrate: { store: open(), ...options },
    });
  return { old, apps: [await start(), await start()] };
}

const user = (session: Record<string, unknown>): object => ({ userId: session.userId ?? null });

for (const foreign of packages) {
  describe(`sessions that move out of ${foreign.name}`, { skip: foreign.skip }, () => {
    it("do so once, however many requests come at the same time to two processes", async (test) => {
      const { old, apps } = await deployment(test, foreign);
      const legacy = await old.cookieWith({ userId: "anna", cart: [1] });
      const visitors = Array.from({ length: 20 }, (_, i) => {
        const app = apps[i % 2 === 0 ? 0 : 1];
        return { app, browser: visitorWith(app, legacy) };
      });
      const seen = await Promise.all(visitors.map(({ app, browser }) => app.data(browser)));
      for (const { userId, cart } of seen) assert.deepEqual({ userId, cart }, { userId: "anna", cart: [1] });
      assert.equal(new Set(visitors.map(({ browser }) => cookieOf(browser))).size, 1);
      assert(visitors.every(({ browser }) => !browser.cookies.has(LEGACY_NAME)));
      assert.equal((await apps[0].sessions.list("anna")).length, 1);
      assert.deepEqual(await old.act(user, visitorWith(apps[0], legacy)), { userId: null });
    });

    it("are not brought back by their old cookie after a sign-out or a revokeUser", async (test) => {
      const { old, apps } = await deployment(test, foreign);
      const [app, second] = apps;
      const [moved, still] = [
        await old.cookieWith({ userId: "anna" }),
        await old.cookieWith({ userId: "anna" }),
      ];
      const browser = visitorWith(app, moved);
      await app.act((session) => session.signOut(), { by: browser });
      assert.deepEqual(await second.data(visitorWith(second, moved)), {});
      await second.sessions.revokeUser("anna");
      assert.deepEqual(await app.data(visitorWith(app, still)), {});
    });

    it("are on both sides while that is asked for, and end on both", async (test) => {
      const { old, apps } = await deployment(test, foreign, { keepLegacy: true });
      const [app, second] = apps;
      const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
      await app.data(browser);
      assert.deepEqual(await old.act(user, browser), { userId: "anna" });
      await second.sessions.revokeUser("anna");
      assert.deepEqual(await old.act(user, browser), { userId: null });
      const other = visitorWith(app, await old.cookieWith({ userId: "bert" }));
      await app.data(other);
      await old.act(
        (session) => new Promise((resolve) => session.destroy(resolve)),
        visitorWith(app, other.cookies.get(LEGACY_NAME) ?? ""),
      );
      assert.deepEqual(await app.data(other), {});
    });

    if (DOUBLE.test(foreign.name)) return;
    it("are counted where the store can count", async (test) => {
      const { old, apps } = await deployment(test, foreign);
      for (const userId of ["anna", "bert"]) await old.cookieWith({ userId });
      const remaining = (await apps[0].sessions.migration())?.remaining;
      assert.equal(remaining, COUNTS.test(foreign.name) ? 2 : undefined);
    });
  });
}
