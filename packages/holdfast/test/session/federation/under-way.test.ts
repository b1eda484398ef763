import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Handler } from "../../support/session-app.ts";
import { ISSUER, type SsoApp, type SsoOptions, ssoApp, usersOf } from "../../support/sso-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

const ofS1 = { issuer: ISSUER, sid: "s1" };
const ofAnna = { issuer: ISSUER, subject: "anna" };

async function watched(
  t: Parameters<typeof ssoApp>[0],
  options: SsoOptions = {},
): Promise<{ sso: SsoApp; store: WatchedStore }> {
  const store = new WatchedStore();
  return { sso: await ssoApp(t, { ...options, store }), store };
}

async function handles({ app }: SsoApp): Promise<string[]> {
  return (await app.sessions.listAll()).sessions.map(({ handle }) => handle);
}

describe("a sign-in under way while its user logs out at the provider", () => {
  for (const [what, logout] of [
    ["its session", ofS1],
    ["its subject", ofAnna],
  ] as const) {
    for (const operation of ["userGeneration", "writeValue", "create"] as const) {
      it(`does not finish where ${what} is logged out while it waits for ${operation}`, async (t) => {
        const { sso, store } = await watched(t);
        const browser = sso.app.agent.newBrowser();
        const idToken = sso.provider.claims("anna", "s1");
        const { reached, release } = store.hold(operation);
        const signingIn = sso.app.act((session) => session.signIn("anna", { idToken }), { by: browser });
        await reached;
        await sso.app.sessions.revokeFederated(logout);
        release();
        const reply = await signingIn;
        assert.deepEqual(
          [reply.status, (reply.json() as { code: string }).code],
          [409, "ERR_HOLDFAST_SUPERSEDED"],
        );
        assert.deepEqual(reply.setCookie, []);
        assert.deepEqual(await handles(sso), []);
      });
    }
  }

  const verbs: Readonly<Record<string, Handler>> = {
    elevate: (session) => session.elevate({ level: 2 }),
    impersonate: (session) => session.impersonate("bert"),
    regenerate: (session) => session.regenerate({ keep: ["userId"] }),
  };
  for (const [name, verb] of Object.entries(verbs)) {
    it(`nor does ${name}, whose next session is being stored`, async (t) => {
      const { sso, store } = await watched(t);
      const browser = await sso.browser("anna", "s1");
      const { reached, release } = store.hold("create");
      const changing = sso.app.act(verb, { by: browser });
      await reached;
      assert.equal((await sso.logOut({ sid: "s1" })).status, 200);
      release();
      await changing;
      assert.deepEqual(await handles(sso), []);
      assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
    });
  }

  it("brings nothing back for an hour after its session was logged out, however new its ID token", async (t) => {
    const sso = await ssoApp(t);
    await sso.logOut({ sid: "s1" });
    for (const pause of ["10m", "49m", "59s"] as const) {
      sso.clock.advance(pause);
      const idToken = sso.provider.claims("anna", "s1");
      const reply = await sso.app.act((session) => session.signIn("anna", { idToken }));
      assert.equal(reply.status, 409);
    }
    assert.deepEqual(await handles(sso), []);
  });

  it("goes on where its ID token is from after the logout of its subject", async (t) => {
    const sso = await ssoApp(t);
    const before = sso.provider.claims("anna", "s1");
    await sso.logOut({ sub: "anna" });
    const at = (idToken: typeof before) => sso.app.act((session) => session.signIn("anna", { idToken }));
    assert.equal((await at(before)).status, 409);
    sso.clock.advance("1s");
    assert.equal((await at(before)).status, 409);
    assert.equal((await at(sso.provider.claims("anna", "s2"))).status, 200);
  });

  it("fails, and leaves nothing, where the store cannot say any more whether it was logged out", async (t) => {
    const { sso, store } = await watched(t);
    const create = store.inner.create.bind(store.inner);
    t.mock.method(store.inner, "create", (...args: Parameters<typeof create>) => {
      store.fail("readValue", new Error("disk trouble"));
      return create(...args);
    });
    const idToken = sso.provider.claims("anna", "s1");
    const reply = await sso.app.act((session) => session.signIn("anna", { idToken }));
    assert.equal(reply.status, 503);
    assert.deepEqual(await handles(sso), []);
  });

  it("fails, and leaves nothing, where it cannot be entered", async (t) => {
    for (const operation of ["readValue", "writeValue"] as const) {
      const { sso, store } = await watched(t);
      store.fail(operation, new Error("disk trouble"));
      const idToken = sso.provider.claims("anna", "s1");
      const reply = await sso.app.act((session) => session.signIn("anna", { idToken }));
      assert.equal(reply.status, 503);
      assert.deepEqual(await handles(sso), []);
    }
  });

  it("is refused or ended, each of fifty, at whatever moment the logout comes", async (t) => {
    let turn = 0;
    const pause = async (): Promise<void> => {
      // Every operation takes another number of turns, the same in each run.
      turn = (turn * 7 + 3) % 11;
      for (let i = 0; i < turn; i++) await new Promise(setImmediate);
    };
    const store = new WatchedStore({ pause });
    const sso = await ssoApp(t, { store });
    const idToken = sso.provider.claims("anna", "s1");
    const signIns = Array.from({ length: 50 }, () =>
      sso.app.act((session) => session.signIn("anna", { idToken }), { by: sso.app.agent.newBrowser() }),
    );
    const logout = sso.logOut({ sid: "s1", sub: "anna" });
    const statuses = (await Promise.all(signIns)).map(({ status }) => status);
    assert.equal((await logout).status, 200);
    assert.deepEqual(
      statuses.filter((status) => status !== 200 && status !== 409),
      [],
    );
    assert.deepEqual(await handles(sso), []);
  });
});
