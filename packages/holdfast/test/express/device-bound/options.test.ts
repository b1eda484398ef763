import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { type SessionOptions, session } from "../../../src/index.ts";
import { CookieStore } from "../../../src/store/cookie.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { BOUND, boundBrowser, deviceApp } from "../../support/device-app.ts";
import { strongSecret } from "../../support/session-app.ts";

function codeFor(options: Record<string, unknown>): string {
  try {
    void session({ secret: strongSecret(), ...(options as SessionOptions) }).close();
    return "no error";
  } catch (error) {
    return String(Reflect.get(error as Error, "code"));
  }
}

describe("deviceBound, as an option", () => {
  it("is a level, or an object with one", () => {
    const good = [
      "off",
      "offer",
      "require",
      {},
      { level: "require" },
      { life: "5m" },
      { life: 3_600_000 },
      { path: "/a/b.c" },
    ];
    for (const deviceBound of good)
      assert.equal(codeFor({ deviceBound }), "no error", JSON.stringify(deviceBound));
  });

  it("of any other kind stops the app", () => {
    const bad = [
      "on",
      { level: "always" },
      { life: "4m" },
      { life: "61m" },
      { path: "dbsc" },
      { path: "/" },
      { path: '/a"' },
    ];
    for (const deviceBound of bad)
      assert.equal(codeFor({ deviceBound }), "ERR_HOLDFAST_OPTION", JSON.stringify(deviceBound));
    for (const deviceBound of [true, null, 1, []])
      assert.equal(codeFor({ deviceBound }), "ERR_HOLDFAST_OPTION", JSON.stringify(deviceBound));
    assert.equal(codeFor({ deviceBound: { lives: "5m" } }), "ERR_HOLDFAST_OPTION_UNKNOWN");
    assert.equal(codeFor({ deviceBound: { life: "soon" } }), "ERR_HOLDFAST_DURATION");
  });

  it("does not go with cookies that browsers cannot bind, nor with sessions that clients carry", () => {
    const deviceBound = "offer";
    assert.equal(codeFor({ deviceBound, cookie: { domain: "example.com" } }), "ERR_HOLDFAST_OPTION");
    assert.equal(
      codeFor({ deviceBound, cookie: { partitioned: true, sameSite: "none" } }),
      "ERR_HOLDFAST_OPTION",
    );
    assert.equal(codeFor({ deviceBound, store: new CookieStore() }), "ERR_HOLDFAST_STORE_CANNOT");
    assert.equal(codeFor({ deviceBound: "off", store: new CookieStore() }), "no error");
  });

  it("moves with the cookie's name and path", async (test) => {
    const options: SessionOptions = { name: "__Host-Http-sid", deviceBound: { path: "/x/y", life: "5m" } };
    const app = await deviceApp(test, [new MemoryStore()], options);
    const browser = await boundBrowser(app);
    assert.deepEqual(browser.binding?.cookie, {
      type: "cookie",
      name: "__Host-sid-bound",
      attributes: "Path=/; Secure; HttpOnly; SameSite=Lax",
    });
    assert.equal(browser.binding?.refreshPath, "/x/y/refresh");
    app.clock.advance("299s");
    assert.notEqual(browser.cookie("__Host-sid-bound"), undefined);
    app.clock.advance("1s");
    assert.equal(browser.cookie("__Host-sid-bound"), undefined);
    assert.equal((await browser.json("/me")).userId, "anna");
  });
});

describe("A socket of a session bound to a device", () => {
  it("opens with the bound cookie, and not without", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    app.clock.advance("1m");
    const codeOf = async (names: readonly string[]): Promise<unknown> => {
      const req = new IncomingMessage(Object.defineProperty(new Socket(), "encrypted", { value: true }));
      req.method = "GET";
      const cookie = names.map((name) => `${name}=${browser.cookie(name)}`).join("; ");
      req.headers = { cookie, host: "app.example", origin: "https://app.example" };
      let code: unknown;
      const refuse = (error: Error): void => {
        code = Reflect.get(error, "code");
      };
      const socket = await app.sessions.fromUpgrade(req, { refuse });
      socket?.release();
      return socket?.user ?? code;
    };
    assert.equal(await codeOf(["__Host-session", BOUND]), "anna");
    assert.equal(await codeOf(["__Host-session"]), "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED");
  });
});
