import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cookiePolicy, requireCsrfToken } from "../../src/defence/index.ts";
import { session } from "../../src/index.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { defenceApp } from "../support/defence-app.ts";
import { BOUND, boundBrowser, deviceApp, SESSION } from "../support/device-app.ts";
import { handler, serveRow } from "../support/policy-apps.ts";
import { strongSecret } from "../support/session-app.ts";
import type { Wrapper } from "../support/wrappers.ts";

const strict = cookiePolicy({ sameSite: "strict", maxAge: "1m", onReport: () => {} });

describe("A strict cookiePolicy()", () => {
  it("leaves the bound cookie with the very attributes that the browser was told", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], {}, [strict]);
    const browser = await boundBrowser(app);
    const told = browser.binding?.cookie.attributes;
    assert.equal(told, "Path=/; Secure; HttpOnly; SameSite=Lax");
    app.clock.advance("11m");
    assert.equal((await browser.json("/me")).userId, "anna");
    assert.ok(browser.log.includes("POST /device-bound/refresh 204"), browser.log.join());
    assert.equal(browser.cookies.get(BOUND)?.attributes, told);
  });

  it("leaves the deletion of the bound cookie, whatever ends the session", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], {}, [strict]);
    const deletion = `${BOUND}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=Lax`;
    const out = await (await boundBrowser(app)).send("/logout", { method: "POST" });
    assert.ok(out.setCookie.includes(deletion), out.setCookie.join());
    const thief = (await boundBrowser(app)).copy();
    app.clock.advance("11m");
    const { setCookie } = await thief.navigate("/me");
    assert.ok(setCookie.includes(deletion), setCookie.join());
    assert.match(setCookie.find((one) => one.startsWith(`${SESSION}=`)) ?? "", /SameSite=Lax$/);
    const browser = await boundBrowser(app);
    const { id } = browser.binding ?? {};
    await app.sessions.revokeUser("anna");
    const over = await browser.raw("/device-bound/refresh", "POST", { "sec-secure-session-id": id });
    assert.deepEqual(over.setCookie, [deletion]);
  });

  it("leaves the cookie of a visitor's CSRF token, and an app's own of that name gets what it lacks", async (test) => {
    const { agent } = await defenceApp(test, (app) => {
      app.use(strict, requireCsrfToken());
      app.get("/form", (req, res) => void res.send(req.csrfToken()));
      app.get("/own", (_req, res) => void res.setHeader("Set-Cookie", "__Host-csrf=1").end());
    });
    const { setCookie } = await agent.get("/form");
    assert.match(setCookie.join(), /^__Host-csrf=[\w-]{22}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const own = await agent.get("/own");
    assert.deepEqual(own.setCookie, ["__Host-csrf=1; Path=/; HttpOnly; SameSite=Strict; Secure"]);
  });

  it("knows by the session's proxy that a request came over HTTPS, on bare node:http", async (test) => {
    const sessions = session({ secret: strongSecret(), proxy: true, onWarning: () => {} });
    const send = handler((res) => [res.setHeader("Set-Cookie", ["a=; Max-Age=0", "b=1"]), res.end()]);
    const agent = await serveRow(test, "node:http", [strict as Wrapper, sessions, send], { https: false });
    test.after(() => sessions.close());
    for (const [proto, secure] of [
      ["https", "; Secure"],
      ["http", ""],
    ]) {
      const { setCookie } = await agent.get("/", { headers: { "x-forwarded-proto": proto } });
      assert.deepEqual(setCookie, [
        `a=; Max-Age=0; HttpOnly; SameSite=Strict${secure}`,
        "b=1; HttpOnly; SameSite=Strict; Secure",
      ]);
    }
  });
});
