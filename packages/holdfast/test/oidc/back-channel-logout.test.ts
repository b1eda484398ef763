import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logOutOnTwo } from "../support/logout-on-two.ts";
import { sharedFile } from "../support/shared-file.ts";
import { ssoApp, usersOf } from "../support/sso-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

for (const [name, makeStore] of everyStore) {
  describe(`a back-channel logout, on a ${name}`, () => {
    it("ends the session of its sid and no other, and answers 200 without a body", async (t) => {
      const sso = await ssoApp(t, { store: makeStore(t) });
      const browsers = [
        await sso.browser("anna", "s1"),
        await sso.browser("anna", "s2"),
        await sso.browser("bert", "s3"),
      ];
      const reply = await sso.logOut({ sid: "s1" });
      assert.deepEqual([reply.status, reply.text], [200, ""]);
      assert.equal(reply.headers["cache-control"], "no-store");
      assert.deepEqual(await usersOf(sso.app, browsers), [undefined, "anna", "bert"]);
    });

    it("ends all of its subject's sessions where it names no sid", async (t) => {
      const sso = await ssoApp(t, { store: makeStore(t) });
      const browsers = [
        await sso.browser("anna", "s1"),
        await sso.browser("anna"),
        await sso.browser("anna", "s2", "anna's other account"),
        await sso.browser("bert", "s3"),
      ];
      assert.equal((await sso.logOut({ sub: "anna" })).status, 200);
      const ended = [undefined, undefined, undefined];
      assert.deepEqual(await usersOf(sso.app, browsers), [...ended, "bert"]);
    });

    it("ends the subject's sessions without a sid along with the one it names", async (t) => {
      const sso = await ssoApp(t, { store: makeStore(t) });
      const browsers = [
        await sso.browser("anna", "s1"),
        await sso.browser("anna"),
        await sso.browser("anna", "s2"),
        await sso.browser("bert"),
      ];
      assert.equal((await sso.logOut({ sub: "anna", sid: "s1" })).status, 200);
      assert.deepEqual(await usersOf(sso.app, browsers), [undefined, undefined, "anna", "bert"]);
    });

    it("leaves sessions that began without an ID token, or with another issuer's", async (t) => {
      const sso = await ssoApp(t, { store: makeStore(t) });
      const own = sso.app.agent.newBrowser();
      await sso.app.act((session) => session.signIn("anna"), { by: own });
      const other = sso.app.agent.newBrowser();
      const idToken = { ...sso.provider.claims("anna", "s1"), iss: "https://other.example" };
      await sso.app.act((session) => session.signIn("anna", { idToken }), { by: other });
      const ours = await sso.browser("anna", "s1");
      assert.equal((await sso.logOut({ sub: "anna", sid: "s1" })).status, 200);
      assert.equal((await sso.logOut({ sub: "anna" })).status, 200);
      assert.deepEqual(await usersOf(sso.app, [own, other, ours]), ["anna", "anna", undefined]);
    });
  });
}

describe("a back-channel logout", () => {
  it("succeeds where there is nothing to end", async (t) => {
    const sso = await ssoApp(t);
    assert.equal((await sso.logOut({ sub: "nobody" })).status, 200);
    assert.deepEqual(sso.app.takeEvents(), []);
  });

  it("tells of each session that it ends", async (t) => {
    const sso = await ssoApp(t);
    await sso.browser("anna", "s1");
    sso.app.takeEvents();
    await sso.logOut({ sid: "s1" });
    const [{ type, ...event } = { type: "none" }] = sso.app.events;
    assert.equal(type, "session_revoked");
    assert.deepEqual([Reflect.get(event, "reason"), Reflect.get(event, "user")], ["provider_logout", "anna"]);
    assert.equal(Reflect.get(event, "path"), "/backchannel-logout");
  });

  it("that was carried out ends nothing more, and is answered as it was", async (t) => {
    const sso = await ssoApp(t);
    await sso.browser("anna");
    const token = await sso.provider.logoutToken({ sub: "anna" });
    assert.equal((await sso.send(token)).status, 200);
    sso.clock.advance("2s");
    const again = await sso.browser("anna");
    sso.app.takeEvents();
    const reply = await sso.send(token);
    assert.deepEqual([reply.status, reply.text], [200, ""]);
    assert.deepEqual(await usersOf(sso.app, [again]), ["anna"]);
    const [event] = sso.app.events;
    assert.deepEqual(
      [event?.type, event && Reflect.get(event, "reason")],
      ["backchannel_logout_refused", "replayed"],
    );
  });

  it("ends sessions on two processes that share a file, and none of a sign-in under way is left", async (t) => {
    await logOutOnTwo(t, sharedFile(t));
  });

  for (const operation of ["readValue", "writeValue", "listUser", "delete"] as const) {
    it(`is no success while the store fails at ${operation}, and is carried out when it comes again`, async (t) => {
      const store = new WatchedStore();
      const sso = await ssoApp(t, { store });
      const browser = await sso.browser("anna", "s1");
      const token = await sso.provider.logoutToken({ sid: "s1" });
      store.fail(operation, new Error("disk trouble"));
      const reply = await sso.send(token);
      assert.deepEqual([reply.status, reply.headers["retry-after"]], [503, "5"]);
      assert.equal((reply.json() as { error: string }).error, "temporarily_unavailable");
      assert.doesNotMatch(reply.text, /disk/);
      store.fail(operation, undefined);
      assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
      assert.equal((await sso.send(token)).status, 200);
      assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
    });
  }

  it("is no success while the provider's keys cannot be had", async (t) => {
    const keys = (): Promise<never> => Promise.reject(new TypeError("fetch failed"));
    const sso = await ssoApp(t, { logout: { keys } });
    const browser = await sso.browser("anna", "s1");
    const reply = await sso.logOut({ sid: "s1" });
    assert.deepEqual([reply.status, reply.headers["retry-after"]], [503, "5"]);
    assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
    const refused = sso.app.events.find(({ type }) => type === "backchannel_logout_refused");
    assert.equal(refused && Reflect.get(refused, "reason"), "keys_unavailable");
  });

  it("is no success where what the store knows of the session was edited", async (t) => {
    const store = new WatchedStore();
    const write = t.mock.method(store.inner, "writeValue");
    const sso = await ssoApp(t, { store });
    const browser = await sso.browser("anna", "s1");
    for (const {
      arguments: [name],
    } of [...write.mock.calls]) {
      await store.inner.writeValue(name, 1, Buffer.alloc(60), sso.clock.now());
    }
    const reply = await sso.logOut({ sid: "s1" });
    assert.deepEqual([reply.status, (reply.json() as { error: string }).error], [500, "server_error"]);
    assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
  });
});
