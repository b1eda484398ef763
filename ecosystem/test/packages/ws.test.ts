import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import type { Session } from "express-session";
import { WebSocket, WebSocketServer } from "ws";
import { across } from "../../src/across.ts";
import type { Setting } from "../../src/settings.ts";
import { type SocketPage, socketPage } from "../../src/socket-page.ts";

type WithSession = IncomingMessage & { session: Session & Record<string, unknown> };

/** The server of the examples of `ws`: the session's middleware is given the request, and no response. */
function page(test: TestContext, setting: Setting, standIn: "object" | "response"): Promise<SocketPage> {
  return socketPage(test, setting, (server, { middleware }) => {
    const wss = new WebSocketServer({ noServer: true });
    server.on("upgrade", (req, socket, head) => {
      socket.on("error", () => undefined);
      const res = standIn === "object" ? {} : new ServerResponse(req);
      Reflect.apply(middleware, undefined, [
        req,
        res,
        () => {
          if (Reflect.get((req as WithSession).session, "user") === undefined) {
            socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
            return;
          }
          wss.handleUpgrade(req, socket, head, (ws) => wss.emit("connection", ws, req));
        },
      ]);
    });
    wss.on("connection", (ws: WebSocket, req: WithSession) => {
      ws.on("message", () => {
        // As the examples do, for another request may have saved meanwhile, or ended the session.
        req.session.reload((gone) => {
          if (gone) return ws.close(4401);
          req.session.visits = Number(req.session.visits) + 1;
          req.session.save(() => ws.send(String(req.session.visits)));
        });
      });
    });
  });
}

/** Resolves to an open socket, or to the status that it was refused with. */
async function open({ url }: SocketPage, headers: Record<string, string>): Promise<WebSocket | number> {
  const ws = new WebSocket(url.replace("http", "ws"), { headers });
  ws.on("error", () => undefined);
  return new Promise((resolve) => {
    ws.once("open", () => resolve(ws));
    ws.once("unexpected-response", (_req, { statusCode }) => resolve(statusCode ?? 0));
  });
}

async function opened(page: SocketPage, headers: Record<string, string> = page.headers): Promise<WebSocket> {
  const ws = await open(page, headers);
  if (typeof ws === "number") throw new Error(`refused with ${ws}`);
  return ws;
}

across({ name: "ws", seen: "WebSockets of the app's own" }, (setting, { holds, differs }) => {
  for (const standIn of ["object", "response"] as const) {
    holds(
      `the middleware finds a handshake's session, given ${standIn === "object" ? "an empty object" : "a response"}`,
      async (test) => {
        const site = await page(test, setting, standIn);
        const ws = await opened(site);
        ws.send("visit");
        const [answer] = await once(ws, "message");
        assert.equal(String(answer), "2");
        assert.equal(await site.visits(), 2);
        ws.terminate();
        assert.equal(await open(site, { origin: site.url }), 401);
      },
    );
  }

  holds("a socket whose session has ended finds out when it reloads it", async (test) => {
    const site = await page(test, setting, "object");
    const ws = await opened(site);
    await site.signOut();
    ws.send("visit");
    assert.equal((await once(ws, "close"))[0], 4401);
  });

  const foreign = "https://evil.example";
  if (setting.api.name !== "holdfast") {
    holds("a handshake from any other site is let in, unless the app looks at its Origin", async (test) => {
      const site = await page(test, setting, "object");
      (await opened(site, { ...site.headers, origin: foreign })).terminate();
    });
    return;
  }

  differs("a handshake from another site is refused with 403", async (test) => {
    const site = await page(test, setting, "object");
    assert.equal(await open(site, { ...site.headers, origin: foreign }), 403);
  });

  differs("fromUpgrade closes the socket as soon as its session has ended", async (test) => {
    const wss = new WebSocketServer({ noServer: true });
    const site = await socketPage(test, setting, (server, { fromUpgrade }) => {
      server.on("upgrade", async (req, socket, head) => {
        const session = await fromUpgrade?.(req);
        if (session === undefined) return;
        wss.handleUpgrade(req, socket, head, (ws) => session.closeWith(ws));
      });
    });
    assert.equal(await open(site, { origin: site.url }), 401);
    const ws = await opened(site);
    const closed = once(ws, "close");
    await site.signOut();
    const [code, reason] = await closed;
    assert.deepEqual([code, String(reason)], [4401, "session ended"]);
  });
});
