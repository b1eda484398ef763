import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { startTcpProxy, type TcpProxy } from "test-servers";

/** A line to a server that says everything back, and one connection over it. */
async function echo(test: TestContext): Promise<{ proxy: TcpProxy; client: Socket; served: Socket[] }> {
  const served: Socket[] = [];
  const server = createServer((socket) => {
    served.push(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await startTcpProxy((server.address() as AddressInfo).port);
  const client = await connected(proxy);
  test.after(async () => {
    client.destroy();
    await proxy.stop();
    server.close();
  });
  return { proxy, client, served };
}

async function connected(proxy: TcpProxy): Promise<Socket> {
  const client = connect(proxy.port, "127.0.0.1");
  client.on("error", () => {});
  await once(client, "connect");
  return client;
}

/** What comes back until there are so many bytes, or the connection ends. */
async function reply(client: Socket, bytes: number): Promise<{ text: string; pieces: number; took: number }> {
  const began = performance.now();
  let text = "";
  let pieces = 0;
  await new Promise<void>((resolve) => {
    client.once("close", resolve);
    client.on("data", (piece) => {
      text += String(piece);
      pieces += 1;
      if (text.length >= bytes) resolve();
    });
  });
  return { text, pieces, took: performance.now() - began };
}

describe("a line to a server", () => {
  it("passes everything on in order", async (test) => {
    const { client } = await echo(test);
    for (const word of ["one ", "two ", "three"]) client.write(word);
    assert.equal((await reply(client, 13)).text, "one two three");
  });

  it("lets replies arrive late", async (test) => {
    const { proxy, client } = await echo(test);
    proxy.worsen({ latency: 80 });
    client.write("hello");
    const { text, took } = await reply(client, 5);
    assert.equal(text, "hello");
    assert.ok(took >= 75, `after ${took} ms`);
  });

  it("lets replies arrive byte by byte", async (test) => {
    const { proxy, client } = await echo(test);
    proxy.worsen({ drip: 1 });
    client.write("hello");
    const { text, pieces } = await reply(client, 5);
    assert.equal(text, "hello");
    assert.ok(pieces > 1);
  });

  it("cuts a connection in the middle of a reply", async (test) => {
    const { proxy, client } = await echo(test);
    proxy.worsen({ cut: 1 });
    client.write("hello!");
    assert.equal((await reply(client, 6)).text, "hel");
    assert.equal(client.destroyed, true);
  });

  it("falls silent with its connections open, and passes on what it held up once it is mended", async (test) => {
    const { proxy, client } = await echo(test);
    proxy.worsen({ silent: true });
    client.write("hel");
    client.write("lo");
    assert.equal(await Promise.race([reply(client, 5), later(50)]), undefined);
    proxy.mend();
    assert.equal((await reply(client, 5)).text, "hello");
  });

  it("leaves connections half open", async (test) => {
    const { proxy, client, served } = await echo(test);
    client.write("hello");
    await reply(client, 5);
    proxy.halfOpen();
    await closed(served[0] as Socket);
    client.write("hello");
    assert.equal(await Promise.race([reply(client, 5), later(50)]), undefined);
    assert.equal(client.destroyed, false);
  });

  it("refuses connections while it is stopped, and takes them at the same port again", async (test) => {
    const { proxy, client } = await echo(test);
    const { port } = proxy;
    const ended = closed(client);
    await proxy.stop();
    await ended;
    await assert.rejects(connected(proxy));
    await proxy.start();
    assert.equal(proxy.port, port);
    const again = await connected(proxy);
    again.write("hello");
    assert.equal((await reply(again, 5)).text, "hello");
    again.destroy();
  });
});

/** Resolves when a socket is closed, whether by an error or not. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
