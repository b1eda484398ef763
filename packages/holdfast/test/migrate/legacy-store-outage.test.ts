import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import type { MemoryStore } from "express-session";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { set } from "../support/session-app.ts";

type Get = MemoryStore["get"];

/** How stores of this kind fail to read. */
const failures: Readonly<Record<string, Get>> = {
  "reports an error": (_id, done) => done(new Error("secret connection string")),
  "throws at once": () => {
    throw new Error("secret connection string");
  },
  "never answers": () => undefined,
  "rejects a promise": () => Promise.reject(new Error("secret connection string")) as unknown as undefined,
};

describe("a legacy store that fails", () => {
  for (const [how, get] of Object.entries(failures)) {
    it(`makes a request a 503 that brings a legacy cookie, never an anonymous one: it ${how}`, async (test) => {
      const old = await legacyApp(test);
      const app = await movingApp(test, old, { storeTimeout: "20ms" });
      const legacy = await old.cookieWith({ userId: "anna" });
      const working = old.store.get;
      old.store.get = get;
      const browser = visitorWith(app, legacy);
      const reply = await app.act(() => ({ handled: true }), { by: browser });
      assert.equal(reply.status, 503);
      assert.equal((reply.json() as { code: string }).code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
      assert.doesNotMatch(reply.text, /secret connection/);
      assert.equal(browser.cookies.get(LEGACY_NAME), legacy, "the cookie is left for later");
      assert.deepEqual(app.takeEvents(), ["store_error"]);

      old.store.get = working;
      assert.deepEqual(await app.data(browser), { userId: "anna" });
    });
  }

  for (const operation of ["get", "destroy"] as const) {
    it(`tells nobody a session id that is in its error (${operation})`, async (test) => {
      const old = await legacyApp(test);
      const app = await movingApp(test, old);
      const legacy = await old.cookieWith({ userId: "anna" });
      const id = decodeURIComponent(legacy).slice(2).split(".", 1)[0] ?? assert.fail();
      old.store[operation] = (name: string, done?: (error: Error) => void) => {
        const error = new Error(`EACCES: permission denied, open 'sessions/${name}.json'`);
        done?.(Object.assign(error, { code: "EACCES", path: `sessions/${name}.json` }));
      };
      const reply = await app.act(() => ({}), { by: visitorWith(app, legacy) });
      assert.equal(reply.status, 503);
      const told = inspect([app.events, app.errors, app.warnings], { depth: 20, showHidden: true });
      assert.match(told, /permission denied/);
      assert.equal(told.includes(id), false);
    });
  }

  it("that has lost its connection is not asked until it has it again", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    old.store.emit("disconnect");
    assert.equal((await app.act(() => ({}), { by: browser })).status, 503);
    old.store.emit("connect");
    assert.deepEqual(await app.data(browser), { userId: "anna" });
  });

  it("that answers twice is heard once", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const get = old.store.get.bind(old.store);
    old.store.get = (id, done) =>
      get(id, (error, found) => {
        done(error, found);
        done(new Error("again"));
        done(null, null);
      });
    assert.deepEqual(await app.data(visitorWith(app, legacy)), { userId: "anna" });
  });

  it("does not trouble requests without a legacy cookie, nor sessions that have moved", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    await app.data(browser);
    old.store.get = failures["reports an error"] as Get;
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    await app.act(set({ userId: "bert" }));
    assert.deepEqual(await app.data(), { userId: "bert" });
  });

  it("fails the request whose session it cannot delete; the next one finds it moved, and deletes again", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const destroy = old.store.destroy.bind(old.store);
    old.store.destroy = (_id, done) => done?.(new Error("no connection"));
    const browser = visitorWith(app, legacy);
    assert.equal((await app.act(() => ({}), { by: browser })).status, 503);
    assert.equal(browser.cookies.get(LEGACY_NAME), legacy);
    old.store.destroy = destroy;
    assert.deepEqual(await app.data(browser), { userId: "anna" });
    assert.equal(await old.records(), 0);
    assert.equal((await app.sessions.list("anna")).length, 1);
  });

  it("is left alone for a moment once it has failed often", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    let asked = 0;
    old.store.get = (_id, done) => {
      asked += 1;
      done(new Error("no connection"));
    };
    for (let i = 0; i < 20; i++) await app.act(() => ({}), { by: visitorWith(app, legacy) });
    assert(asked < 20);
  });

  it("lets requests go on where onStoreError says so, with an empty session and no cookie", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { onStoreError: "continue" });
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    old.store.get = failures["reports an error"] as Get;
    assert.equal((await browser.get("/plain")).status, 200);
    assert.equal((await app.act(set({ cart: [1] }), { by: browser })).status, 503);
    assert.deepEqual([...browser.cookies.keys()], [LEGACY_NAME]);
  });
});
