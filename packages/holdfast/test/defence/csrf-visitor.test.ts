import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import { csrfToken, requireCsrfToken } from "../../src/defence/index.ts";
import { session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/index.ts";
import { strongSecret } from "../support/session-app.ts";
import { FORM, sends, tokenApp, tokenFor } from "../support/token-app.ts";

describe("a visitor's CSRF token", () => {
  it("protects the login form by a cookie of the visitor's, and the token changes at sign-in and sign-out", async (test) => {
    const { agent } = await tokenApp(test);
    const page = await agent.get("/form");
    assert.match(page.setCookie[0] ?? "", /^__Host-csrf=[\w-]{22}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    assert.equal(page.headers["cache-control"], "no-store");
    assert.deepEqual((await agent.get("/form")).setCookie, [], "one visitor, one cookie");
    // What another site can do is to send what it has got for itself.
    const mallorys = await tokenFor(agent.newBrowser());
    assert.equal((await agent.post("/login", `_csrf=${mallorys}`, { headers: FORM })).status, 403);
    const login = await agent.post("/login", `_csrf=${page.text}`, { headers: FORM });
    assert.equal(login.status, 200);
    assert.equal(await sends(agent, page.text), 403, "the token of before");
    assert.equal(await sends(agent, login.text), 200, "the token of the reply");
    const logout = await agent.post("/logout", `_csrf=${login.text}`, { headers: FORM });
    assert.equal(await sends(agent, login.text), 403);
    assert.equal(await sends(agent, logout.text), 200);
  });

  it("gives a new visitor one cookie, and as many tokens as the page asks for", async (test) => {
    const { agent } = await tokenApp(test, {}, {}, (app) =>
      app.get("/two-forms", (req, res) => void res.json([req.csrfToken(), req.csrfToken()])),
    );
    const page = await agent.get("/two-forms");
    assert.equal(page.setCookie.length, 1);
    for (const token of page.json() as string[]) assert.equal(await sends(agent, token), 200);
  });

  it("does not let a planted cookie of a visitor act on a signed-in user's session", async (test) => {
    const { agent } = await tokenApp(test);
    const mallory = agent.newBrowser();
    const pair = await tokenFor(mallory);
    await agent.signIn("anna");
    agent.cookies.set("__Host-csrf", mallory.cookies.get("__Host-csrf") ?? "");
    agent.cookies.set("csrf", mallory.cookies.get("__Host-csrf") ?? "");
    assert.equal(await sends(agent, pair), 403);
  });

  it("keeps a visitor's forms good when a session begins without a user, or ends", async (test) => {
    const { agent } = await tokenApp(test, {}, {}, (app) =>
      app.get("/cart", (req, res) => {
        Object.assign(req.session, { cart: ["tea"] });
        res.send("");
      }),
    );
    const token = await tokenFor(agent);
    await agent.get("/cart");
    assert.ok(agent.cookies.has("__Host-session"));
    assert.equal(await sends(agent, token), 200);
    agent.cookies.delete("__Host-session");
    assert.equal(await sends(agent, token), 200);
  });

  it("gives a new visitor one cookie for the tokens of several sessions", async (test) => {
    const outer = session({ secret: strongSecret(), name: "outer", onWarning: () => {} });
    const inner = session({ secret: strongSecret(), name: "inner", onWarning: () => {} });
    const app = express();
    app.use(outer, inner);
    app.get("/forms", (req, res) => {
      res.json([csrfToken(req, { sessions: outer }), csrfToken(req, { sessions: inner })]);
    });
    app.post("/outer", requireCsrfToken({ sessions: outer }), (_req, res) => void res.send("done"));
    app.post("/inner", requireCsrfToken({ sessions: inner }), (_req, res) => void res.send("done"));
    const agent = await testAgent(app, { sessions: outer });
    test.after(async () => {
      await agent.close();
      await outer.close();
      await inner.close();
    });
    const page = await agent.get("/forms");
    assert.equal(page.setCookie.length, 1);
    const [outers = "", inners = ""] = page.json() as string[];
    assert.equal((await agent.post("/outer", "", { headers: { "x-csrf-token": outers } })).status, 200);
    assert.equal((await agent.post("/inner", "", { headers: { "x-csrf-token": inners } })).status, 200);
    assert.notEqual((await agent.post("/inner", "", { headers: { "x-csrf-token": outers } })).status, 200);
  });

  it("ends with the visit: sign-in takes the cookie away, and no token of before is good after sign-out", async (test) => {
    const { agent } = await tokenApp(test, {}, {}, (app) => {
      app.post("/assigned", (req, res) => {
        Object.assign(req.session, { userId: "anna" });
        res.redirect(303, "/");
      });
      app.post("/left", async (req, res) => {
        await req.session.signOut();
        res.send("");
      });
    });
    for (const path of ["/login", "/assigned"]) {
      const before = await tokenFor(agent);
      const planted = agent.cookies.get("__Host-csrf") ?? "";
      const login = await agent.post(path, `_csrf=${before}`, { headers: FORM });
      assert.ok(
        login.setCookie.includes(
          "__Host-csrf=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
        ),
        path,
      );
      assert.ok(!agent.cookies.has("__Host-csrf"));
      const token = await tokenFor(agent);
      assert.equal((await agent.post("/left", `_csrf=${token}`, { headers: FORM })).status, 200);
      assert.equal(await sends(agent, before), 403);
      await agent.get("/form");
      assert.notEqual(agent.cookies.get("__Host-csrf"), planted);
      assert.equal(await sends(agent, before), 403);
      agent.cookies.clear();
    }
  });

  it("leaves the cookie be while nobody signs in, and where several sessions share it", async (test) => {
    const { agent } = await tokenApp(test);
    const token = await tokenFor(agent);
    for (const path of ["/", "/form"]) assert.deepEqual((await agent.get(path)).setCookie, []);
    assert.deepEqual((await agent.post("/login", "", { headers: FORM })).setCookie, [], "refused");
    assert.equal(await sends(agent, token), 200);

    const outer = session({ secret: strongSecret(), name: "outer", onWarning: () => {} });
    const inner = session({ secret: strongSecret(), name: "inner", onWarning: () => {} });
    const app = express().use(outer, inner, requireCsrfToken({ sessions: outer }));
    app.get("/form", (req, res) => {
      res.json([csrfToken(req, { sessions: outer }), csrfToken(req, { sessions: inner })]);
    });
    const both = await testAgent(app, { sessions: outer });
    test.after(async () => {
      await both.close();
      await outer.close();
      await inner.close();
    });
    await both.signIn("anna");
    await both.get("/form");
    assert.ok(both.cookies.has("__Host-csrf"));
    assert.deepEqual((await both.get("/form")).setCookie, []);
  });

  it("works in frames of other sites where the session does, and is never Strict", async (test) => {
    for (const [cookie, attributes] of [
      [{ sameSite: "none" }, "SameSite=None"],
      [{ sameSite: "none", partitioned: true, priority: "high" }, "SameSite=None; Partitioned"],
      [{ sameSite: "strict", path: "/app" }, "SameSite=Lax"],
      [{ domain: "example.com" }, "SameSite=Lax"],
    ] as const) {
      const { agent } = await tokenApp(test, {}, { cookie });
      const page = await agent.get("/form");
      const expected = `; Path=/; HttpOnly; Secure; ${attributes}`;
      assert.equal(page.setCookie[0]?.replace(/^__Host-csrf=[\w-]{22}/, ""), expected);
      const { setCookie } = await agent.post("/login", `_csrf=${page.text}`, { headers: FORM });
      const gone = setCookie.find((one) => one.startsWith("__Host-csrf=; "));
      assert.ok(gone?.endsWith(`HttpOnly; Secure; ${attributes}`), String(gone));
    }
  });

  it("never leaves a page with a token to a cache, whatever the app says of it afterwards", async (test) => {
    const { agent } = await tokenApp(test, {}, {}, (app) => {
      app.get("/late/:policy", (req, res) => {
        const token = req.csrfToken();
        res.set("Cache-Control", req.params.policy).send(token);
      });
      app.get("/head", (req, res) => {
        const token = req.csrfToken();
        res.writeHead(200, { "Cache-Control": "public, max-age=60" }).end(token);
      });
    });
    const policyOf = async (path: string) => (await agent.get(encodeURI(path))).headers["cache-control"];
    assert.equal(await policyOf("/late/public, max-age=60"), "no-store");
    assert.equal(await policyOf("/late/x-no-store-not"), "no-store");
    assert.equal(await policyOf("/late/private, No-Store"), "private, No-Store");
    assert.equal(await policyOf("/head"), "no-store");
  });
});
