import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { it } from "node:test";
import { escaped } from "../support/escaped.ts";
import { head, rawConnection } from "../support/raw.ts";
import { replyKinds } from "../support/replies.ts";
import { describeServers, type ServerHandler, serve } from "../support/servers.ts";
import { get, stream } from "../support/streaming.ts";
import { WatchedStore } from "../support/watched-store.ts";

describeServers("A client that hangs up", (server) => {
  for (const { name, send } of replyKinds) {
    it(`while the save for ${name} is held: the save is done, and nothing escapes`, async (test) => {
      const found = escaped(test);
      const store = new WatchedStore();
      const replies: ServerResponse[] = [];
      const { agent, errors } = await serve(test, server, { store }, (req, res) => {
        if (req.url !== "/") return res.end(JSON.stringify(req.session));
        replies.push(res);
        res.on("drain", () => assert.fail("nobody is there to write to"));
        req.session.n = 1;
        return send(res);
      });
      await agent.signIn("anna");

      const { reached, release } = store.hold("update");
      const outgoing = get(agent, "/");
      outgoing.on("error", () => {});
      await reached;
      const closed = once(replies[0] as ServerResponse, "close");
      outgoing.destroy();
      await closed;
      release();
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);

      assert.equal((await agent.get("/read")).text, '{"userId":"anna","n":1}');
      assert.deepEqual([found, errors], [[], []]);
    });
  }

  it("before the reply: what the handler changes afterwards is saved all the same", async (test) => {
    const found = escaped(test);
    let closed = (): void => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let answered = (): void => {};
    const done = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const handler: ServerHandler = async (req, res) => {
      if (req.url !== "/slow") return res.end(JSON.stringify(req.session));
      await once(res, "close");
      closed();
      req.session.paid = true;
      await req.session.save();
      req.session.n = 1;
      res.end("done");
      answered();
    };
    const { agent } = await serve(test, server, { store: new WatchedStore() }, handler);
    await agent.signIn("anna");
    const outgoing = get(agent, "/slow");
    outgoing.on("error", () => {});
    await new Promise((resolve) => outgoing.on("socket", (socket) => socket.on("connect", resolve)));
    assert.equal((await agent.get("/")).status, 200);
    outgoing.destroy();
    await Promise.all([gone, done]);
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    assert.equal((await agent.get("/")).text, '{"userId":"anna","paid":true,"n":1}');
    assert.deepEqual(found, []);
  });

  it("in the middle of its own body: the handler's session is untouched", async (test) => {
    const found = escaped(test);
    const store = new WatchedStore();
    const { agent } = await serve(test, server, { store }, async (req, res) => {
      if (req.method === "GET") return res.end(JSON.stringify(req.session));
      req.session.n = 1;
      let text = "";
      try {
        for await (const chunk of req) text += chunk;
      } catch {
        return;
      }
      res.end(text);
    });
    await agent.signIn("anna");
    const [[name, value] = []] = agent.cookies;
    const socket = await rawConnection(agent.port);
    const headers = { Cookie: `${name}=${value}`, Origin: "https://127.0.0.1", "Content-Length": "100" };
    const { reached, release } = store.hold("read");
    socket.write(`${head("POST / HTTP/1.1", headers)}half`);
    await reached;
    release();
    socket.destroy();
    assert.equal((await agent.get("/")).text, '{"userId":"anna"}');
    assert.deepEqual(found, []);
  });

  it("in the middle of a stream: what changed since is saved when the handler ends it", async (test) => {
    const found = escaped(test);
    const { agent } = await serve(test, server, { store: new WatchedStore() }, async (req, res) => {
      if (req.url !== "/stream") return res.end(JSON.stringify(req.session));
      void req.session.n;
      res.write("a");
      await once(res, "close");
      req.session.n = 1;
      res.write("b");
      return res.end("c");
    });
    await agent.signIn("anna");
    const { next, abort, reply } = await stream(agent, "/stream");
    assert.equal(await next(), "a");
    reply.on("error", () => {});
    abort();
    let text = "";
    for (let i = 0; i < 50 && !text.includes("n"); i++) text = (await agent.get("/")).text;
    assert.equal(text, '{"userId":"anna","n":1}');
    assert.deepEqual(found, []);
  });
});
