import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import compat from "../../src/compat/index.ts";
import { session } from "../../src/index.ts";
import { fakeClock } from "../../src/testing/index.ts";
import { signInForTest } from "../../src/testing/sign-in.ts";
import { head, rawExchange } from "../support/raw.ts";
import { strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

describe("A request to upgrade, such as a WebSocket's", () => {
  for (const sync of [true, false]) {
    for (const standIn of [true, false]) {
      const response = standIn ? "an empty object" : "a response of its own";
      it(`can be asked for its session with ${response}, where the store answers ${sync ? "at once" : "later"}`, async (test) => {
        const sessions = session({ secret: strongSecret(), store: new WatchedStore({ sync }) });
        const port = await upgradeServer(test, (req, socket) => {
          const res = standIn ? ({} as ServerResponse) : new ServerResponse(req);
          sessions(req, res, () => socket.end(JSON.stringify(sessions.get(req))));
        });
        const cookie = await signInForTest(sessions, "anna");
        const known = head("GET / HTTP/1.1", { ...UPGRADE, Cookie: cookie });
        assert.equal(await rawExchange(port, known), '{"userId":"anna"}');
        assert.equal(await rawExchange(port, head("GET / HTTP/1.1", UPGRADE)), "{}");
      });
    }
  }

  for (const standIn of [true, false]) {
    it(`is not offered another secret, which nobody would receive (${standIn ? "empty object" : "response"})`, async (test) => {
      const clock = fakeClock();
      const store = new WatchedStore({ sync: true });
      const sessions = session({ secret: strongSecret(), store, clock });
      const port = await upgradeServer(test, (req, socket) => {
        const res = standIn ? ({} as ServerResponse) : new ServerResponse(req);
        sessions(req, res, async () => {
          await sessions.get(req)?.save();
          socket.end("done");
        });
      });
      const cookie = await signInForTest(sessions, "anna");
      clock.advance("15m");
      store.calls.length = 0;
      assert.equal(await rawExchange(port, head("GET / HTTP/1.1", { ...UPGRADE, Cookie: cookie })), "done");
      assert.ok(!store.calls.includes("update"));
    });

    describe(`with a session, given ${standIn ? "an empty object" : "a response"} to refuse it with,`, () => {
      const respond = (req: IncomingMessage): ServerResponse =>
        standIn ? ({} as ServerResponse) : new ServerResponse(req);

      for (const [title, origin] of [
        ["from another origin", { Origin: "https://evil.example" }],
        ["from a sister host", { Origin: "https://shop.127.0.0.1" }],
        ["without an Origin, which every browser sends", {}],
      ] as const) {
        it(`is refused ${title}`, async (test) => {
          const sessions = session({ secret: strongSecret() });
          const reasons: string[] = [];
          sessions.on("malicious_csrf", ({ reason }) => reasons.push(reason));
          const port = await upgradeServer(test, (req, socket) =>
            sessions(req, respond(req), () => socket.end("let in")),
          );
          const cookie = await signInForTest(sessions, "anna");
          const { Origin: _, ...bare } = UPGRADE;
          const reply = await rawExchange(
            port,
            head("GET / HTTP/1.1", { ...bare, ...origin, Cookie: cookie }),
          );
          assert.match(reply, /^HTTP\/1\.1 403 Forbidden\r\n/);
          assert.equal(reasons.length, 1);
        });
      }

      it("is answered with 503 while the store is out, and the process stays up", async (test) => {
        const store = new WatchedStore({ sync: false });
        const sessions = session({ secret: strongSecret(), store });
        const port = await upgradeServer(test, (req, socket) =>
          sessions(req, respond(req), () => socket.end("let in")),
        );
        const cookie = await signInForTest(sessions, "anna");
        store.fail("read", new Error("out"));
        const reply = await rawExchange(port, head("GET / HTTP/1.1", { ...UPGRADE, Cookie: cookie }));
        assert.match(reply, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
        assert.match(reply, /\r\nRetry-After: 5\r\n/);
      });
    });
  }

  describe("given a part of a response, as Socket.IO's engine makes it,", () => {
    it("has its session, and nothing is held back or set on it", async (test) => {
      const sessions = session({ secret: strongSecret(), store: new WatchedStore({ sync: false }) });
      const port = await upgradeServer(test, (req, socket) => {
        const res = partOfResponse(req);
        sessions(req, res, () => {
          const data = JSON.stringify(sessions.get(req));
          res.writeHead(101);
          socket.end(`${data} ${res.getHeader("Cache-Control")}`);
        });
      });
      const cookie = await signInForTest(sessions, "anna");
      const reply = await rawExchange(port, head("GET / HTTP/1.1", { ...UPGRADE, Cookie: cookie }));
      assert.equal(reply, '{"userId":"anna"} undefined');
    });

    it("has its session of the drop-in too", async (test) => {
      const store = new LateStore();
      const sessions = compat({ secret: strongSecret(), store, resave: true, saveUninitialized: true });
      const port = await upgradeServer(test, (req, socket) => {
        const res = partOfResponse(req);
        sessions(req, res, () => {
          const names = Object.keys(Reflect.get(req, "session"));
          res.writeHead(101);
          socket.end(`${names}`);
        });
      });
      assert.equal(await rawExchange(port, head("GET / HTTP/1.1", UPGRADE)), "cookie");
    });
  });

  it("has to be the request: what is made of it, such as Socket.IO's handshake, is refused", (test) => {
    const sessions = session({ secret: strongSecret() });
    test.after(() => sessions.close());
    const handshake = { headers: {}, url: "/", query: {} } as unknown as IncomingMessage;
    assert.throws(() => sessions(handshake, {} as ServerResponse, () => undefined), {
      code: "ERR_HOLDFAST_NOT_A_REQUEST",
      message: /io\.engine\.use\(sessions\)/,
    });
  });
});

/** Answers as a store across a network does. */
class LateStore extends compat.Store {
  override get(_id: string, done: (error: unknown, record?: null) => void): void {
    setImmediate(done, null, null);
  }

  override set(_id: string, _record: unknown, done?: (error?: unknown) => void): void {
    if (done) setImmediate(done, null);
  }

  override destroy(_id: string, done?: (error?: unknown) => void): void {
    if (done) setImmediate(done, null);
  }
}

/** What engine.io hands to middleware when a WebSocket is asked for. It has the socket at once, whatever is held back. */
function partOfResponse(req: IncomingMessage): ServerResponse {
  const headers = new Map<string, unknown>();
  return {
    req,
    setHeader: (name: string, value: unknown) => headers.set(name, value),
    getHeader: (name: string) => headers.get(name),
    removeHeader: (name: string) => headers.delete(name),
    write() {},
    writeHead() {},
    end() {},
  } as unknown as ServerResponse;
}

const UPGRADE = { Connection: "Upgrade", Upgrade: "websocket", Origin: "https://127.0.0.1" };

/** A server on loopback that takes upgrades, as over TLS; gives its port. */
async function upgradeServer(
  test: TestContext,
  take: (req: IncomingMessage, socket: Duplex) => void,
): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  server.on("connection", (socket) => Object.defineProperty(socket, "encrypted", { value: true }));
  server.on("upgrade", take);
  await once(server, "listening");
  test.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
