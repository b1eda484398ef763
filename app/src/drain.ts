/**
 * Ends a server gently: no new connections, the replies under way are finished, and nobody can hold it up.
 *
 * @module
 */
import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";

/** A reply that takes longer is cut off, in milliseconds. */
const LONGEST_MS = 10_000;

/**
 * Call before the server listens: it keeps watch over connections that have not sent a request yet, which Node
 * would wait for.
 *
 * @returns a function that resolves when the server is closed
 */
export function drainable(server: Server | HttpsServer): () => Promise<void> {
  const silent = new Map<string, Socket>();
  let draining = false;
  server.on("connection", (socket: Socket) => {
    const name = nameOf(socket);
    silent.set(name, socket);
    socket.once("close", () => silent.delete(name));
  });
  server.on("request", ({ socket }, res) => {
    silent.delete(nameOf(socket));
    if (draining) res.shouldKeepAlive = false;
  });

  return async () => {
    if (!server.listening) return;
    draining = true;
    const closed = once(server, "close");
    server.close();
    for (const socket of silent.values()) socket.destroy();
    // A connection that was busy when closing began is closed as soon as it is idle.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const cap = setTimeout(() => server.closeAllConnections(), LONGEST_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(cap);
  };
}

/** The same for a TLS connection and the TCP connection under it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
