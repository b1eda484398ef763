import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { holdReads } from "../support/hold-reads.ts";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { gate } from "../support/renewals.ts";
import { set } from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";

describe("revokeUser", () => {
  it("holds against sessions that have not moved yet, and takes them from the legacy store", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const [moved, still, other] = await Promise.all(
      ["anna", "anna", "bert"].map((userId) => old.cookieWith({ userId })),
    );
    const browser = visitorWith(app, moved ?? "");
    await app.data(browser);

    assert.equal(await app.sessions.revokeUser("anna"), 1);

    assert.deepEqual(await app.data(browser), {});
    assert.deepEqual(await app.data(visitorWith(app, moved ?? "")), {});
    const late = visitorWith(app, still ?? "");
    app.takeEvents();
    assert.deepEqual(await app.data(late), {});
    assert.deepEqual(app.events[0], { ...app.events[0], type: "legacy_session_refused", reason: "revoked" });
    assert.equal(late.cookies.has(LEGACY_NAME), false);
    assert.equal(await old.records(), 1);
    assert.deepEqual(await app.data(visitorWith(app, other ?? "")), { userId: "bert" });
  });

  it("holds for another process, after a change of keys, and after the secret of the old app was changed", async (test) => {
    const old = await legacyApp(test);
    const open = sharedFile(test);
    const app = await movingApp(test, old, { store: open() });
    const legacy = await old.cookieWith({ userId: "anna" });
    await app.sessions.revokeUser("anna");
    const later = await movingApp(test, old, {
      store: open(),
      migrate: { secrets: ["newest", "keyboard cat"] },
    });
    assert.deepEqual(await later.data(visitorWith(later, legacy)), {});
  });

  it("leaves the user free to sign in anew", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    await app.sessions.revokeUser("anna");
    await app.act((session) => session.signIn("anna"));
    assert.deepEqual(await app.data(), { userId: "anna" });
  });

  it("reaches a session that is moving just then", async (test) => {
    const old = await legacyApp(test);
    const held = holdReads(old.store);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ userId: "anna" }));
    const moving = app.data(browser);
    await held.began;
    await app.sessions.revokeUser("anna");
    held.release();
    assert.deepEqual(await moving, {});
    assert.deepEqual(await app.data(browser), {});
    assert.equal((await app.sessions.list("anna")).length, 0);
  });
});

describe("revokeAll", () => {
  it("holds against everybody's sessions that have not moved yet, anonymous ones included", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const cookies = [await old.cookieWith({ userId: "anna" }), await old.cookieWith({ cart: [1] })];
    await app.sessions.revokeAll();
    for (const cookie of cookies) assert.deepEqual(await app.data(visitorWith(app, cookie)), {});
    assert.equal(await old.records(), 0);
    await app.act(set({ cart: [2] }));
    assert.deepEqual(await app.data(), { cart: [2] });
  });

  it("reaches an anonymous session that is moving just then", async (test) => {
    const old = await legacyApp(test);
    const held = holdReads(old.store);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ cart: [1] }));
    const moving = app.data(browser);
    await held.began;
    await app.sessions.revokeAll();
    held.release();
    assert.deepEqual(await moving, {});
    assert.deepEqual(await app.data(browser), {});
  });

  it("reaches an anonymous session that is just about to be stored", async (test) => {
    const old = await legacyApp(test);
    const began = gate();
    const revoked = gate();
    const store = beforeCreate(new MemoryStore<unknown>(), () => {
      began.release();
      return revoked.open;
    });
    const app = await movingApp(test, old, { store });
    const browser = visitorWith(app, await old.cookieWith({ cart: [1] }));
    const moving = app.data(browser);
    await began.open;
    await app.sessions.revokeAll();
    revoked.release();
    assert.deepEqual(await moving, {});
    assert.deepEqual(await app.data(browser), {});
    assert.equal((await app.sessions.listAll()).sessions.length, 0);
  });
});

/** The same store, where each new record waits for `wait`. */
function beforeCreate(store: Store<unknown>, wait: () => Promise<void>): Store<unknown> {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "create") return value.bind(target);
      return async (...args: unknown[]) => {
        await wait();
        return Reflect.apply(value, target, args);
      };
    },
  });
}
