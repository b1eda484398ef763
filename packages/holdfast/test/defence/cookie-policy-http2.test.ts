import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, createServer } from "node:http2";
import { describe, it, type TestContext } from "node:test";
import { cookiePolicy } from "../../src/defence/index.ts";
import { onHeaders } from "../support/wrappers.ts";

const FULL = "a=1; HttpOnly; SameSite=Lax; Secure";

/** The cookies of one reply on HTTP/2's compatible API. */
async function cookiesOf(
  test: TestContext,
  send: (res: ServerResponse) => unknown,
  before: (res: ServerResponse) => void = () => {},
): Promise<readonly string[]> {
  const policy = cookiePolicy({ onReport: () => {}, except: { odd: { anyOctets: true } } });
  const server = createServer((req, res) => {
    // @ts-expect-error: Node's types do not say how alike they are
    const [request, reply]: [import("node:http").IncomingMessage, ServerResponse] = [req, res];
    before(reply);
    policy(request, reply, () => send(reply));
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
  const stream = client.request({ ":path": "/" });
  const [headers] = await once(stream, "response");
  stream.resume();
  await once(stream, "close");
  return headers["set-cookie"] ?? [];
}

describe("cookiePolicy(), on HTTP/2's compatible API", () => {
  const ways: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
    setHeader: (res) => [res.setHeader("Set-Cookie", "a=1"), res.end()],
    appendHeader: (res) => [res.appendHeader("Set-Cookie", "a=1"), res.end("x")],
    "writeHead with an object": (res) => res.writeHead(200, { "Set-Cookie": ["a=1"] }).end(),
    "writeHead with a flat list": (res) => res.writeHead(200, ["Set-Cookie", "a=1"]).end(),
    write: (res) => [res.setHeader("Set-Cookie", "a=1"), res.write("x"), res.end()],
    flushHeaders: (res) => [res.setHeader("Set-Cookie", "a=1"), res.flushHeaders(), res.end()],
  };
  for (const [way, send] of Object.entries(ways)) {
    it(`hardens a cookie set by ${way}`, async (test) => {
      assert.deepEqual(await cookiesOf(test, send), [FULL]);
    });
  }

  it("hardens what a listener sets that was there before", async (test) => {
    const before = (res: ServerResponse) => onHeaders(res, () => res.appendHeader("Set-Cookie", "a=1"));
    assert.deepEqual(await cookiesOf(test, (res) => res.end(), before), [FULL]);
  });

  // Node checks the octets of a header on HTTP/1 only, and a proxy in front may write what comes here as HTTP/1. Node's
  // own client passes over such headers, so it is the server that is asked what it sent.
  it("sends no CR or LF, nor a character that would be cut down to one", async (test) => {
    const attacks = [
      "odd=1\r\nLocation: https://evil.example",
      "odd=1\n",
      "b=1; Path=/\r",
      "odd=1\u010d\u010aSet-Cookie: y=1",
      "c=1; Domain=\u010d\u010aSet-Cookie: y=1",
    ];
    let sent: unknown;
    await cookiesOf(test, (res) => {
      res.setHeader("Set-Cookie", [...attacks, "a=1"]);
      res.end();
      sent = res.getHeader("set-cookie");
    });
    assert.deepEqual(sent, [FULL]);
  });
});
