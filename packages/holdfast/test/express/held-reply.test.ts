import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { it } from "node:test";
import { describeServers, sendJson, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { stream } from "../support/streaming.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** What apps do to a reply that they have sent, by mistake or habit. */
const afterthoughts: Readonly<Record<string, (res: ServerResponse) => void>> = {
  "another status": (res) => {
    res.statusCode = 500;
    res.statusMessage = "Oh no";
  },
  "another body": (res) => sendJson(res, { error: "a body of another length" }),
  "more headers": (res) => {
    res.setHeader("X-Late", "1");
    res.setHeader("Content-Length", 4000);
    res.appendHeader("Set-Cookie", "late=1");
    res.removeHeader("X-Early");
  },
  "another head": (res) => res.writeHead(500, { "X-Late": "1" }),
  "another end": (res) => res.end(),
  "a write after the end": (res) => res.write("more"),
};

describeServers("A reply that is held back stays as it was sent", (server) => {
  for (const [name, spoil] of Object.entries(afterthoughts)) {
    it(`after ${name}`, async (test) => {
      const { agent, errors } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
        req.session.n = 1;
        res.statusCode = 201;
        res.setHeader("X-Early", "1");
        res.setHeader("Set-Cookie", ["early=1"]);
        sendJson(res, { ok: true });
        spoil(res);
      });
      const reply = await agent.get("/");
      assert.equal(reply.status, 201);
      assert.equal(reply.text, '{"ok":true}');
      assert.equal(reply.headers["x-early"], "1");
      assert.equal(reply.headers["x-late"], undefined);
      assert.deepEqual(
        reply.setCookie.map((cookie) => cookie.split("=")[0]),
        ["early", NAME],
      );
      assert.deepEqual(errors, []);
    });
  }

  it("with the text of its status", async (test) => {
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      req.session.n = 1;
      if (req.url === "/own") res.statusMessage = "Fine";
      sendJson(res, { ok: true });
      res.statusMessage = "Oh no";
    });
    for (const [path, message] of [
      ["/own", "Fine"],
      ["/", "OK"],
    ] as const) {
      const { reply } = await stream(agent, path);
      assert.equal(reply.resume().statusMessage, message);
    }
  });

  it("after a stream has sent its head by writing", async (test) => {
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      req.session.n = 1;
      res.write("a");
      res.writeHead(500);
      res.setHeader("X-Late", "1");
      res.write("b");
      res.end();
    });
    const reply = await agent.get("/");
    assert.deepEqual([reply.status, reply.text, reply.headers["x-late"]], [200, "ab", undefined]);
  });

  if (server !== "node:http") {
    it("when the handler throws after it", async (test) => {
      const { agent, errors } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
        req.session.n = 1;
        sendJson(res, { ok: true });
        throw new Error("after the reply");
      });
      const reply = await agent.get("/");
      assert.deepEqual([reply.status, reply.text], [200, '{"ok":true}']);
      assert.equal(errors.length, 1);
    });
  }
});

/** Replies that Node refuses to send, as late as it can. */
const invalid: Readonly<Record<string, (res: ServerResponse) => void>> = {
  "a status that does not exist": (res) => void res.writeHead(99_999).end("done"),
  "a status text with a line break": (res) => void res.writeHead(200, "O\r\nK").end("done"),
  "a body that is a number": (res) => Reflect.apply(res.end, res, [42]),
};

describeServers("An invalid reply", (server) => {
  for (const [name, send] of Object.entries(invalid)) {
    it(`${name}: is an error reply and no crash, though it fails behind the app's back`, async (test) => {
      const { agent, errors } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
        if (req.url === "/") req.session.n = 1;
        send(res);
      });
      const reply = await agent.get("/");
      assert.equal(reply.status, 500);
      assert.doesNotMatch(reply.text, /done/);
      assert.equal(errors.length, server === "node:http" ? 0 : 1);
    });
  }

  it("breaks off where its headers are out already", async (test) => {
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      req.session.n = 1;
      res.write("a");
      Reflect.apply(res.write, res, [42]);
    });
    await assert.rejects(agent.get("/"), { code: "ECONNRESET" });
  });

  it("throws at once for a header that splits the reply", async (test) => {
    let thrown: unknown;
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      req.session.n = 1;
      try {
        res.writeHead(200, { "X-Name": "a\r\nSet-Cookie: b=c" });
      } catch (error) {
        thrown = error;
      }
      res.end("done");
    });
    const reply = await agent.get("/");
    assert.equal((thrown as NodeJS.ErrnoException).code, "ERR_INVALID_CHAR");
    assert.deepEqual([reply.text, reply.setCookie.length], ["done", 1]);
  });
});
