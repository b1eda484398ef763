import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { session } from "../../src/index.ts";
import { strongSecret } from "../support/session-app.ts";

describe("a Cookie header made to hurt", () => {
  async function bareServer(test: TestContext): Promise<number> {
    const sessions = session({ secret: strongSecret(), cookie: { insecureAllowHttp: true } });
    const server = createServer({ maxHeaderSize: 256 * 1024 }, (req, res) => {
      sessions(req, res, () => res.end(JSON.stringify(sessions.get(req))));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    test.after(async () => {
      server.closeAllConnections();
      server.close();
      await sessions.close();
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  const hostile: Record<string, string> = {
    "64 KiB of one cookie": `session=${"A".repeat(65_536)}`,
    "2,000 pairs": Array.from({ length: 2000 }, (_, i) => `c${i}=${i}`).join("; "),
    "2,000 session cookies": Array.from({ length: 2000 }, (_, i) => `session=${i}`).join("; "),
    "64 KiB of our name": "session".repeat(9000),
    "64 KiB of semicolons": ";".repeat(65_536),
    "64 KiB of blanks before our name": `${" ".repeat(65_000)}session=x`,
    "names of prototypes": "__proto__=1; constructor=2; toString=3; session=__proto__",
  };
  for (const [what, cookie] of Object.entries(hostile)) {
    it(`${what}: an anonymous request, at once`, async (test) => {
      const port = await bareServer(test);
      const started = performance.now();
      const [reply] = await once(
        request({ port, host: "127.0.0.1", headers: { cookie }, agent: false }).end(),
        "response",
      );
      let text = "";
      for await (const chunk of reply) text += chunk;
      assert.deepEqual([reply.statusCode, text], [200, "{}"]);
      assert.ok(performance.now() - started < 3000);
    });
  }

  for (const [what, octets] of [
    ["NUL", "a\0b"],
    ["a lone CR", "a\rb"],
    ["CR LF and a header", "a\r\nX-Evil: 1"],
    ["an escape sequence", "\u001b[31m"],
  ] as const) {
    it(`${what} in the value never becomes a session or a header of the reply`, async (test) => {
      const port = await bareServer(test);
      const socket = connect(port, "127.0.0.1");
      socket.end(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: session=${octets}\r\n\r\n`);
      let reply = "";
      for await (const chunk of socket) reply += String(chunk);
      assert.match(reply, /^HTTP\/1\.1 (?:200|400) /);
      assert.doesNotMatch(reply, /set-cookie|x-evil/i);
    });
  }
});
