import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { sharedFile } from "../support/shared-file.ts";
import { cookieOf, handleIn, type SessionApp, strongSecret } from "../support/session-app.ts";

const REQUESTS = 50;

async function firstRequests(apps: readonly SessionApp[], legacy: string): Promise<void> {
  const visitors = Array.from({ length: REQUESTS }, (_, i) => {
    const app = apps[i % apps.length];
    assert(app !== undefined);
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
  const cookies = new Set(visitors.map(({ browser }) => cookieOf(browser)));
  assert.equal(cookies.size, 1, "all are given the same cookie");
  const [first] = visitors;
  assert(first !== undefined);
  const data = await first.app.data(first.browser);
  assert.equal(Object.keys(data).length, REQUESTS + 1, "no request's write is lost");
  assert.equal((await first.app.sessions.list("anna")).length, 1);
}

describe("fifty first requests of one session at the same time", () => {
  it("make one session, and all are given the same cookie", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    await firstRequests([app], await old.cookieWith({ userId: "anna" }));
    assert.equal(await old.records(), 0);
  });

  it("do so across two processes on one store", async (test) => {
    const old = await legacyApp(test);
    const open = sharedFile(test);
    const secret = strongSecret();
    const apps = [
      await movingApp(test, old, { store: open(), secret }),
      await movingApp(test, old, { store: open(), secret }),
    ];
    await firstRequests(apps, await old.cookieWith({ userId: "anna" }));
    assert.equal(await old.records(), 0);
  });

  it("do so where their user may have one session only", async (test) => {
    const old = await legacyApp(test);
    const open = sharedFile(test);
    const secret = strongSecret();
    const apps = [
      await movingApp(test, old, { store: open(), secret, maxSessions: 1 }),
      await movingApp(test, old, { store: open(), secret, maxSessions: 1 }),
    ];
    await firstRequests(apps, await old.cookieWith({ userId: "anna" }));
  });

  it("move many sessions side by side, each once", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const cookies = await Promise.all(
      Array.from({ length: 10 }, (_, i) => old.cookieWith({ userId: `user${i}` })),
    );
    const visitors = [...cookies, ...cookies, ...cookies].map((cookie) => visitorWith(app, cookie));
    await Promise.all(visitors.map((browser) => app.act(() => ({}), { by: browser })));
    const handles = new Set(visitors.map((browser) => handleIn(cookieOf(browser))));
    assert.equal(handles.size, 10);
    assert(visitors.every((browser) => !browser.cookies.has(LEGACY_NAME)));
  });
});
