import assert from "node:assert/strict";
import { it } from "node:test";
import { FILE_SIZE, sendFile } from "../support/replies.ts";
import { describeServers, isExpress, sendJson, serve } from "../support/servers.ts";
import { WatchedStore } from "../support/watched-store.ts";

for (const sync of [true, false]) {
  const when = sync ? "at once" : "after a while";

  describeServers(`Where the store answers ${when}`, (server) => {
    it("HEAD saves and sends the cookie, with the head of the GET and no body", async (test) => {
      const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
        if (req.url === "/json") req.session.n = 1;
        if (req.url === "/file") req.session.n = 2;
        if (req.url === "/write") req.session.n = 3;
        if (req.url === "/json") return sendJson(res, { n: 1 });
        if (req.url === "/file") return sendFile(res);
        if (req.url === "/write") res.write("done");
        return res.end(JSON.stringify(req.session));
      });
      for (const [index, path] of ["/json", "/file", "/write"].entries()) {
        const browser = agent.newBrowser();
        const reply = await browser.send(path, { method: "HEAD" });
        assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [200, "", 1], path);
        if (path === "/file" && server !== "node:http") {
          assert.equal(reply.headers["content-length"], String(FILE_SIZE));
        }
        assert.equal((await browser.get("/")).text, `{"n":${index + 1}}`);
      }
    });

    it("204 and 304 carry the cookie and no body", async (test) => {
      const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
        req.session.n = 1;
        if (req.url === "/head") res.writeHead(304).end();
        else {
          res.statusCode = 204;
          res.end();
        }
      });
      for (const [path, status] of [
        ["/head", 304],
        ["/", 204],
      ] as const) {
        const reply = await agent.newBrowser().get(path);
        assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [status, "", 1]);
      }
    });

    if (server === "node:http") return;

    it("a fresh ETag is answered with 304, after the save", async (test) => {
      const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
        if (req.url === "/count") req.session.n = Number(req.session.n ?? 0) + 1;
        if (req.url === "/file") return sendFile(res);
        if (isExpress(res)) res.send(req.url === "/read" ? JSON.stringify(req.session) : "always the same");
      });
      const { headers } = await agent.get("/count");
      const fresh = { headers: { "if-none-match": headers.etag } };
      const again = await agent.get("/count", fresh);
      assert.deepEqual([again.status, again.text, again.setCookie.length], [304, "", 0]);
      assert.equal((await agent.get("/read")).text, '{"n":2}');

      const file = await agent.get("/file");
      const notModified = await agent.get("/file", { headers: { "if-none-match": file.headers.etag } });
      assert.deepEqual([notModified.status, notModified.text], [304, ""]);
    });

    it("a range of a file carries the cookie", async (test) => {
      const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
        req.session.n = 1;
        sendFile(res);
      });
      const reply = await agent.get("/", { headers: { range: "bytes=10-19" } });
      assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [206, "f".repeat(10), 1]);
    });
  });
}
