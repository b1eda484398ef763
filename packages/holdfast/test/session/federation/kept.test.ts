import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import { browserWith, cookieOf, type Handler, set, strongSecret } from "../../support/session-app.ts";
import { sharedFile } from "../../support/shared-file.ts";
import { ISSUER, ssoApp, testProvider, usersOf } from "../../support/sso-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

const steps: Readonly<Record<string, Handler>> = {
  "a write": set({ cart: 1 }),
  "an update": (session) => session.update((latest) => set({ cart: 2 })(latest)),
  elevate: (session) => session.elevate({ level: 2 }),
  regenerate: (session) => session.regenerate({ keep: ["userId"] }),
  impersonate: (session) => session.impersonate("bert"),
  "the end of an impersonation": async (session) => {
    await session.impersonate("bert");
    await session.endImpersonation();
  },
};

describe("a session that a provider vouches for", () => {
  for (const [name, step] of Object.entries(steps)) {
    it(`is found by a logout after ${name}`, async (t) => {
      const sso = await ssoApp(t);
      const browser = await sso.browser("anna", "s1");
      assert.equal((await sso.app.act(step, { by: browser })).status, 200);
      const [user] = await usersOf(sso.app, [browser]);
      assert.ok(user === "anna" || user === "bert");
      assert.equal((await sso.logOut({ sid: "s1" })).status, 200);
      assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
    });
  }

  it("is found while it is locked, and after it was unlocked", async (t) => {
    for (const unlocks of [true, false]) {
      const sso = await ssoApp(t, { onIdle: "lock" });
      const browser = await sso.browser("anna", "s1");
      sso.clock.advance("31m");
      assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
      if (unlocks) await sso.app.act((session) => session.signIn("anna"), { by: browser });
      assert.equal((await sso.logOut({ sid: "s1" })).status, 200);
      assert.equal((await sso.app.sessions.listAll()).sessions.length, 0);
    }
  });

  it("is found after its id was renewed, and hours later", async (t) => {
    const sso = await ssoApp(t);
    const browser = await sso.browser("anna", "s1");
    for (let i = 0; i < 40; i++) {
      sso.clock.advance("15m");
      assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
    }
    assert.equal((await sso.logOut({ sub: "anna" })).status, 200);
    assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
  });

  it("is nobody's at the provider after a sign-in without an ID token", async (t) => {
    const sso = await ssoApp(t);
    const browser = await sso.browser("anna", "s1");
    await sso.app.act((session) => session.signIn("anna"), { by: browser });
    await sso.logOut({ sid: "s1", sub: "anna" });
    assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
  });

  it("is not the next user's", async (t) => {
    const sso = await ssoApp(t);
    const browser = await sso.browser("anna", "s1");
    await sso.app.act(set({ userId: "bert" }), { by: browser });
    await sso.logOut({ sid: "s1", sub: "anna" });
    assert.deepEqual(await usersOf(sso.app, [browser]), ["bert"]);
  });

  it("shows in lists whose it is at which provider", async (t) => {
    const sso = await ssoApp(t);
    await sso.browser("anna@idp", "s1", "anna");
    const provider = { issuer: ISSUER, subject: "anna@idp", sid: "s1" };
    const [own] = await sso.app.sessions.list("anna");
    assert.deepEqual(own?.provider, provider);
    const { sessions } = await sso.app.sessions.listAll();
    assert.deepEqual(sessions[0]?.provider, provider);
    await sso.app.agent.signIn("bert");
    const [other] = await sso.app.sessions.list("bert");
    assert.equal(other?.provider, undefined);
  });

  for (const renew of [false, "15m"] as const) {
    it(`is found when the key that it began under is gone${renew ? ", after a renewal" : ""}`, async (t) => {
      const open = sharedFile(t);
      const provider = await testProvider();
      const [first, second] = [strongSecret(), strongSecret()];
      const options = { provider, renew };
      const old = await ssoApp(t, { ...options, secret: first, store: open() });
      const browser = await old.browser("anna", "s1");
      const both = await ssoApp(t, { ...options, secret: [second, first], store: open() });
      const moved = browserWith(both.app, cookieOf(browser));
      for (let i = 0; i < 3; i++) {
        provider.clock.advance("16m");
        await both.app.act(set({ visits: i }), { by: moved });
      }
      const late = await ssoApp(t, { ...options, secret: second, store: open() });
      const last = browserWith(late.app, cookieOf(moved));
      assert.deepEqual(await usersOf(late.app, [last]), ["anna"]);
      assert.equal((await late.logOut({ sid: "s1" })).status, 200);
      assert.deepEqual(await usersOf(late.app, [last]), [undefined]);
    });
  }
});

