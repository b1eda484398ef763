import assert from "node:assert/strict";
import { it } from "node:test";
import { describeServers, type Served, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";

describeServers("The reply's Set-Cookie header", (server) => {
  it("is there when the session begins, and never again while nothing about the cookie changes", async (test) => {
    const { agent } = await serve(test, server, {}, (req, res) => {
      if (req.url === "/write") req.session.n = Number(req.session.n ?? 0) + 1;
      if (req.url === "/read") void req.session.n;
      if (req.url === "/same") req.session.n = Number(req.session.n);
      res.end("done");
    });
    assert.deepEqual((await agent.get("/read")).setCookie, []);
    assert.equal((await agent.get("/write")).setCookie.length, 1);
    for (const path of ["/write", "/read", "/same", "/untouched"]) {
      assert.deepEqual((await agent.get(path)).setCookie, [], path);
    }
  });

  it("names the session once, whatever one request does", async (test) => {
    const { agent } = await serve(test, server, {}, async (req, res) => {
      req.session.cart = ["book"];
      await req.session.save();
      req.session.cookie.maxAge = 60_000;
      await req.session.signIn("anna", { keep: ["cart"] });
      req.session.touch();
      req.session.cookie.maxAge = 120_000;
      await req.session.update((session) => Object.assign(session, { n: 1 }));
      await req.session.regenerate({ keep: ["cart"] });
      req.session.cookie.maxAge = 180_000;
      res.end("done");
    });
    const { setCookie } = await agent.get("/");
    assert.equal(setCookie.length, 1);
    assert.match(setCookie[0] ?? "", /; Max-Age=180; /);
  });

  it("joins the app's own cookies, and takes the place of one of its own name", async (test) => {
    const { agent } = await serve(test, server, {}, (req, res) => {
      res.setHeader("Set-Cookie", ["a=1", `${NAME}=mine; Path=/`, "b=2"]);
      req.session.n = 1;
      res.end("done");
    });
    const names = (await agent.get("/")).setCookie.map((cookie) => cookie.split("=")[0]);
    assert.deepEqual(names, ["a", "b", NAME]);
  });

  it("clears the cookie only in the reply that ends the session", async (test) => {
    const { agent } = await serve(test, server, {}, async (req, res) => {
      if (req.url === "/begin") req.session.n = 1;
      if (req.url === "/destroy") await req.session.destroy();
      if (req.url === "/null") Reflect.set(req, "session", null);
      if (req.url === "/read") void req.session.n;
      res.end("done");
    });
    for (const ending of ["/destroy", "/null"]) {
      await agent.get("/begin");
      const old = agent.cookies.get(NAME) ?? "";
      const [cleared = "", ...others] = (await agent.get(ending)).setCookie;
      assert.match(cleared, new RegExp(`^${NAME}=; Path=/; Max-Age=0; .*HttpOnly; Secure; SameSite=Lax`));
      assert.deepEqual(others, []);
      agent.cookies.set(NAME, old);
      for (const path of ["/read", "/destroy", "/null"]) {
        assert.deepEqual((await agent.get(path)).setCookie, [], `${path} after ${ending}`);
      }
    }
  });
});

describeServers("Cache-Control", (server) => {
  const publicPage = (served: Served, path: string): Promise<string | undefined> =>
    served.agent.get(path).then(({ headers }) => headers["cache-control"]);

  it("is no-store with the session cookie, over what the app said, however it said it", async (test) => {
    const served = await serve(test, server, {}, (req, res) => {
      if (req.url?.endsWith("write")) req.session.n = Number(req.session.n ?? 0) + 1;
      if (req.url?.endsWith("end")) Reflect.set(req, "session", null);
      const cached = {
        "Cache-Control": "public, max-age=31536000",
        Expires: "Thu, 01 Jan 2099 00:00:00 GMT",
      };
      if (req.url?.startsWith("/head")) res.writeHead(200, cached);
      else for (const [name, value] of Object.entries(cached)) res.setHeader(name, value);
      res.end("done");
    });
    for (const way of ["/head", "/set"]) {
      assert.equal(await publicPage(served, `${way}/write`), "no-store");
      assert.equal(await publicPage(served, `${way}/read`), "public, max-age=31536000");
      assert.equal(await publicPage(served, `${way}/end`), "no-store");
    }
  });

  it("is no-store by default on pages that looked at a signed-in session, where the app says nothing", async (test) => {
    const served = await serve(test, server, {}, (req, res) => {
      if (req.url === "/look") void req.session.userId;
      if (req.url === "/mine") {
        void req.session.userId;
        res.setHeader("Cache-Control", "private, max-age=5");
      }
      res.end("done");
    });
    assert.equal(await publicPage(served, "/look"), undefined);
    await served.agent.signIn("anna");
    assert.equal(await publicPage(served, "/look"), "no-store");
    assert.equal(await publicPage(served, "/mine"), "private, max-age=5");
    assert.equal(await publicPage(served, "/untouched"), undefined);
  });
});
