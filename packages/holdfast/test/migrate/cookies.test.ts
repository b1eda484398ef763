import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  LEGACY_NAME,
  movingFrom,
  type OpenCookieApp,
  openCookieSession,
  openIronSession,
  UNTIL,
  visitorWith,
} from "../support/cookie-apps.ts";
import { cookieOf, NAME, type SessionApp, strongSecret } from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";

const opens: Readonly<Record<string, OpenCookieApp>> = {
  "cookie-session": openCookieSession,
  "iron-session": openIronSession,
};

const REQUESTS = 50;

async function firstRequests(
  apps: readonly SessionApp[],
  legacy: ReadonlyMap<string, string>,
): Promise<void> {
  const visitors = Array.from({ length: REQUESTS }, (_, i) => {
    const app = apps[i % apps.length] ?? assert.fail();
    return { app, browser: visitorWith(app, legacy) };
  });
  const replies = await Promise.all(
    visitors.map(({ app, browser }, i) =>
      app.act(
        (session) => {
          session[`key${i}`] = i;
          return { userId: session.userId };
        },
        { by: browser },
      ),
    ),
  );
  for (const reply of replies) assert.deepEqual(reply.json(), { userId: "anna" });
  assert.equal(new Set(visitors.map(({ browser }) => cookieOf(browser))).size, 1);
  const [first = assert.fail()] = visitors;
  assert.equal(Object.keys(await first.app.data(first.browser)).length, REQUESTS + 1, "no write is lost");
  assert.equal((await first.app.sessions.list("anna")).length, 1);
}

