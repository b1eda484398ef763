import assert from "node:assert/strict";
import { it } from "node:test";
import { replyKinds } from "../support/replies.ts";
import { describeServers, serve } from "../support/servers.ts";
import { WatchedStore } from "../support/watched-store.ts";

describeServers("A session that ends while another request's save is on its way", (server) => {
  for (const { name, send, status, text } of replyKinds) {
    it(`stays ended, and ${name} goes out without a cookie`, async (test) => {
      const store = new WatchedStore();
      const { agent, sessions, events } = await serve(test, server, { store }, async (req, res) => {
        if (req.url === "/logout") return res.end(String(await req.session.signOut()));
        if (req.url === "/read") return res.end(JSON.stringify(req.session));
        req.session.n = 1;
        return send(res);
      });
      await agent.signIn("anna");
      const thief = agent.newBrowser();
      for (const [cookie, value] of agent.cookies) thief.cookies.set(cookie, value);

      const { reached, release } = store.hold("update");
      const late = thief.get("/");
      await reached;
      assert.match((await agent.get("/logout")).setCookie.join(), /Max-Age=0/);
      release();

      const reply = await late;
      assert.deepEqual([reply.status, reply.setCookie], [status, []]);
      assert.match(reply.text, text);
      assert.equal((await thief.get("/read")).text, "{}");
      assert.deepEqual(await sessions.list("anna"), []);
      assert.equal(events.filter(({ type }) => type === "session_write_dropped").length, 1);
    });

    it(`makes ${name} a 409 where the app wants to know`, async (test) => {
      const store = new WatchedStore();
      const { agent, sessions } = await serve(test, server, { store, onSuperseded: "fail" }, (req, res) => {
        req.session.n = 1;
        send(res);
      });
      await agent.signIn("anna");
      const { reached, release } = store.hold("update");
      const late = agent.get("/");
      await reached;
      assert.equal(await sessions.revokeUser("anna"), 1);
      release();

      const reply = await late;
      assert.deepEqual([reply.status, reply.setCookie], [409, []]);
      assert.match(reply.text, /its changes were dropped|ERR_HOLDFAST_SUPERSEDED/);
    });
  }

  it("breaks off a reply whose headers are out, where the app wants to know", async (test) => {
    const { agent, sessions } = await serve(test, server, { onSuperseded: "fail" }, async (req, res) => {
      void req.session.n;
      res.write("do");
      await sessions.revokeUser("anna");
      req.session.n = 1;
      res.end("ne");
    });
    await agent.signIn("anna");
    await assert.rejects(agent.get("/"), { code: "ECONNRESET" });
  });
});
