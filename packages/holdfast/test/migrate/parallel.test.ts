import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { gate } from "../support/renewals.ts";
import { cookieOf, handleIn, type SessionApp, strongSecret } from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";
import { WatchedStore } from "../support/watched-store.ts";

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
    const legacy = await old.cookieWith({ userId: "anna" });
    const reads = test.mock.method(old.store, "get");
    await firstRequests([app], legacy);
    assert.equal(reads.mock.callCount(), 1, "and ask the legacy store once");
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

  for (const { most, onLimit } of [
    { most: 1, onLimit: "evict-oldest" },
    { most: 2, onLimit: "evict-oldest" },
    { most: 1, onLimit: "reject" },
  ] as const) {
    it(`leave what it may have where each process has stored it before any has published it: ${most}, ${onLimit}`, async (test) => {
      const old = await legacyApp(test);
      const open = sharedFile(test);
      const secret = strongSecret();
      const stores = [new WatchedStore({ inner: open() }), new WatchedStore({ inner: open() })] as const;
      const start = (store: WatchedStore): Promise<SessionApp> =>
        movingApp(test, old, { store, secret, maxSessions: most, onLimit });
      const [one, other] = [await start(stores[0]), await start(stores[1])];
      if (most === 2) await one.agent.signIn("anna");
      for (const { clock } of [one, other]) clock.advance("1m");
      const legacy = await old.cookieWith({ userId: "anna" });
      const [first, second] = [visitorWith(one, legacy), visitorWith(other, legacy)];
      const gates = stores.map((store) => store.hold("writeValue"));
      const early = one.data(first);
      await gates[0]?.reached;
      const late = other.data(second);
      await gates[1]?.reached;
      gates[0]?.release();
      assert.deepEqual(await early, { userId: "anna" });
      gates[1]?.release();
      assert.deepEqual(await late, { userId: "anna" });
      assert.equal(cookieOf(first), cookieOf(second));
      assert.deepEqual(await one.data(first), { userId: "anna" });
      assert.equal((await one.sessions.list("anna")).length, most, "and nobody else had to go");
    });
  }

  it("are not anonymous where another process has moved the session since they began", async (test) => {
    const old = await legacyApp(test);
    const open = sharedFile(test);
    const secret = strongSecret();
    const one = await movingApp(test, old, { store: open(), secret });
    const other = await movingApp(test, old, { store: open(), secret });
    const legacy = await old.cookieWith({ userId: "anna" });
    // The slower one has found no tombstone; when it reads the legacy record, that is gone.
    const [began, moved] = [gate(), gate()];
    const get = old.store.get.bind(old.store);
    old.store.get = (id, done) => {
      old.store.get = get;
      began.release();
      void moved.open.then(() => get(id, done));
    };
    const slow = other.data(visitorWith(other, legacy));
    await began.open;
    await one.data(visitorWith(one, legacy));
    moved.release();
    assert.deepEqual(await slow, { userId: "anna" });
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
