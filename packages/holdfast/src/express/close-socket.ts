/**
 * Closing what people keep open: WebSockets of `ws` and the like, sockets of Socket.IO, streams.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { hasMethods } from "../has-methods.ts";
import type { SocketEnd } from "../session/watching/watched-session.ts";
import { isConnecting } from "./kept-sockets.ts";

/**
 * What {@link SocketSession.closeWith} can close: a stream or response (`destroy`), a socket of Socket.IO
 * (`disconnect`), or anything with `close(code, reason)`, as a WebSocket of `ws` has it.
 */
export type ClosableSocket =
  | { close(code: number, reason: string): unknown }
  | { disconnect(close: boolean): unknown }
  | { destroy(): unknown };

/** Sign in again: the app's own range of WebSocket close codes, after HTTP's 401 (RFC 6455 7.4.2). */
const SIGN_IN_AGAIN = 4401;
/** RFC 6455 7.4.1 and its registry. */
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

const FAREWELLS: Readonly<Record<SocketEnd, readonly [code: number, reason: string]>> = {
  ended: [SIGN_IN_AGAIN, "session ended"],
  expired: [SIGN_IN_AGAIN, "session expired"],
  locked: [SIGN_IN_AGAIN, "session locked"],
  unknown: [TRY_AGAIN_LATER, "session unknown"],
  closed: [GOING_AWAY, "server closes"],
};

/** How long the other side has to take its leave, in milliseconds. */
const PATIENCE = 1_000;

/** Closes it. Throws what it throws. */
export function closeSocket(socket: ClosableSocket, why: SocketEnd): void {
  if ("destroy" in socket && typeof socket.destroy === "function") {
    socket.destroy();
  } else if ("disconnect" in socket && typeof socket.disconnect === "function") {
    // One that is still on its way through `io.use` Socket.IO does not disconnect: its connection has to go.
    if (!isConnecting(socket) || !closeConnection(socket)) socket.disconnect(true);
  } else if ("close" in socket && typeof socket.close === "function") {
    socket.close(...FAREWELLS[why]);
    silence(socket);
  }
}

/** False where there is none. */
function closeConnection(socket: object): boolean {
  if (!("conn" in socket) || typeof socket.conn !== "object" || socket.conn === null) return false;
  if (!("close" in socket.conn) || typeof socket.conn.close !== "function") return false;
  socket.conn.close(true);
  return true;
}

// Until the other side has answered a close, `ws` goes on reading, for half a minute: it must not have the last word.
function silence(socket: object): void {
  if (socket instanceof EventEmitter) {
    socket.removeAllListeners("message");
    // An app that begins to listen only now has not heard of the end yet.
    socket.on("newListener", (name) => {
      if (name === "message") queueMicrotask(() => socket.removeAllListeners("message"));
    });
  }
  if (!("terminate" in socket) || typeof socket.terminate !== "function") return;
  const { terminate } = socket;
  setTimeout(() => Reflect.apply(terminate, socket, []), PATIENCE).unref();
}

/** Calls `gone` once it has closed by itself. */
export function whenGone(socket: ClosableSocket, gone: () => void): void {
  if (!hasMethods(socket, "once") || !("once" in socket) || typeof socket.once !== "function") return;
  socket.once("close", gone);
  socket.once("disconnect", gone);
}

const closings = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `gone` once the connection has closed. One listener for all, since a client of Socket.IO may enter and leave
 * namespaces on one connection for as long as it likes.
 *
 * @returns what takes it back
 */
export function onceClosed(connection: Socket, gone: () => void): () => void {
  let waiting = closings.get(connection);
  if (waiting === undefined) {
    const all = new Set<() => void>();
    closings.set(connection, all);
    connection.once("close", () => {
      for (const one of [...all]) one();
    });
    waiting = all;
  }
  const those = waiting;
  those.add(gone);
  return () => those.delete(gone);
}
