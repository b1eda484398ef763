import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { Server, type Socket as ServerSocket } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { across } from "../../src/across.ts";
import type { Setting } from "../../src/settings.ts";

const require = createRequire(import.meta.url);
const sharedSession = require("express-socket.io-session");

interface Chat {
  /** Opened with the cookie of the page. */
  readonly socket: Socket;
  /** What the page shows. */
  visits(): Promise<unknown>;
}

/** A page that counts its visits, and a socket that adds to them. */
async function chat(test: TestContext, { api, express }: Setting, options: object): Promise<Chat> {
  const { middleware, close } = api.start({ plainHttp: true });
  const app = express();
  app.use(middleware);
  app.get("/", (req, res) => {
    req.session.visits ??= 1;
    res.json(req.session.visits);
  });
  const server = createServer(app);
  const sockets = new Server(server);
  const share = sharedSession(middleware, options);
  sockets.use((socket, next) => {
    try {
      share(socket, next);
    } catch (error) {
      next(error as Error);
    }
  });
  sockets.on("connection", addVisits);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [page = ""] = (await fetch(url)).headers.getSetCookie();
  const cookie = page.split(";", 1)[0] ?? "";
  const socket = io(url, { extraHeaders: { cookie }, transports: ["websocket"], reconnection: false });
  test.after(async () => {
    socket.close();
    await sockets.close();
    await close();
  });
  return { socket, visits: async () => (await fetch(url, { headers: { cookie } })).json() };
}

function addVisits(socket: ServerSocket): void {
  const session = Reflect.get(socket.handshake, "session");
  socket.on("visit", (answer) => {
    session.visits += 1;
    answer(session.visits);
  });
  socket.on("visit and save", (answer) => {
    session.visits += 1;
    session.touch().save(() => answer(session.visits));
  });
}

const row = {
  name: "express-socket.io-session",
  beside: ["socket.io", "socket.io-client"],
  seen: "Socket.IO over WebSocket",
};

across(row, (setting, { holds, differs }) => {
  if (setting.api.name === "holdfast") {
    differs(
      "it is refused, for it hands over no request; Socket.IO's io.engine.use is named",
      async (test) => {
        const { socket } = await chat(test, setting, {});
        const error = await new Promise<Error>((resolve) => socket.once("connect_error", resolve));
        assert.match(error.message, /is no HTTP request\. .*`io\.engine\.use\(sessions\)`/);
      },
    );
    return;
  }

  holds("a socket has the session of its page, and changes it by touch and save", async (test) => {
    const { socket, visits } = await chat(test, setting, {});
    assert.equal(await socket.emitWithAck("visit and save"), 2);
    assert.equal(await visits(), 2);
  });

  holds("with autoSave what an event has changed is saved after it", async (test) => {
    const { socket, visits } = await chat(test, setting, { autoSave: true });
    assert.equal(await socket.emitWithAck("visit"), 2);
    assert.equal(await socket.emitWithAck("visit"), 3);
    assert.equal(await visits(), 3);
  });
});
