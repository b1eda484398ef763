import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { fakeClock } from "../../../src/testing/index.ts";
import { databaseFor } from "../../store/databases.ts";
import {
  BOUND,
  boundBrowser,
  type DeviceApp,
  deviceApp,
  SESSION,
  takeEvents,
} from "../../support/device-app.ts";
import { strongSecret } from "../../support/session-app.ts";

describe("A request without the device's proof", () => {
  it("by a link from another site is loaded again from the page itself, and then has its session", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    app.clock.advance("11m");
    const first = await browser.navigate("/me", true);
    assert.equal(first.status, 401);
    assert.match(first.text, /<meta http-equiv="refresh" content="0">/);
    assert.match(String(first.headers["content-security-policy"]), /default-src 'none'/);
    assert.equal(first.setCookie.length, 0);
    assert.doesNotMatch(first.text, /anna/);
    assert.equal(JSON.parse((await browser.navigate("/me")).text).userId, "anna");
  });

  it("that comes again without one signs that browser out, and leaves the session to its device", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    const thief = browser.copy();
    app.clock.advance("11m");
    assert.equal((await thief.navigate("/me", true)).setCookie.length, 0);
    const second = await thief.navigate("/me");
    assert.equal(second.status, 401);
    assert.deepEqual(
      second.setCookie.map((header) => header.split("=")[0]),
      [SESSION, BOUND],
    );
    assert.equal(
      JSON.parse((await thief.navigate("/me")).text).userId,
      null,
      "an anonymous visitor from now on",
    );
    assert.equal((await browser.json("/me")).userId, "anna");
  });

  it("is told to come back where the browser says why it has none; that lets nobody in", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    const thief = browser.copy();
    app.clock.advance("11m");
    takeEvents(app);
    const header = { "secure-session-skipped": `server_error;session_identifier="${browser.binding?.id}"` };
    const reply = await thief.send("/me", { headers: header });
    assert.equal(reply.status, 503);
    assert.equal(reply.setCookie.length, 0);
    const told = app.events.find((event) => event.type === "session_device_missing");
    assert.deepEqual([told?.reason, told?.claimed], ["no_proof", "server_error"]);
  });

  it("is no outage of the store, whatever it says: an app that goes on after one does not go on", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], { onStoreError: "continue" });
    const browser = await boundBrowser(app);
    const thief = browser.copy();
    app.clock.advance("11m");
    const header = { "secure-session-skipped": `unreachable;session_identifier="${browser.binding?.id}"` };
    for (const path of ["/me", "/public"]) {
      const reply = await thief.send(path, { headers: header });
      assert.deepEqual([reply.status, reply.headers["retry-after"]], [503, "5"]);
      assert.equal(JSON.parse(reply.text).code, "ERR_HOLDFAST_DEVICE_PROOF_DELAYED");
    }
  });

  it("is let through for half a minute after the binding, for what was sent before", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    browser.cookies.delete(BOUND);
    browser.binding = undefined;
    app.clock.advance("29s");
    assert.equal((await browser.send("/me")).status, 200);
    app.clock.advance("1s");
    assert.equal((await browser.send("/me")).status, 401);
  });

  it("has no use for a bound cookie of another session, another key or another time", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const [mine, other] = [await boundBrowser(app), await boundBrowser(app)];
    app.clock.advance("1m");
    const thief = mine.copy();
    const [keyId = "", time = "", mac = ""] = (mine.cookie(BOUND) ?? "").split(".");
    const later = (Number.parseInt(time, 36) + 1_000_000).toString(36);
    const values = [
      other.cookie(BOUND),
      `${keyId}.${later}.${mac}`,
      `AAAA.${time}.${mac}`,
      `${keyId}.${time}.${mac}x`,
      "",
    ];
    for (const value of values) {
      thief.cookies.set(BOUND, { value: value ?? "", attributes: "", until: Number.POSITIVE_INFINITY });
      assert.equal((await thief.send("/me")).status, 401, value);
    }
  });
});

