import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2ServerRequest,
  type IncomingHttpHeaders,
} from "node:http2";
import { describe, it, type TestContext } from "node:test";
import { type SessionOptions, session } from "../../src/index.ts";
import { NAME, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

interface Reply {
  readonly headers: IncomingHttpHeaders & { readonly ":status"?: number };
  readonly text: string;
}

type Data = Record<string, unknown>;

type Handler = (data: Data, res: ServerResponse, req: Http2ServerRequest) => unknown;

describe("On HTTP/2's compatible API", () => {
  for (const sync of [true, false]) {
    const when = sync ? "at once" : "later";

    it(`each kind of reply waits for the save and carries the cookie, where the store answers ${when}`, async (test) => {
      const store = new WatchedStore({ sync });
      const client = await start(test, { store }, (data, res, req) => {
        data.n = Number(data.n ?? 0) + 1;
        const kinds: Readonly<Record<string, () => unknown>> = {
          "/end": () => res.end("done"),
          "/end-callback": () => res.end("done", "utf8", () => res.emit("called")),
          "/write": () => [res.write("do"), res.write(Buffer.from("ne")), res.end()],
          "/flush": () => [res.flushHeaders(), res.end("done")],
          "/head": () => res.writeHead(201, { "set-cookie": ["a=1"], "cache-control": "public" }).end("done"),
          "/hints": () => [res.writeEarlyHints({ link: "</a.css>; rel=preload" }), res.end("done")],
        };
        kinds[req.url]?.();
      });
      for (const path of ["/end", "/end-callback", "/write", "/flush", "/head", "/hints"]) {
        const reply = await ask(client, path);
        assert.deepEqual(
          [reply.headers[":status"], reply.text],
          [path === "/head" ? 201 : 200, "done"],
          path,
        );
        const names = reply.headers["set-cookie"]?.map((cookie) => cookie.split("=")[0]);
        assert.deepEqual(names, path === "/head" ? ["a", NAME] : [NAME], path);
        assert.equal(reply.headers["cache-control"], "no-store");
      }
      const head = await ask(client, "/end", { ":method": "HEAD" });
      assert.deepEqual(
        [head.headers[":status"], head.text, head.headers["set-cookie"]?.length],
        [200, "", 1],
      );
    });

    it(`a save that fails ${when} is an error reply with a body, and the connection goes on`, async (test) => {
      const store = new WatchedStore({ sync });
      const client = await start(test, { store }, (data, res, req) => {
        data.n = 1;
        if (req.url === "/write") res.write("do");
        if (req.url === "/head") res.writeHead(200, { "content-length": 2 });
        res.end("ne");
      });
      store.fail("create", new Error("the disk is gone"));
      for (const path of ["/end", "/write", "/head"]) {
        const reply = await ask(client, path);
        assert.equal(reply.headers[":status"], 503, path);
        assert.match(reply.text, /did not answer/);
        assert.equal(reply.headers["set-cookie"], undefined);
      }
      store.fail("create", undefined);
      assert.equal((await ask(client, "/write")).text, "done");
    });

    it(`a save after the headers that fails ${when} resets the stream and no other`, async (test) => {
      const store = new WatchedStore({ sync });
      const client = await start(test, { store }, (data, res, req) => {
        data.n ??= 1;
        const n = Number(data.n);
        if (req.url !== "/late") return res.end(String(n));
        res.write("do");
        data.n = n + 1;
        return res.end("ne");
      });
      const { headers } = await ask(client, "/begin");
      const cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      assert.equal((await ask(client, "/late", { cookie })).text, "done");
      assert.equal((await ask(client, "/read", { cookie })).text, "2");

      store.fail("update", new Error("the disk is gone"));
      await assert.rejects(ask(client, "/late", { cookie }), {
        code: "ERR_HTTP2_STREAM_ERROR",
        message: "Stream closed with error code NGHTTP2_INTERNAL_ERROR",
      });
      store.fail("update", undefined);
      assert.equal((await ask(client, "/read", { cookie })).text, "2");
    });
  }

  it("a writer waits for drain while the save is held", async (test) => {
    const store = new WatchedStore();
    const told: unknown[] = [];
    const client = await start(test, { store }, (data, res) => {
      data.n = 1;
      told.push(res.write("a"));
      res.once("drain", () => {
        told.push("drain");
        res.end("b");
      });
    });
    const { reached, release } = store.hold("create");
    const pending = ask(client, "/");
    await reached;
    assert.deepEqual(told, [false]);
    release();
    assert.equal((await pending).text, "ab");
    assert.deepEqual(told, [false, "drain"]);
  });

  it("a client that resets its stream while the save is held disturbs nobody", async (test) => {
    const store = new WatchedStore();
    const client = await start(test, { store }, (data, res) => {
      data.n = 1;
      res.write("do");
      res.end("ne");
    });
    const { reached, release } = store.hold("create");
    const stream = client.request({ ":path": "/" });
    stream.on("error", () => {});
    await reached;
    stream.close(8);
    await once(stream, "close");
    release();
    assert.equal((await ask(client, "/")).text, "done");
  });

  it("the cross-site check takes the authority for the host", async (test) => {
    const client = await start(test, {}, (data, res) => {
      data.n = 1;
      res.end("done");
    });
    const cookie = (await ask(client, "/")).headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const post = { ":method": "POST", ":authority": "shop.example", cookie };
    assert.equal(
      (await ask(client, "/", { ...post, origin: "https://shop.example" })).headers[":status"],
      200,
    );
    assert.equal(
      (await ask(client, "/", { ...post, origin: "https://evil.example" })).headers[":status"],
      403,
    );
  });
});

/** An HTTP/2 server whose connections count as TLS, and a client of it. */
async function start(
  test: TestContext,
  options: SessionOptions,
  handler: Handler,
): Promise<ClientHttp2Session> {
  const sessions = session({ secret: strongSecret(), ...options });
  const server = createServer((req, res) => {
    const [request, response] = [req as unknown as IncomingMessage, res as unknown as ServerResponse];
    sessions(request, response, () => void handler(sessions.get(request) as unknown as Data, response, req));
  });
  server.on("connection", (socket) => Object.defineProperty(socket, "encrypted", { value: true }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const client = connect(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  test.after(() => {
    client.destroy();
    server.close();
  });
  return client;
}

/** One request and its whole reply; rejects if the stream was reset. */
async function ask(
  client: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const stream = client.request({ ":path": path, ...headers });
  const [received] = await once(stream, "response");
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return { headers: received, text };
}
