import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

const ANNA = { username: "anna", password: "correct horse" };

describe("login-dashboard.js", () => {
  it("shows the dashboard only to who has logged in", async (t) => {
    const { url } = await start(t, "login-dashboard.js");
    const browser = new Browser(url);
    const before = await browser.get("/dashboard");
    assert.deepEqual([before.status, before.text], [401, "Please log in."]);

    const login = await browser.post("/login", ANNA);
    assert.deepEqual([login.status, login.headers.location], [302, "/dashboard"]);
    const after = await browser.get("/dashboard");
    assert.equal(after.status, 200);
    assert.match(after.text, /^Welcome back, anna!/);
    assert.equal(after.headers["cache-control"], "no-store");
  });

  it("refuses a wrong name, a wrong password and no form at all", async (t) => {
    const { url } = await start(t, "login-dashboard.js");
    const browser = new Browser(url);
    for (const fields of [{ ...ANNA, username: "otto" }, { ...ANNA, password: "wrong" }, {}]) {
      const reply = await browser.post("/login", fields);
      assert.deepEqual([reply.status, reply.text], [401, "Wrong username or password."]);
    }
    assert.equal(browser.sessionCookie, undefined);
  });

  it("gives a new id at each login, and the one before is dead", async (t) => {
    const { url } = await start(t, "login-dashboard.js");
    const browser = new Browser(url);
    await browser.post("/login", ANNA);
    const first = browser.sessionCookie;
    await browser.post("/logout");
    await browser.post("/login", ANNA);
    assert.notEqual(browser.sessionCookie, first);

    browser.cookies.set("session", first);
    assert.equal((await browser.get("/dashboard")).status, 401);
  });

  it("ends the session on the server at logout, not only the cookie", async (t) => {
    const { url } = await start(t, "login-dashboard.js");
    const browser = new Browser(url);
    await browser.post("/login", ANNA);
    const thief = new Browser(url);
    thief.cookies.set("session", browser.sessionCookie);
    assert.equal((await thief.get("/dashboard")).status, 200);

    const logout = await browser.post("/logout");
    assert.equal(logout.status, 302);
    assert.equal(browser.sessionCookie, undefined);
    assert.equal((await thief.get("/dashboard")).status, 401);
  });

  it("refuses a form that another site sends with the session's cookie", async (t) => {
    const { url } = await start(t, "login-dashboard.js");
    const browser = new Browser(url);
    await browser.post("/login", ANNA);
    const attack = new Browser(new URL("https://evil.example"));
    attack.cookies = browser.cookies;
    const reply = await attack.post(new URL("/logout", url).href);
    assert.equal(reply.status, 403);
    assert.equal((await browser.get("/dashboard")).status, 200);
  });
});
