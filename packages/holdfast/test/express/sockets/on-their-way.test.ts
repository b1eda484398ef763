import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { SocketSession } from "../../../src/index.ts";
import { type SocketApp, socketApp } from "../../support/socket-app.ts";

/** A socket of Socket.IO on its way through `io.use`, as Socket.IO 4 treats it: `disconnect` does nothing for it. */
class ConnectingSocket extends EventEmitter {
  connected = false;
  readonly done: string[] = [];
  readonly conn = { close: (): void => void this.done.push("connection closed") };

  disconnect(): this {
    if (this.connected) this.done.push("disconnected");
    return this;
  }
}

async function admitted(test: Parameters<typeof socketApp>[0]) {
  const app = await socketApp(test, { closes: false });
  await app.open({ cookie: await app.signIn() });
  const session = app.admitted[0] ?? assert.fail();
  return { app, session };
}

async function revoke(app: SocketApp, { ended }: SocketSession): Promise<void> {
  const over = once(ended, "abort");
  await app.sessions.revokeUser("anna");
  await over;
}

describe("A socket that is not connected yet when its session ends", () => {
  it("loses its connection: a disconnect would do nothing", async (test) => {
    const { app, session } = await admitted(test);
    const early = new ConnectingSocket();
    session.closeWith(early);
    await revoke(app, session);
    assert.deepEqual(early.done, ["connection closed"]);
    const late = new ConnectingSocket();
    session.closeWith(late);
    assert.deepEqual(late.done, ["connection closed"]);
  });

  it("is disconnected if it has connected meanwhile", async (test) => {
    const { app, session } = await admitted(test);
    const socket = new ConnectingSocket();
    session.closeWith(socket);
    await app.pass(10);
    socket.connected = true;
    await app.pass(20);
    assert.equal(app.watched, 1);
    await revoke(app, session);
    assert.deepEqual(socket.done, ["disconnected"]);
  });

  it("is no longer watched, nor kept, once a later io.use has refused it and nobody has it", async (test) => {
    const { app, session } = await admitted(test);
    session.closeWith(new ConnectingSocket());
    await collected(app);
    assert.equal(app.watched, 0);
  });
});

async function collected(app: SocketApp): Promise<void> {
  setFlagsFromString("--expose_gc");
  const collect: () => void = runInNewContext("gc");
  for (let i = 0; i < 5 && app.watched > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
    await app.pass(11);
  }
}

describe("A WebSocket whose session has ended", () => {
  it("brings no message to an app that begins to listen only then", async (test) => {
    const { app, session } = await admitted(test);
    await revoke(app, session);
    const messages: unknown[] = [];
    const socket = Object.assign(new EventEmitter(), { close: () => undefined });
    session.closeWith(socket);
    socket.on("message", (message) => messages.push(message));
    await new Promise(setImmediate);
    socket.emit("message", "too late");
    assert.deepEqual(messages, []);
  });

  it("leaves nothing on its connection, however often a client enters and leaves", async (test) => {
    const app = await socketApp(test, { closes: false });
    await app.open({ cookie: await app.signIn() });
    const request = app.requests[0] ?? assert.fail();
    const before = request.socket.listenerCount("close");
    for (let i = 0; i < 50; i++) {
      const session = (await app.sessions.fromUpgrade(request)) ?? assert.fail();
      const socket = Object.assign(new ConnectingSocket(), { connected: true });
      session.closeWith(socket);
      socket.emit("disconnect");
    }
    assert.equal(request.socket.listenerCount("close"), before);
    assert.equal(app.watched, 1);
  });
});
