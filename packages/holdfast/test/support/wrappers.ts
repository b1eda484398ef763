import type { IncomingMessage, ServerResponse } from "node:http";
import { createGzip } from "node:zlib";

/** Middleware that changes the reply's functions. */
export type Wrapper = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/** Calls `listener` just before the head is written, as the package `on-headers` does. */
export function onHeaders(res: ServerResponse, listener: () => void): void {
  const { writeHead } = res;
  let fired = false;
  res.writeHead = (...args: unknown[]): ServerResponse => {
    if (!fired) {
      fired = true;
      listener();
    }
    return Reflect.apply(writeHead, res, args);
  };
}

/** Compresses every body, in the manner of the package `compression`: the head on first use, the body in its own time. */
export const compress: Wrapper = (_req, res, next) => {
  const { write, end } = res;
  const gzip = createGzip();
  let started = false;
  const start = (): void => {
    if (started) return;
    started = true;
    gzip.on("data", (chunk) => {
      if (Reflect.apply(write, res, [chunk]) === false) gzip.pause();
    });
    gzip.on("end", () => Reflect.apply(end, res, []));
    res.on("drain", () => gzip.resume());
  };
  onHeaders(res, () => {
    res.setHeader("Content-Encoding", "gzip");
    res.removeHeader("Content-Length");
    start();
  });
  // Until its head is out a response has none: each call asks for it again.
  const implicitHead = (): void => {
    if (!res.headersSent) res.writeHead(res.statusCode);
  };
  res.write = (chunk: string | Uint8Array): boolean => {
    implicitHead();
    return gzip.write(chunk);
  };
  res.end = (chunk?: unknown): ServerResponse => {
    implicitHead();
    if (typeof chunk === "string" || chunk instanceof Uint8Array) gzip.end(chunk);
    else gzip.end();
    return res;
  };
  next();
};
