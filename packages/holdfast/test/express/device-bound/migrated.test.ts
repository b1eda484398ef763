import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import { type DeviceApp, deviceApp } from "../../support/device-app.ts";
import type { DeviceBrowser } from "../../support/device-browser.ts";
import { LEGACY_NAME, LEGACY_SECRET, type LegacyApp, legacyApp, UNTIL } from "../../support/legacy-app.ts";

describe("A session that comes over from other software", () => {
  it('is offered a binding with its new id, and lives on under "require"', async (test) => {
    const old = await legacyApp(test);
    const app = await movingDeviceApp(test, old);
    const browser = await userOf(app, old);
    const reply = await browser.send("/me");
    assert.equal(JSON.parse(reply.text).userId, "anna");
    assert.ok(browser.binding !== undefined, "the browser has registered");
    app.clock.advance("11m");
    const after = await browser.json("/me");
    assert.equal(after.userId, "anna");
    assert.notEqual(after.deviceBound, null);
    assert.equal((await browser.send("/me")).headers["secure-session-registration"], undefined);
  });

  it("with a request for a socket is offered a binding with the next that is none", async (test) => {
    const old = await legacyApp(test);
    const app = await movingDeviceApp(test, old);
    const browser = await userOf(app, old);
    const req = new IncomingMessage(Object.defineProperty(new Socket(), "encrypted", { value: true }));
    req.method = "GET";
    const cookie = `${LEGACY_NAME}=${browser.cookie(LEGACY_NAME)}`;
    req.headers = { cookie, host: "app.example", origin: "https://app.example" };
    const socket = await app.sessions.fromUpgrade(req);
    assert.equal(socket?.user, "anna");
    socket?.release();
    app.clock.advance("4m");
    await browser.send("/me");
    assert.ok(browser.binding !== undefined);
    app.clock.advance("11m");
    assert.equal((await browser.json("/me")).userId, "anna");
  });

  it("is offered the same until it comes with its new id, and gets no more time by it", async (test) => {
    const old = await legacyApp(test);
    const app = await movingDeviceApp(test, old);
    const browser = await userOf(app, old);
    browser.binds = false;
    const again = browser.copy();
    again.binds = false;
    const offer = (await browser.send("/me")).headers["secure-session-registration"];
    app.clock.advance("4m");
    assert.ok(offer !== undefined);
    assert.equal((await again.send("/me")).headers["secure-session-registration"], offer);
    app.clock.advance("1m");
    const refused = await again.send("/me");
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [401, "ERR_HOLDFAST_DEVICE_REQUIRED"]);
  });
});

function movingDeviceApp(test: Parameters<typeof deviceApp>[0], { store }: LegacyApp): Promise<DeviceApp> {
  return deviceApp(test, [new MemoryStore()], {
    deviceBound: "require",
    migrate: { from: "express-session", secrets: LEGACY_SECRET, store, until: UNTIL },
  });
}

/** A browser with what the old app has given it, and nothing else. */
async function userOf(app: DeviceApp, old: LegacyApp): Promise<DeviceBrowser> {
  const browser = app.browser();
  const value = await old.cookieWith({ userId: "anna" });
  browser.cookies.set(LEGACY_NAME, { value, attributes: "", until: Number.POSITIVE_INFINITY });
  return browser;
}
