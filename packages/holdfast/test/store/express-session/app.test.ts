import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { ExpressSessionStore } from "../../../src/store/express-session.ts";
import {
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  strongSecret,
} from "../../support/session-app.ts";
import { type ForeignPackage, foreignPackages } from "./foreign-stores.ts";

const { packages, stop } = await foreignPackages();
after(stop);

/** An app of two processes: two middlewares, each with a connection of its own to one database. */
async function twoProcesses(
  test: TestContext,
  { make }: ForeignPackage,
): Promise<readonly [SessionApp, SessionApp]> {
  const database = await make();
  const secret = strongSecret();
  const start = (): Promise<SessionApp> =>
    sessionApp(test, { secret, storeTimeout: "5s", store: new ExpressSessionStore(database.open()) });
  const apps = [await start(), await start()] as const;
  test.after(() => database.remove());
  return apps;
}

for (const foreign of packages) {
  describe(`an app on ${foreign.name}`, { skip: foreign.skip }, () => {
    it("signs in, reads and writes, on both of its processes", async (test) => {
      const [app, second] = await twoProcesses(test, foreign);
      await app.act((session) => void Object.assign(session, { cart: ["tea"] }));
      const anonymous = cookieOf(app.agent);
      await app.act((session) => session.signIn("anna", { keep: ["cart"] }));
      assert.notEqual(cookieOf(app.agent), anonymous);
      await app.act((session) => void Object.assign(session, { language: "en" }));
      const there = browserWith(second, cookieOf(app.agent));
      assert.deepEqual(await second.data(there), { userId: "anna", cart: ["tea"], language: "en" });
      await second.act((session) => void Object.assign(session, { theme: "dark" }), { by: there });
      assert.equal((await app.data()).theme, "dark");
      assert.deepEqual(await app.data(browserWith(app, anonymous)), {});
      assert.deepEqual(app.errors, []);
    });

    it("loses none of twenty writes that arrive at once", async (test) => {
      const [app] = await twoProcesses(test, foreign);
      await app.act((session) => session.signIn("anna"));
      const keys = Array.from({ length: 20 }, (_, index) => `key${index}`);
      const replies = await Promise.all(
        keys.map((key) => app.act((session) => void Object.assign(session, { [key]: true }))),
      );
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
      const data = await app.data();
      assert.deepEqual(
        keys.filter((key) => data[key] !== true),
        [],
      );
    });

    it("ends a session for good at sign-out, and at revokeUser, whatever another process has under way", async (test) => {
      const [app, second] = await twoProcesses(test, foreign);
      for (const end of ["sign-out", "revokeUser"]) {
        await app.act((session) => session.signIn("anna"));
        const there = browserWith(second, cookieOf(app.agent));
        let read = (): void => undefined;
        const hasRead = new Promise<void>((resolve) => {
          read = resolve;
        });
        let goOn = (): void => undefined;
        const ended = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        const underWay = second.act(
          async (session) => {
            session.late = session.userId;
            read();
            await ended;
          },
          { by: there },
        );
        await hasRead;
        const cookie = cookieOf(app.agent);
        if (end === "sign-out") await app.act((session) => session.signOut());
        else await app.sessions.revokeUser("anna");
        goOn();
        assert.deepEqual((await underWay).setCookie, []);
        for (const process of [app, second]) {
          assert.deepEqual(await process.data(browserWith(process, cookie)), {});
        }
      }
    });
  });
}
