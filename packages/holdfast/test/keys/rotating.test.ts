import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyOf, places, states } from "../support/rotating-apps.ts";
import { browserWith, codeOf, cookieOf, set } from "../support/session-app.ts";

for (const [where, open] of places) {
  describe(`keys ${where} that rotate by the clock`, () => {
    it("log nobody out: cookies are re-issued under the new key as they come by", async (test) => {
      const app = await open(test).start();
      await app.agent.signIn("anna", { data: { cart: [1] } });
      const first = cookieOf(app.agent);
      app.clock.advance("29d");
      app.clock.advance("23h");
      await app.sessions.keys.list();
      await app.agent.signIn("anna", { data: { cart: [1] } });
      const old = cookieOf(app.agent);
      assert.equal(keyOf(old), keyOf(first), "the next key is not used before its time");
      app.clock.advance("1h");
      assert.deepEqual(await states(app), ["active", "verifying"]);
      assert.deepEqual(await app.data(), { cart: [1], userId: "anna" });
      const renewed = cookieOf(app.agent);
      assert.notEqual(keyOf(renewed), keyOf(old));
      assert.deepEqual(
        renewed.split(".").slice(1, 3),
        old.split(".").slice(1, 3),
        "the same id, signed anew",
      );
      assert.deepEqual(await app.data(browserWith(app, old)), { cart: [1], userId: "anna" });
      assert.deepEqual((await app.act((session) => session)).setCookie, [], "once");
      assert.ok(app.takeEvents().includes("key_rotated"));
    });

    it("refuse a key once it has retired, when nothing under it can live any more", async (test) => {
      const app = await open(test).start();
      await app.agent.signIn("anna");
      const old = cookieOf(app.agent);
      await app.sessions.keys.rotate();
      app.clock.advance("1h");
      await app.data();
      app.clock.advance("10h");
      await app.data();
      assert.deepEqual(await states(app), ["active", "verifying"]);
      assert.deepEqual(await app.data(browserWith(app, old)), { userId: "anna" }, "it has an hour to go");
      app.clock.advance("3h");
      assert.deepEqual(await states(app), ["active"]);
      app.takeEvents();
      assert.deepEqual(await app.data(browserWith(app, old)), {});
      assert.deepEqual(app.takeEvents(), ["session_forged"]);
    });

    it("are learnt by a second deployment before it meets the first cookie under them", async (test) => {
      const place = open(test);
      const [one, two] = [await place.start(), await place.start()];
      await one.sessions.keys.rotate();
      await two.sessions.keys.list();
      one.clock.advance("1h");
      await one.sessions.keys.list();
      await one.agent.signIn("anna");
      const cookie = cookieOf(one.agent);
      // The second has not looked since: to it the key is still to come.
      const browser = browserWith(two, cookie);
      assert.deepEqual(await two.data(browser), { userId: "anna" });
      assert.equal(cookieOf(browser), cookie, "a newer key is not replaced by an older one");
      assert.equal((await two.sessions.list("anna")).length, 1);
    });

    it("are the same for deployments that start or rotate at the same time", async (test) => {
      const place = open(test);
      const apps = await Promise.all([place.start(), place.start(), place.start()]);
      const rotated = await Promise.all(apps.map((app) => app.sessions.keys.rotate()));
      assert.equal(new Set(rotated.map(({ id }) => id)).size, 1);
      for (const app of apps) assert.deepEqual(await states(app), ["pending", "active"]);
      const [first] = apps;
      await first.agent.signIn("anna");
      const cookie = cookieOf(first.agent);
      for (const app of apps) assert.deepEqual(await app.data(browserWith(app, cookie)), { userId: "anna" });
    });

    it("rotate while ids are renewed, on two deployments in turn, and nobody is logged out", async (test) => {
      const place = open(test);
      const apps = [
        await place.start({ renew: "15m", absolute: "30d" }),
        await place.start({ renew: "15m", absolute: "30d" }),
      ];
      const [{ agent, clock }] = apps as [(typeof apps)[0], ...typeof apps];
      await agent.signIn("anna");
      let cookie = cookieOf(agent);
      const keys = new Set<string>();
      for (let turn = 0; turn < 40; turn++) {
        for (const app of apps) {
          if (turn % 8 === 0) await app.sessions.keys.rotate();
          // One of them learns late.
          if (app === apps[0] || turn % 2 === 0) await app.sessions.keys.list();
          const browser = browserWith(app, cookie);
          assert.deepEqual(await app.data(browser), { userId: "anna" }, `turn ${turn}`);
          cookie = cookieOf(browser);
          keys.add(keyOf(cookie));
        }
        clock.advance("20m");
      }
      assert.ok(keys.size >= 5, `${keys.size} keys`);
    });

    it("outlive a restart", async (test) => {
      const place = open(test);
      const before = await place.start();
      await before.agent.signIn("anna");
      const after = await place.start();
      assert.deepEqual(await after.data(browserWith(after, cookieOf(before.agent))), { userId: "anna" });
    });
  });

  describe(`revoking a key ${where}`, () => {
    /** Anna under the old key, Bert under the new one. */
    async function twoKeys(test: Parameters<typeof open>[0]) {
      const place = open(test);
      const [app, other] = [await place.start(), await place.start()];
      await app.agent.signIn("anna");
      const anna = cookieOf(app.agent);
      await app.sessions.keys.rotate();
      app.clock.advance("1h");
      for (const one of [app, other]) assert.deepEqual(await states(one), ["active", "verifying"]);
      await app.agent.signIn("bert");
      return { place, app, other, anna, bert: cookieOf(app.agent) };
    }

    it("ends exactly its sessions, for every deployment at once", async (test) => {
      const { app, other, anna, bert } = await twoKeys(test);
      assert.equal(await app.sessions.keys.revoke(keyOf(anna)), 1);
      for (const one of [app, other]) {
        assert.deepEqual(await one.data(browserWith(one, anna)), {});
        assert.deepEqual(await one.data(browserWith(one, bert)), { userId: "bert" });
      }
      assert.deepEqual(await states(app), ["active", "revoked"]);
      assert.deepEqual(await states(other), ["active", "revoked"]);
      assert.ok(other.takeEvents().includes("key_revoked"));
    });

    it("removes what another deployment still stores under it, when that one learns", async (test) => {
      const { place, app, other, bert } = await twoKeys(test);
      await app.sessions.keys.revoke(keyOf(bert));
      await other.agent.signIn("carl");
      const carl = cookieOf(other.agent);
      assert.equal(keyOf(carl), keyOf(bert), "it has not looked yet");
      await states(other);
      await other.settle();
      assert.deepEqual(await other.data(), {});
      assert.equal((await place.store.countByKey(app.clock.now())).has(keyOf(bert)), false);
    });

    it("that signs brings the next one forward, and keeps the sessions of the others", async (test) => {
      const { app, other, anna, bert } = await twoKeys(test);
      assert.equal(await app.sessions.keys.revoke(keyOf(bert)), 1);
      assert.deepEqual(await states(app), ["active", "revoked", "verifying"]);
      const browser = browserWith(app, anna);
      assert.deepEqual(await app.data(browser), { userId: "anna" });
      const renewed = cookieOf(browser);
      assert.notEqual(keyOf(renewed), keyOf(bert));
      assert.deepEqual(await app.data(browserWith(app, bert)), {});
      // The other deployment learns the new key when it first meets it, in the background.
      app.clock.advance("10s");
      assert.deepEqual(await other.data(browserWith(other, renewed)), {});
      await other.settle();
      assert.deepEqual(await other.data(browserWith(other, renewed)), { userId: "anna" });
      assert.deepEqual(await other.data(browserWith(other, bert)), {});
    });

    it("does not end a session that has been signed anew, nor one whose activity came under a newer key", async (test) => {
      const { place, app, anna } = await twoKeys(test);
      // Others load every session first, and sign it anew then.
      if (!place.store.capabilities.sync) return;
      const browser = browserWith(app, anna);
      // A request that never looks at its session is activity, and nothing more.
      app.clock.advance("3h");
      await browser.get("/plain");
      await app.settle();
      assert.equal(keyOf(cookieOf(browser)), keyOf(anna));
      const [newer] = await app.sessions.keys.list();
      await app.sessions.keys.revoke(newer?.id ?? "");
      assert.deepEqual(await app.data(browser), { userId: "anna" });
      assert.notEqual(keyOf(cookieOf(browser)), keyOf(anna));
      assert.equal(await app.sessions.keys.revoke(keyOf(anna)), 0);
      assert.deepEqual(await app.data(browser), { userId: "anna" });
    });

    it("is not undone by a request that was under way", async (test) => {
      const { app, anna } = await twoKeys(test);
      const browser = browserWith(app, anna);
      await app.act(
        async (session) => {
          set({ late: true })(session);
          await app.sessions.keys.revoke(keyOf(anna));
        },
        { by: browser },
      );
      assert.deepEqual(await app.data(browser), {});
      assert.deepEqual(await app.sessions.list("anna"), []);
    });

    it("says so if there is no such key, and may be said twice", async (test) => {
      const { app, anna } = await twoKeys(test);
      assert.equal(await codeOf(app.sessions.keys.revoke("none")), "ERR_HOLDFAST_KEY_UNKNOWN");
      assert.equal(await app.sessions.keys.revoke(keyOf(anna)), 1);
      assert.equal(await app.sessions.keys.revoke(keyOf(anna)), 0);
    });
  });

  describe(`the usage of keys ${where}`, () => {
    it("says what share of the live sessions depends on each, and which may go", async (test) => {
      const app = await open(test).start();
      for (const user of ["anna", "berta", "carla"]) await app.agent.newBrowser().signIn(user);
      await app.sessions.keys.rotate();
      app.clock.advance("1h");
      await app.sessions.keys.list();
      await app.agent.signIn("dora");
      const usage = async () =>
        (await app.sessions.keys.usage()).map(({ state, liveSessions, share, safeToRetire }) => [
          state,
          liveSessions,
          share,
          safeToRetire,
        ]);
      assert.deepEqual(await usage(), [
        ["active", 1, 0.25, false],
        ["verifying", 3, 0.75, false],
      ]);
      for (const user of ["anna", "berta", "carla"]) await app.sessions.revokeUser(user);
      assert.deepEqual(await usage(), [
        ["active", 1, 1, false],
        ["verifying", 0, 0, true],
      ]);
    });
  });
}
