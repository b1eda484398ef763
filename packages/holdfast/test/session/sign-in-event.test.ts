import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type SessionEvent, session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/index.ts";
import { type Handler, type SessionApp, sessionApp, set, strongSecret } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
const UPDATED = FIREFOX.replaceAll("133", "140");
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36";
const PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0";

const signIn: Handler = (session) => session.signIn("anna");

/** The news of each sign-in since the last time. */
function news(app: SessionApp): unknown[] {
  return app.events
    .splice(0)
    .filter((event): event is SessionEvent<"session_sign_in"> => event.type === "session_sign_in")
    .map(({ first, newSystem, newBrowser, newNetwork }) =>
      Object.entries({ first, newSystem, newBrowser, newNetwork }).flatMap(([name, is]) =>
        is ? [name] : [],
      ),
    );
}

/** A request of a browser that has no session yet. */
const fresh = (app: SessionApp, userAgent: string, ip = "203.0.113.7", handler = signIn) =>
  app.act(handler, {
    by: app.agent.newBrowser(),
    headers: { "user-agent": userAgent, "x-forwarded-for": ip },
  });

const ALL = ["first", "newSystem", "newBrowser", "newNetwork"];

for (const [name, newStore] of everyStore) {
  describe(`the event of a sign-in on a ${name}`, () => {
    it("says what none of the user's live sessions has", async (test) => {
      const app = await sessionApp(test, {
        store: newStore(test),
        prepare: (app) => void app.set("trust proxy", "loopback"),
      });
      await fresh(app, FIREFOX);
      assert.deepEqual(news(app), [ALL]);
      await fresh(app, UPDATED);
      assert.deepEqual(news(app), [[]]);
      await fresh(app, CHROME);
      assert.deepEqual(news(app), [["newBrowser"]]);
      await fresh(app, PHONE, "198.51.100.9");
      assert.deepEqual(news(app), [["newSystem", "newNetwork"]]);
      await fresh(app, CHROME, "198.51.100.10");
      assert.deepEqual(news(app), [[]], "each is known by itself");
      await fresh(app, FIREFOX, "203.0.113.7", (session) => session.signIn("bert"));
      assert.deepEqual(news(app), [ALL], "other users' sessions say nothing");
      await app.sessions.revokeUser("anna");
      app.clock.advance("1m");
      await fresh(app, FIREFOX);
      assert.deepEqual(news(app), [ALL], "nor do sessions that are over");
    });

    it("names user and client, and comes for an assigned user as well", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await fresh(app, FIREFOX, "", set({ userId: "anna" }));
      const event = app.events.find(({ type }) => type === "session_sign_in");
      assert.deepEqual(
        [event?.user, Reflect.get(event ?? {}, "client")],
        ["anna", { system: "Linux", browser: "Firefox", network: "loopback" }],
      );
      assert.equal(event?.session, app.events.find(({ type }) => type === "session_created")?.session);
    });

    it("knows the session that it replaces, and the one that makes room for it", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), maxSessions: 1 });
      const headers = { headers: { "user-agent": FIREFOX } };
      await app.act(signIn, headers);
      await app.act(signIn, headers);
      await app.act(async (session) => {
        await session.regenerate();
        await session.signIn("anna");
      }, headers);
      await fresh(app, FIREFOX);
      assert.deepEqual(news(app), [ALL, [], [], []]);
    });

    it("does not come for a new id alone, a second factor, or anonymous data", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(set({ cart: 1 }));
      assert.deepEqual(news(app), []);
      await app.act(signIn);
      news(app);
      await app.act((session) => session.elevate({ level: 2 }));
      await app.act((session) => session.regenerate({ keep: ["userId"] }));
      await app.act(set({ cart: 2 }));
      assert.deepEqual(news(app), []);
    });
  });
}

describe("the event of a sign-in", () => {
  it("costs the store nothing where nobody listens", async (test) => {
    const store = new WatchedStore();
    const sessions = session({ secret: strongSecret(), store });
    sessions.on("session_created", () => undefined);
    const agent = await testAgent(() => undefined, { sessions });
    test.after(async () => {
      await agent.close();
      await sessions.close();
    });
    await agent.signIn("anna");
    assert.deepEqual(store.calls, ["userGeneration", "create"]);
    sessions.on("session_sign_in", () => undefined);
    await agent.signIn("anna");
    assert.deepEqual(store.calls.slice(2), ["userGeneration", "listUser", "create"]);
  });
});
