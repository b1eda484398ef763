import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  BOUND,
  boundBrowser,
  deviceApp,
  offerTo,
  register,
  SESSION,
  takeEvents,
} from "../../support/device-app.ts";
import type { DeviceBrowser } from "../../support/device-browser.ts";
import { newDeviceKey, refreshProof, registrationProof } from "../../support/device-keys.ts";
import { sharedStores } from "../../support/device-stores.ts";
import { strongSecret } from "../../support/session-app.ts";

for (const [name, stores] of sharedStores) {
  describe(`A session bound to a device, on ${name}`, () => {
    it("is bound in the background of its sign-in, and says so", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const { userId, deviceBound, handle } = await browser.json("/me");
      assert.equal(userId, "anna");
      const { thumbprint, algorithm } = deviceBound as Record<string, unknown>;
      assert.match(String(thumbprint), /^[\w-]{43}$/);
      assert.equal(algorithm, "ES256");
      const [listed] = await app.sessions.list("anna");
      assert.equal(listed?.deviceBound?.thumbprint, thumbprint);
      assert.equal(listed?.handle, handle);
      const told = app.events.find(({ type }) => type === "session_device_bound");
      assert.deepEqual(
        [told?.user, told?.type === "session_device_bound" && told.thumbprint],
        ["anna", thumbprint],
      );
    });

    it("goes on for the browser that has the key, over any number of lives of the bound cookie", async (test) => {
      const app = await deviceApp(test, stores(test), { idle: "30m" });
      for (const options of [{}, { quotes: true }, { algorithm: "RS256" as const }]) {
        const browser = await boundBrowser(app, options);
        for (let i = 0; i < 5; i++) {
          app.clock.advance("11m");
          assert.equal((await browser.json("/me")).userId, "anna");
        }
        assert.equal(browser.log.filter((line) => line === "POST /device-bound/refresh 204").length, 5);
        assert.equal(
          browser.log.filter((line) => line.endsWith(" 403")).length,
          0,
          "each answer brings the next challenge",
        );
      }
    });

    it("is of no use to who has copied all cookies, once the bound cookie is over", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const thief = browser.copy();
      app.clock.advance("9m");
      assert.equal((await thief.json("/me")).userId, "anna", "until then it is a bearer token");
      app.clock.advance("2m");
      // Whoever keeps cookies beyond their date is refused as well.
      for (const [key, cookie] of thief.cookies)
        thief.cookies.set(key, { ...cookie, until: Number.POSITIVE_INFINITY });
      takeEvents(app);
      const refused = await thief.send("/me");
      assert.equal(refused.status, 401);
      assert.equal(JSON.parse(refused.text).code, "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED");
      assert.equal(refused.setCookie.length, 0);
      assert.deepEqual(takeEvents(app), ["session_device_missing"]);
      assert.equal((await browser.json("/me")).userId, "anna", "and the owner does not notice");
    });

    it("counts no refused request as activity", async (test) => {
      const app = await deviceApp(test, stores(test), { idle: "30m" });
      const browser = await boundBrowser(app);
      const thief = browser.copy();
      for (let i = 0; i < 6; i++) {
        app.clock.advance("6m");
        await thief.send("/me");
      }
      app.clock.advance("1m");
      assert.equal((await browser.json("/me")).userId, null);
    });

    it("counts no refresh as activity: idle and absolute limits pass meanwhile (LIFE-05)", async (test) => {
      const app = await deviceApp(test, stores(test), { idle: "30m", absolute: "2h" });
      const browser = await boundBrowser(app);
      for (let i = 0; i < 3; i++) {
        app.clock.advance("9m");
        browser.cookies.delete(BOUND);
        await browser.refresh();
      }
      assert.equal(browser.log.filter((line) => line.endsWith(" 204")).length, 3);
      app.clock.advance("4m");
      assert.equal((await browser.json("/me")).userId, null, "idle for 31 minutes");

      const used = await boundBrowser(app);
      for (let i = 0; i < 13; i++) {
        app.clock.advance("9m");
        assert.equal((await used.json("/me")).userId, "anna");
      }
      app.clock.advance("4m");
      assert.equal((await used.json("/me")).userId, null, "two hours old");
    });

    it("has a bound cookie of full life near its end too, and ends all the same", async (test) => {
      const app = await deviceApp(test, stores(test), { idle: "30m", absolute: "1h" });
      const browser = await boundBrowser(app);
      for (let i = 0; i < 5; i++) {
        app.clock.advance("11m");
        await browser.json("/me");
      }
      app.clock.advance("4m");
      const { id = "", key, challenge = "" } = browser.binding ?? {};
      assert.ok(key !== undefined);
      const headers = {
        "sec-secure-session-id": id,
        "secure-session-response": refreshProof(key, challenge),
      };
      const reply = await browser.raw("/device-bound/refresh", "POST", headers);
      assert.match(reply.setCookie.join(), /; Max-Age=600; /);
      app.clock.advance("59s");
      assert.equal((await browser.json("/me")).userId, "anna");
      app.clock.advance("1s");
      assert.equal((await browser.json("/me")).userId, null, "its own limit ends it");
    });

    it("is over in the browser after its end: by sign-out, by a revoke, by a limit", async (test) => {
      const app = await deviceApp(test, stores(test), { idle: "30m" });
      const ends: readonly ((browser: DeviceBrowser) => Promise<unknown>)[] = [
        (browser) => browser.send("/logout", { method: "POST" }),
        async () => {
          await app.sessions.revokeUser("anna");
          app.clock.advance("30s");
        },
        async () => app.clock.advance("34m"),
      ];
      for (const end of ends) {
        const browser = await boundBrowser(app);
        const { id = "", key, challenge = "" } = browser.binding ?? {};
        assert.ok(key !== undefined);
        await end(browser);
        const headers = {
          "sec-secure-session-id": id,
          "secure-session-response": refreshProof(key, challenge),
        };
        const reply = await browser.raw("/device-bound/refresh", "POST", headers);
        assert.equal(reply.status, 200);
        assert.deepEqual(JSON.parse(reply.text), { session_identifier: id, continue: false });
        assert.match(reply.setCookie.join(), /^__Host-session-bound=; Max-Age=0/);
        app.clock.advance("11m");
        assert.equal((await browser.json("/me")).userId, null);
        assert.equal(browser.binding, undefined);
      }
    });

    it("deletes the bound cookie with the session's", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const reply = await browser.send("/logout", { method: "POST" });
      const cleared = reply.setCookie.map((header) => header.split("=")[0]);
      assert.deepEqual(cleared, [SESSION, BOUND]);
      for (const header of reply.setCookie) assert.match(header, /; Max-Age=0/);
    });

    it("keeps its device when it merely gets another id, and asks for a new one after a proof of the user", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const before = await browser.json("/me");
      const reply = await browser.send("/regenerate", { method: "POST" });
      assert.equal(reply.headers["secure-session-registration"], undefined);
      const after = await browser.json("/me");
      assert.notEqual(after.handle, before.handle);
      assert.deepEqual(after.deviceBound, before.deviceBound);
      app.clock.advance("11m");
      assert.equal((await browser.json("/me")).userId, "anna", "and the browser's name for it still works");
      assert.ok(browser.log.includes("POST /device-bound/refresh 204"));

      const { id } = browser.binding ?? {};
      assert.ok((await browser.send("/elevate", { method: "POST" })).headers["secure-session-registration"]);
      assert.notEqual(browser.binding?.id, id);
      app.clock.advance("11m");
      assert.equal((await browser.json("/me")).userId, "anna");
    });

    it("keeps its device when a neighbour that binds nothing gives it another id", async (test) => {
      const [own, theirs = own] = stores(test);
      const secret = strongSecret();
      const app = await deviceApp(test, [own], { secret });
      const plain = await deviceApp(test, [theirs], { secret, deviceBound: "off", clock: app.clock });
      const browser = await boundBrowser(app);
      const { handle } = await browser.json("/me");
      const neighbour = plain.browser();
      for (const [name, cookie] of browser.cookies) neighbour.cookies.set(name, cookie);
      app.clock.advance("11m");
      await neighbour.send("/regenerate", { method: "POST" });
      const thief = app.browser();
      for (const [name, cookie] of neighbour.cookies) thief.cookies.set(name, cookie);
      assert.notEqual((await neighbour.json("/me")).handle, handle);
      const refused = await thief.send("/me");
      assert.equal(refused.status, 401);
      assert.equal(JSON.parse(refused.text).code, "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED");
    });

    it("does not lose its device in a request that saves at the same time", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = app.browser();
      const { challenge, id } = await offerTo(browser);
      const [registered] = await Promise.all([
        register(browser, registrationProof(newDeviceKey(), challenge, id)),
        ...[1, 2, 3].map(() => browser.json("/me")),
      ]);
      assert.equal(registered.status, 200);
      assert.notEqual((await browser.json("/me")).deviceBound, null);
    });
  });
}
