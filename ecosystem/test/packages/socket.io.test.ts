import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Server, type Socket as ServerSocket } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { across } from "../../src/across.ts";
import type { StartedSessions } from "../../src/session-apis.ts";
import type { Setting } from "../../src/settings.ts";
import { type SocketPage, socketPage } from "../../src/socket-page.ts";

type Transport = "polling" | "websocket";

interface Chat extends SocketPage {
  connect(transports: readonly Transport[], headers?: Record<string, string>): Promise<Socket>;
}

/** As Socket.IO's documentation says to use it with express-session. */
async function chat(
  test: TestContext,
  setting: Setting,
  prepare: (sockets: Server, sessions: StartedSessions) => void = () => undefined,
): Promise<Chat> {
  const clients: Socket[] = [];
  const site = await socketPage(test, setting, (server, sessions) => {
    const sockets = new Server(server);
    sockets.engine.use(sessions.middleware);
    prepare(sockets, sessions);
    sockets.on("connection", addVisits);
    test.after(() => {
      for (const client of clients) client.close();
      return sockets.close();
    });
  });
  return {
    ...site,
    connect: async (transports, headers = site.headers) => {
      const socket = io(site.url, {
        extraHeaders: headers,
        transports: [...transports],
        reconnection: false,
        forceNew: true,
      });
      clients.push(socket);
      return new Promise((resolve, reject) => {
        socket.once("connect", () => resolve(socket));
        socket.once("connect_error", reject);
      });
    },
  };
}

function addVisits(socket: ServerSocket): void {
  const { request } = socket;
  socket.on("visit", (answer) => {
    // As the documentation does, for requests may have saved meanwhile, or ended the session.
    Reflect.get(request, "session").reload((gone: unknown) => {
      if (gone) return socket.disconnect(true);
      const session = Reflect.get(request, "session");
      session.visits += 1;
      session.save(() => answer(session.visits));
    });
  });
}

const ways: readonly (readonly [string, readonly Transport[]])[] = [
  ["long polling", ["polling"]],
  ["WebSocket", ["websocket"]],
  ["polling that becomes a WebSocket", ["polling", "websocket"]],
];

const row = { name: "socket.io", beside: ["socket.io-client"], seen: "`io.engine.use(session)`" };

across(row, (setting, { holds, differs }) => {
  for (const [title, transports] of ways) {
    holds(`over ${title} a socket has the session of its page, and changes it`, async (test) => {
      const site = await chat(test, setting);
      const socket = await site.connect(transports);
      if (transports.length === 2) await upgraded(socket);
      assert.equal(await socket.emitWithAck("visit"), 2);
      assert.equal(await site.visits(), 2);
      assert.equal(await socket.emitWithAck("visit"), 3);
    });
  }

  holds("a socket whose session has ended finds out when it reloads it", async (test) => {
    const site = await chat(test, setting);
    const socket = await site.connect(["websocket"]);
    await site.signOut();
    const gone = disconnected(socket);
    socket.emit("visit", () => undefined);
    assert.equal(await gone, "io server disconnect");
  });

  if (setting.api.name !== "holdfast") return;

  differs("a handshake from another site is refused, over WebSocket too", async (test) => {
    const site = await chat(test, setting);
    const headers = { ...site.headers, origin: "https://evil.example" };
    await assert.rejects(site.connect(["websocket"], headers));
    await assert.rejects(site.connect(["polling"], headers));
  });

  for (const [title, transports] of ways) {
    differs(
      `over ${title} fromUpgrade disconnects a socket as soon as its session has ended`,
      async (test) => {
        const site = await chat(test, setting, (sockets, { fromUpgrade }) => {
          sockets.use(async (socket, next) => {
            const session = await fromUpgrade?.(socket.request, { refuse: next });
            if (session === undefined) return;
            session.closeWith(socket);
            next();
          });
        });
        const socket = await site.connect(transports);
        if (transports.length === 2) await upgraded(socket);
        assert.equal(await socket.emitWithAck("visit"), 2);
        const gone = disconnected(socket);
        await site.signOut();
        await gone;
        const { origin } = site.headers;
        await assert.rejects(site.connect(transports, { origin }), /Sign in first/);
      },
    );
  }
});

async function upgraded(socket: Socket): Promise<void> {
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await new Promise((resolve) => engine.once("upgrade", resolve));
}

function disconnected(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once("disconnect", resolve));
}
