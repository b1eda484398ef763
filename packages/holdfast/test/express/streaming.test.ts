import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { it } from "node:test";
import { head, rawConnection } from "../support/raw.ts";
import { describeServers, serve } from "../support/servers.ts";
import { stream } from "../support/streaming.ts";
import { WatchedStore } from "../support/watched-store.ts";

describeServers("Streaming while a save is held", (server) => {
  it("tells the writer to wait, says drain once it may go on, and keeps the order of bytes", async (test) => {
    const store = new WatchedStore();
    const told: unknown[] = [];
    const { agent } = await serve(test, server, { store }, (req, res) => {
      req.session.n = 1;
      res.on("drain", () => {
        told.push("drain");
        told.push(res.write("d"));
        res.end("e");
      });
      told.push(res.write("a"), res.write(Buffer.from("b")), res.write("63", "hex"));
    });
    const { reached, release } = store.hold("create");
    const pending = agent.get("/");
    await reached;
    await new Promise(setImmediate);
    assert.deepEqual(told, [false, false, false]);
    release();
    assert.equal((await pending).text, "abcde");
    assert.deepEqual(told, [false, false, false, "drain", true]);
  });

  it("says no drain after the save while the socket is still full", async (test) => {
    const store = new WatchedStore();
    let reply: ServerResponse | undefined;
    let drained = false;
    const { agent } = await serve(test, server, { store }, (req, res) => {
      reply = res;
      req.session.n = 1;
      res.on("drain", () => {
        drained = true;
        res.end();
      });
      res.write("x".repeat(32_000_000));
    });
    const { reached, release } = store.hold("create");
    const socket = await rawConnection(agent.port);
    socket.pause();
    socket.write(head("GET / HTTP/1.1", { Connection: "close" }));
    await reached;
    release();
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(reply?.headersSent, true);
    assert.equal(drained, false);
    socket.resume();
    await once(socket, "close");
    assert.equal(drained, true);
  });

  it("says no drain after the end, when there is nothing more to write", async (test) => {
    let drained = 0;
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      req.session.n = 1;
      res.on("drain", () => drained++);
      res.write("a");
      res.end("b");
    });
    assert.equal((await agent.get("/")).text, "ab");
    assert.equal(drained, 0);
  });

  it("calls the callbacks of writes, in order, once they are written", async (test) => {
    const store = new WatchedStore();
    const called: string[] = [];
    const { agent } = await serve(test, server, { store }, (req, res) => {
      req.session.n = 1;
      res.write("a", () => called.push("a"));
      res.write("b", "utf8", () => called.push("b"));
      res.end(() => called.push("end"));
    });
    const { reached, release } = store.hold("create");
    const pending = agent.get("/");
    await reached;
    assert.deepEqual(called, []);
    release();
    assert.equal((await pending).text, "ab");
    assert.deepEqual(called, ["a", "b", "end"]);
  });

  it("says no drain to a writer whose save failed", async (test) => {
    const store = new WatchedStore();
    store.fail("create", new Error("the disk is gone"));
    let drained = 0;
    const { agent } = await serve(test, server, { store }, (req, res) => {
      req.session.n = 1;
      res.on("drain", () => drained++);
      res.write("a");
    });
    assert.equal((await agent.get("/")).status, 503);
    assert.equal(drained, 0);
  });
});

describeServers("Server-sent events", (server) => {
  it("start with the cookie after the save, and go out one by one", async (test) => {
    let reply: ServerResponse | undefined;
    const { agent } = await serve(test, server, { store: new WatchedStore() }, async (req, res) => {
      if (req.url !== "/events") return res.end(JSON.stringify(req.session));
      req.session.n = 1;
      res.setHeader("Content-Type", "text/event-stream");
      res.flushHeaders();
      reply = res;
      await once(res, "next");
      req.session.n = 2;
      await req.session.save();
      res.write("data: saved\n\n");
    });
    const events = await stream(agent, "/events");
    const [cookie = ""] = events.reply.headers["set-cookie"] ?? [];
    const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
    agent.cookies.set(name, value);
    assert.equal((await agent.get("/")).text, '{"n":1}');

    reply?.write("data: first\n\n");
    assert.equal(await events.next(), "data: first\n\n");
    reply?.emit("next");
    assert.equal(await events.next(), "data: saved\n\n");
    assert.equal((await agent.get("/")).text, '{"n":2}');

    assert.ok(reply);
    const closed = once(reply, "close");
    events.abort();
    await closed;
    assert.equal((await agent.get("/")).text, '{"n":2}');
  });
});