for (const [software, open] of Object.entries(opens)) {
  describe(`a session of ${software}`, () => {
    it("moves at its first request, with its data and its user, and is one of ours from then on", async (test) => {
      const old = await open(test);
      const app = await movingFrom(test, old);
      const data = { userId: "anna", cart: [1, 2], name: "Ünï 🦊" };
      const browser = visitorWith(app, await old.cookiesWith(data));

      assert.deepEqual(await app.data(browser), data);
      assert.deepEqual([...browser.cookies.keys()], [NAME], "the legacy cookies are deleted");
      assert.deepEqual(app.takeEvents(), ["session_created", "session_migrated"]);
      assert.equal((await app.sessions.list("anna")).length, 1);

      assert.deepEqual(await app.data(browser), data);
      assert.equal((await app.sessions.list("anna")).length, 1);
    });

    it("is one session after fifty first requests at the same time", async (test) => {
      const old = await open(test);
      const app = await movingFrom(test, old);
      await firstRequests([app], await old.cookiesWith({ userId: "anna" }));
    });

    it("is one session after fifty first requests at the same time, in two processes on one store", async (test) => {
      const old = await open(test);
      const store = sharedFile(test);
      const secret = strongSecret();
      const apps = [
        await movingFrom(test, old, { store: store(), secret }),
        await movingFrom(test, old, { store: store(), secret }),
      ];
      await firstRequests(apps, await old.cookiesWith({ userId: "anna" }));
    });

    const endings: Readonly<
      Record<string, (app: SessionApp, browser: ReturnType<typeof visitorWith>) => unknown>
    > = {
      "signed out": (app, browser) => app.act((session) => session.signOut(), { by: browser }),
      destroyed: (app, browser) => app.act((session) => session.destroy(), { by: browser }),
      revoked: async (app) => {
        const [{ handle } = assert.fail()] = await app.sessions.list("anna");
        assert.equal(await app.sessions.revoke(handle), true);
      },
      "revoked with all of its user's": (app) => app.sessions.revokeUser("anna"),
      "revoked with everybody's": (app) => app.sessions.revokeAll(),
      "replaced by another user's": async (app, browser) => {
        await app.act((session) => session.signIn("bert"), { by: browser });
        await app.act((session) => session.signOut(), { by: browser });
      },
    };
    for (const [ending, end] of Object.entries(endings)) {
      it(`does not come back with its old cookie once it was ${ending}, in no process, at no time`, async (test) => {
        const old = await open(test);
        const store = sharedFile(test);
        const secret = strongSecret();
        const app = await movingFrom(test, old, { store: store(), secret });
        const other = await movingFrom(test, old, { store: store(), secret });
        const legacy = await old.cookiesWith({ userId: "anna" });
        const browser = visitorWith(app, legacy);
        assert.deepEqual(await app.data(browser), { userId: "anna" });
        await end(app, browser);
        const start = app.clock.now();
        for (const days of [0, 1, 8]) {
          for (const one of [app, other]) {
            one.clock.set(start + days * 24 * 3_600_000);
            const replay = visitorWith(one, legacy);
            assert.deepEqual(await one.data(replay), {}, `${days} days later`);
            assert.equal(replay.cookies.has(NAME), false);
          }
        }
      });
    }

    it("is anonymous to who has other secrets, and an event tells", async (test) => {
      const old = await open(test);
      const secrets = strongSecret();
      const app = await movingFrom(test, old, { changes: { secrets } });
      const browser = visitorWith(app, await old.cookiesWith({ userId: "anna" }));
      assert.deepEqual(await app.data(browser), {});
      assert.deepEqual(
        app.events.map((event) => [event.type, Reflect.get(event, "reason")]),
        [["legacy_session_refused", "forged"]],
      );
      assert.equal(JSON.stringify(app.events).includes(secrets), false);
    });

    it("is nothing under another cookie's name", async (test) => {
      const old = await open(test);
      const app = await movingFrom(test, old, { changes: { name: "other" } });
      const legacy = await old.cookiesWith({ userId: "anna" });
      const renamed = [...legacy].map(
        ([name, value]) => [name.replace(LEGACY_NAME, "other"), value] as const,
      );
      assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
      const data = await app.data(visitorWith(app, new Map(renamed)));
      // A seal does not say whose cookie it was; a keygrip's MAC does.
      assert.deepEqual(data, software === "cookie-session" ? {} : { userId: "anna" });
    });

    it("is nothing from `until` on", async (test) => {
      const old = await open(test, { ttl: 0 });
      const app = await movingFrom(test, old);
      const legacy = await old.cookiesWith({ userId: "anna" });
      app.clock.set(Date.parse("2030-01-01") - 1);
      assert.deepEqual(await app.data(visitorWith(app, legacy)), { userId: "anna" });
      app.clock.advance(1);
      assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
    });

    it("has its cookies deleted where the old app has set them", async (test) => {
      const old = await open(test);
      const cookie = { path: "/shop", domain: "Example.com" };
      const app = await movingFrom(test, old, { changes: { cookie } });
      const by = visitorWith(app, await old.cookiesWith({ userId: "anna" }));
      const { headers } = await app.act(() => ({}), { by });
      const cleared = [headers["set-cookie"] ?? []].flat().filter((one) => one.startsWith(LEGACY_NAME));
      assert.equal(cleared.length, software === "cookie-session" ? 2 : 1);
      for (const one of cleared)
        assert.match(one, /^old(\.sig)?=; Path=\/shop; Domain=example\.com; Max-Age=0/);
    });

    it("stays signed out on the last day, where a process whose clock is ahead has pruned", async (test) => {
      const old = await open(test);
      const [openStore, secret] = [sharedFile(test), strongSecret()];
      const app = await movingFrom(test, old, { store: openStore(), secret });
      const ahead = openStore();
      const legacy = await old.cookiesWith({ userId: "anna" });
      const browser = visitorWith(app, legacy);
      for (let i = 0; i < 2; i++) await app.data(browser);
      await app.act((session) => session.signOut(), { by: browser });
      const until = Date.parse(UNTIL);
      app.clock.advance(until - 1_000 - app.clock.now());
      await ahead.prune(until + 60_000, 100);
      assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
    });

    it("brings no name of ours with it, and no prototype", async (test) => {
      const old = await open(test);
      const app = await movingFrom(test, old);
      const data = JSON.parse('{"userId":"anna","handle":"x","signOut":1,"__proto__":{"role":"admin"}}');
      const by = visitorWith(app, await old.cookiesWith(data));
      const reply = await app.act(
        (session) => ({
          keys: Object.keys(session),
          role: session.role ?? null,
          own: typeof session.signOut,
        }),
        { by },
      );
      assert.deepEqual(reply.json(), { keys: ["userId"], role: null, own: "function" });
    });

    it("has nothing to bring that an empty cookie holds, or one whose session is empty", async (test) => {
      const old = await open(test);
      const app = await movingFrom(test, old);
      for (const legacy of [new Map([[LEGACY_NAME, ""]]), await old.cookiesWith({ a: undefined })]) {
        const browser = visitorWith(app, legacy);
        assert.deepEqual(await app.data(browser), {});
        assert.equal(browser.cookies.has(NAME), false);
      }
      assert.deepEqual(app.takeEvents(), []);
    });
  });
}
