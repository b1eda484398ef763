import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { it } from "node:test";
import { replyKinds } from "../support/replies.ts";
import { describeServers, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

describeServers("A reply waits for a slow save", (server) => {
  for (const { name, send, status, text } of replyKinds) {
    it(`${name}: no byte leaves before it, everything after it`, async (test) => {
      const store = new WatchedStore();
      let reply: ServerResponse | undefined;
      const { agent, errors } = await serve(test, server, { store }, (req, res) => {
        if (req.url === "/read") return res.end(JSON.stringify(req.session));
        reply = res;
        req.session.n = 1;
        send(res);
      });
      const { reached, release } = store.hold("create");

      const pending = agent.get("/");
      await reached;
      await new Promise(setImmediate);
      assert.equal(reply?.socket?.bytesWritten, 0);
      assert.equal(reply?.headersSent, false);
      release();

      const answer = await pending;
      assert.equal(answer.status, status);
      assert.match(answer.text, text);
      assert.deepEqual(
        answer.setCookie.map((cookie) => cookie.split("=")[0]),
        [NAME],
      );
      assert.equal((await agent.get("/read")).text, '{"n":1}');
      assert.deepEqual(errors, []);
    });

    it(`${name}: the same where the store answers at once`, async (test) => {
      const store = new WatchedStore({ sync: true });
      const { agent } = await serve(test, server, { store }, (req, res) => {
        if (req.url === "/read") return res.end(JSON.stringify(req.session));
        req.session.n = 1;
        send(res);
        // The save is over before the call that sends the reply returns, or with the first piece of a file.
        if (name !== "a file") assert.deepEqual(store.calls, ["create"]);
      });

      const answer = await agent.get("/");
      assert.equal(answer.status, status);
      assert.match(answer.text, text);
      assert.equal(answer.setCookie.length, 1);
      assert.equal((await agent.get("/read")).text, '{"n":1}');
    });
  }

  it("each form of res.end sends its body once and calls back once, when it is sent", async (test) => {
    const forms: Readonly<Record<string, (res: ServerResponse, done: () => void) => unknown>> = {
      "/text-done": (res, done) => res.end("text", done),
      "/base64-done": (res, done) => res.end("dGV4dA==", "base64", done),
      "/buffer-done": (res, done) => res.end(Buffer.from("text"), done),
      "/write-done": (res, done) => {
        res.write("te", "utf8");
        res.write("7874", "hex");
        res.end(done);
      },
    };
    for (const sync of [true, false]) {
      const called: string[] = [];
      const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
        req.session.n = 1;
        forms[req.url ?? ""]?.(res, () => called.push(`${req.url} ${res.writableFinished}`));
      });
      for (const path of Object.keys(forms)) {
        assert.equal((await agent.newBrowser().get(path)).text, "text");
      }
      assert.deepEqual(
        called,
        Object.keys(forms).map((path) => `${path} true`),
      );
    }
  });
});