describe("the index of providers", () => {
  it("loses none of many sign-ins of one subject at once, as several users", async (t) => {
    const sso = await ssoApp(t, { store: new WatchedStore() });
    const browsers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => sso.browser("anna", `s${i}`, `anna ${i % 10}`)),
    );
    assert.equal(await sso.app.sessions.revokeFederated({ issuer: ISSUER, subject: "anna" }), 30);
    assert.deepEqual(new Set(await usersOf(sso.app, browsers)), new Set([undefined]));
  });

  it("costs a sign-in without an ID token nothing", async (t) => {
    const store = new WatchedStore();
    const sso = await ssoApp(t, { store });
    await sso.app.act((session) => session.signIn("anna"));
    await sso.app.act((session) => session.elevate());
    await sso.app.act((session) => session.signOut());
    assert.deepEqual(
      store.calls.filter((call) => /Value/.test(call)),
      [],
    );
  });

  it("is written once a day for a subject who comes and goes", async (t) => {
    const store = new WatchedStore();
    const sso = await ssoApp(t, { store });
    for (let hour = 0; hour < 48; hour++) {
      await sso.browser("anna");
      sso.clock.advance("1h");
    }
    // In two places.
    assert.equal(store.calls.filter((call) => call === "writeValue").length, 4);
  });

  it("tells a thief of the store neither who nor where, and is gone when it is over", async (t) => {
    const inner = new MemoryStore<unknown>();
    const capabilities = { ...inner.capabilities, location: "shared" as const };
    const store = Object.assign(Object.create(inner), { capabilities });
    const written: string[] = [];
    for (const name of ["writeValue", "readValue"] as const)
      store[name] = (...args: unknown[]) => {
        written.push(
          ...args.map((it) => (it instanceof Uint8Array ? Buffer.from(it).toString("latin1") : String(it))),
        );
        return Reflect.apply(inner[name], inner, args);
      };
    for (const name of [
      "create",
      "read",
      "update",
      "listUser",
      "delete",
      "userGeneration",
      "prune",
      "close",
    ] as const)
      store[name] = (...args: never[]) => Reflect.apply(inner[name], inner, args);
    const sso = await ssoApp(t, { store });
    await sso.browser("anna@idp", "sid-of-anna", "anna");
    await sso.logOut({ sid: "sid-of-anna", sub: "anna@idp", jti: "the token's id" });
    assert.ok(written.length > 20);
    for (const one of written) {
      for (const secret of ["anna", "login.example", "token"]) assert.ok(!one.includes(secret), one);
    }
    sso.clock.advance("38h");
    assert.ok(inner.prune(sso.clock.now(), 100) >= 4);
    assert.equal(inner.prune(sso.clock.now(), 100), 0);
  });

  it("takes no more users for a subject than a store can keep", async (t) => {
    const sso = await ssoApp(t);
    const idToken = sso.provider.claims("all", "s1");
    const user = (i: number): string => `${i}`.padStart(9_000, "x");
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const by = sso.app.agent.newBrowser();
      statuses.push((await sso.app.act((session) => session.signIn(user(i), { idToken }), { by })).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 500, 500]);
  });

  it("that is full to the last byte has room for the logout that ends them all", async (t) => {
    const sso = await ssoApp(t);
    const idToken = sso.provider.claims("all", "s1");
    let number = 0;
    const fits = async (length: number): Promise<boolean> => {
      number += 1;
      const user = `${number}`.padStart(length, "x");
      const by = sso.app.agent.newBrowser();
      return (await sso.app.act((session) => session.signIn(user, { idToken }), { by })).status === 200;
    };
    for (let length = 20_000; length >= 3; length = Math.floor(length / 2)) while (await fits(length));
    assert.equal((await sso.logOut({ sub: "all" })).status, 200);
    assert.deepEqual((await sso.app.sessions.listAll()).sessions, []);
  });
});
