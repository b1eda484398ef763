import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import { BOUND, boundBrowser, type DeviceApp, deviceApp, SESSION } from "../../support/device-app.ts";
import type { DeviceBrowser, DeviceReply } from "../../support/device-browser.ts";

/** A browser with the cookies of a session whose key it has lost, and the one that has the key. */
async function keyless(
  test: TestContext,
): Promise<Record<"owner" | "browser", DeviceBrowser> & { app: DeviceApp }> {
  const app = await deviceApp(test, [new MemoryStore()]);
  const owner = await boundBrowser(app);
  const browser = owner.copy();
  app.clock.advance("11m");
  for (const [name, cookie] of browser.cookies)
    browser.cookies.set(name, { ...cookie, until: Number.POSITIVE_INFINITY });
  return { app, owner, browser };
}

const cleared = ({ setCookie }: DeviceReply): readonly string[] =>
  setCookie.filter((it) => it.includes("; Max-Age=0")).map((it) => it.split("=")[0] ?? "");

describe("A browser that has lost its device's key", () => {
  it("is signed out by what a script of the app sends, and signs in with the next", async (test) => {
    const { app, owner, browser } = await keyless(test);
    const refused = await browser.send("/login", { method: "POST" });
    assert.equal(refused.status, 401);
    assert.equal(JSON.parse(refused.text).code, "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED");
    assert.deepEqual(cleared(refused), [SESSION, BOUND]);
    assert.equal((await browser.send("/login", { method: "POST" })).status, 200);
    const { userId, deviceBound } = await browser.json("/me");
    assert.equal(userId, "anna");
    assert.notEqual(deviceBound, null, "bound to its own new key");
    assert.equal((await owner.json("/me")).userId, "anna", "the session lives on where its device is");
    assert.equal((await app.sessions.list("anna")).length, 2);
  });

  it("is signed out by a form of the app", async (test) => {
    const { browser } = await keyless(test);
    const form = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const refused = await browser.send("/login", { method: "POST", headers: form });
    assert.deepEqual([refused.status, cleared(refused)], [401, [SESSION, BOUND]]);
  });

  it('is signed out the same way where none was ever bound, under "require"', async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], { deviceBound: "require" });
    const browser = app.browser();
    browser.binds = false;
    await browser.send("/login", { method: "POST" });
    app.clock.advance("5m");
    const refused = await browser.send("/login", { method: "POST" });
    assert.equal(JSON.parse(refused.text).code, "ERR_HOLDFAST_DEVICE_REQUIRED");
    assert.deepEqual(cleared(refused), [SESSION]);
    assert.equal((await browser.send("/login", { method: "POST" })).status, 200);
  });

  it("keeps its cookies in what may go out without a renewal", async (test) => {
    const { browser, owner } = await keyless(test);
    const skipped = `server_error;session_identifier="${owner.binding?.id}"`;
    const requests = [
      { method: "GET" },
      { method: "POST", headers: { "secure-session-skipped": skipped } },
      { method: "POST", headers: { "sec-fetch-dest": "report" } },
      { method: "POST", headers: { "sec-fetch-mode": "no-cors" } },
      { method: "POST", headers: { "sec-fetch-site": "same-site" } },
      { method: "POST", crossSite: true, headers: { origin: "https://evil.example" } },
      { method: "POST", headers: { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" } },
      { method: "POST", headers: { "sec-fetch-mode": undefined, "sec-fetch-dest": undefined } },
    ];
    for (const request of requests) {
      const reply = await browser.send("/me", request);
      assert.ok(reply.status >= 400);
      assert.deepEqual(reply.setCookie, [], JSON.stringify(request));
    }
  });
});
