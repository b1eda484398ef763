import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundBrowser, deviceApp } from "../../support/device-app.ts";
import { everyStore } from "../../support/stores.ts";

for (const [name, make] of everyStore) {
  describe(`An operator whose session is bound to a device, on the ${name}`, () => {
    it("acts as another user on that device only, and is themselves again on it", async (test) => {
      const app = await deviceApp(test, [make(test)]);
      const browser = await boundBrowser(app);
      const boundTo = async () => {
        const { userId, deviceBound } = await browser.json("/me");
        return [userId, (deviceBound as { thumbprint?: string } | null)?.thumbprint];
      };
      const [, own] = await boundTo();
      assert.ok(own !== undefined);
      for (const [path, user] of [
        ["/impersonate", "bob"],
        ["/end-impersonation", "anna"],
      ] as const) {
        const reply = await browser.send(path, { method: "POST" });
        assert.equal(reply.headers["secure-session-registration"], undefined);
        assert.deepEqual(await boundTo(), [user, own]);
        const thief = browser.copy();
        app.clock.advance("11m");
        const refused = await thief.send("/me");
        assert.equal(JSON.parse(refused.text).code, "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED");
        assert.equal((await browser.json("/me")).userId, user);
      }
      const [listed] = await app.sessions.list("anna");
      assert.equal(listed?.deviceBound?.thumbprint, own);
    });
  });
}