describe("deviceBound", () => {
  it('"offer" leaves browsers alone that bind nothing', async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = app.browser();
    browser.binds = false;
    await browser.send("/login", { method: "POST" });
    app.clock.advance("20m");
    assert.deepEqual(await browser.json("/me").then(({ userId, deviceBound }) => [userId, deviceBound]), [
      "anna",
      null,
    ]);
  });

  it('"require" gives them five minutes, then signs them out', async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], { deviceBound: "require" });
    const browser = app.browser();
    browser.binds = false;
    assert.equal((await browser.send("/public")).status, 200);
    await browser.send("/login", { method: "POST" });
    app.clock.advance("299s");
    assert.equal((await browser.json("/me")).userId, "anna");
    app.clock.advance("1s");
    const refused = await browser.send("/me");
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [401, "ERR_HOLDFAST_DEVICE_REQUIRED"]);
    assert.equal((await browser.navigate("/me")).setCookie.length, 2);
    assert.equal(JSON.parse((await browser.navigate("/me")).text).userId, null);
    const bound = await boundBrowser(app);
    app.clock.advance("11m");
    assert.equal((await bound.json("/me")).userId, "anna");
  });

  it('"require" offers nothing anew to who merely gets another id, and gives them no more time', async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], { deviceBound: "require" });
    const browser = app.browser();
    browser.binds = false;
    await browser.send("/login", { method: "POST" });
    app.clock.advance("4m");
    const reply = await browser.send("/regenerate", { method: "POST" });
    assert.equal(reply.setCookie.length, 1);
    assert.equal(reply.headers["secure-session-registration"], undefined);
    app.clock.advance("59s");
    assert.equal((await browser.json("/me")).userId, "anna");
    app.clock.advance("1s");
    const refused = await browser.send("/me");
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [401, "ERR_HOLDFAST_DEVICE_REQUIRED"]);
  });

  it("offers a binding with the id that goes out, where one reply signs in and gets another id", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = app.browser();
    await browser.send("/login-regenerate", { method: "POST" });
    assert.ok(browser.binding !== undefined);
    assert.notEqual((await browser.json("/me")).deviceBound, null);
  });

  it("asks of every session what it says now, whatever it said as the session began", async (test) => {
    const file = databaseFor(test);
    const options = { secret: strongSecret(), clock: fakeClock() };
    const [off, offer, require] = await Promise.all(
      (["off", "offer", "require"] as const).map((deviceBound) =>
        deviceApp(test, [new SqliteStore(file)], { ...options, deviceBound }),
      ),
    );
    assert.ok(off !== undefined && offer !== undefined && require !== undefined);
    const browser = off.browser();
    await browser.send("/login", { method: "POST" });
    const statusAt = async (app: DeviceApp): Promise<number> => {
      const same = app.browser();
      for (const [name, cookie] of browser.cookies) same.cookies.set(name, cookie);
      return (await same.send("/me")).status;
    };
    assert.deepEqual([await statusAt(off), await statusAt(offer), await statusAt(require)], [200, 200, 401]);
    const offered = offer.browser();
    offered.binds = false;
    await offered.send("/login", { method: "POST" });
    browser.cookies.clear();
    for (const [name, cookie] of offered.cookies) browser.cookies.set(name, cookie);
    assert.deepEqual([await statusAt(offer), await statusAt(require)], [200, 200]);
    options.clock.advance("5m");
    assert.deepEqual([await statusAt(offer), await statusAt(require)], [200, 401]);
  });

  it('"off" offers nothing, and asks nothing of what is bound', async (test) => {
    const file = databaseFor(test);
    const secret = "Gq1Yb0s8oVn3Zr5Tt7Lx9Wm2Kc4Pd6Hf8Jj1Aa3Se5Ru7";
    const app = await deviceApp(test, [new SqliteStore(file)], { secret });
    const browser = await boundBrowser(app);
    const without = await deviceApp(test, [new SqliteStore(file)], {
      secret,
      deviceBound: "off",
      clock: app.clock,
    });
    const same = without.browser();
    for (const [name, cookie] of browser.cookies) if (name === SESSION) same.cookies.set(name, cookie);
    app.clock.advance("11m");
    assert.equal((await same.json("/me")).userId, "anna");
    assert.equal(
      (await same.send("/login", { method: "POST" })).headers["secure-session-registration"],
      undefined,
    );
  });
});
