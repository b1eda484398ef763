import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A TCP connection to a test's server, for what no HTTP client would send. */
export async function rawConnection(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** Sends `text` as it is and reads until the server closes the connection. Rejects if it was reset. */
export async function rawExchange(port: number, text: string): Promise<string> {
  const socket = await rawConnection(port);
  socket.write(text, "latin1");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** One request, head only. */
export function head(requestLine: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: "127.0.0.1", ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${[requestLine, ...lines].join("\r\n")}\r\n\r\n`;
}
