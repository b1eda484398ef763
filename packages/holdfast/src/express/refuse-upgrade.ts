import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { HoldfastError } from "../errors.ts";
import { statusOf } from "./refuse.ts";

/** True for a request whose connection Node has handed over: it has no reply, and whoever answers writes to the socket. */
export function isUpgrade(req: IncomingMessage): boolean {
  return "upgrade" in req && req.upgrade === true;
}

/**
 * Answers a request to upgrade with an error, as `refuse` does any other one, and closes its connection. Nobody else
 * would: Node has let go of it, errors of the connection included.
 */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const status = statusOf(error);
  const told = error instanceof HoldfastError && status !== 500;
  const body = `${told ? error.message : "Internal Server Error"}\n`;
  const headers = {
    Connection: "close",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(error instanceof HoldfastError && error.headers),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", ignore);
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
}

/** Without a listener an error of a connection ends the process. */
export function ignore(): void {
  // The client has gone away, which is its right.
}
