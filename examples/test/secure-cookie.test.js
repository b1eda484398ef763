import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

describe("secure-cookie.js", () => {
  it("gives http://localhost a cookie without Secure in development", async (t) => {
    const { url } = await start(t, "secure-cookie.js");
    const reply = await new Browser(url).get("/");
    assert.deepEqual(JSON.parse(reply.text), {
      secure: false,
      httpOnly: true,
      sameSite: "strict",
      path: "/",
      maxAge: 3_600_000,
    });
    assert.match(
      reply.setCookie[0],
      /^session=\S+; Path=\/; Max-Age=3600; Expires=[^;]+ GMT; HttpOnly; SameSite=Strict$/,
    );
    assert.equal(reply.headers["cache-control"], "no-store");
  });

  it("starts without a secret in development, and keeps the session", async (t) => {
    const { url } = await start(t, "secure-cookie.js", { SESSION_SECRET: undefined });
    const browser = new Browser(url);
    await browser.get("/");
    assert.ok(browser.sessionCookie);
  });

  it("gives a __Host- cookie with Secure in production, behind a proxy that ends TLS", async (t) => {
    const { url } = await start(t, "secure-cookie.js", { NODE_ENV: "production" });
    const reply = await new Browser(url).get("/", { "x-forwarded-proto": "https" });
    assert.equal(reply.status, 200);
    assert.match(
      reply.setCookie[0],
      /^__Host-session=\S+; Path=\/; Max-Age=3600; Expires=[^;]+ GMT; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it("sends no session over plain HTTP in production", async (t) => {
    const { url } = await start(t, "secure-cookie.js", { NODE_ENV: "production" });
    const reply = await new Browser(url).get("/");
    assert.equal(reply.status, 500);
    assert.deepEqual(reply.setCookie, []);
  });

  it("does not start in production without a secret", async (t) => {
    await assert.rejects(
      start(t, "secure-cookie.js", { NODE_ENV: "production", SESSION_SECRET: undefined }),
      /ERR_HOLDFAST_SECRET_MISSING/,
    );
  });
});
