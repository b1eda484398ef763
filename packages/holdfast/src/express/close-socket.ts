/**
 * Closing what people keep open: WebSockets of `ws` and the like, sockets of Socket.IO, streams.
 *
 * @module
 */
import { hasMethods } from "../has-methods.ts";
import type { SocketEnd } from "../session/watching/watched-session.ts";

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
    socket.disconnect(true);
  } else if ("close" in socket && typeof socket.close === "function") {
    socket.close(...FAREWELLS[why]);
    silence(socket);
  }
}

// Until the other side has answered a close, `ws` goes on reading, for half a minute: it must not have the last word.
function silence(socket: object): void {
  if ("removeAllListeners" in socket && typeof socket.removeAllListeners === "function")
    socket.removeAllListeners("message");
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
