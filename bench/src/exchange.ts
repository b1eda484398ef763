/**
 * One request and its reply in process: `node:http`'s own `IncomingMessage` and `ServerResponse` on a {@link Wire}.
 *
 * @module
 */
import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { Wire } from "./wire.ts";

/** Answers one request. */
export type Respond = (req: IncomingMessage, res: ServerResponse) => void;

export interface RequestLine {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** The `Cookie` header. */
  readonly cookie: string | undefined;
  /** Beside those of a browser, or in their place; `undefined` takes one away. */
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Buffer;
  /** True: it came over plain HTTP. */
  readonly plain?: true;
  /** True: it asks for a socket. */
  readonly upgrade?: true;
}

const FETCH_METADATA = ["sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site"];

/** What a browser sends with a request to its own site, made anew for each request as the parser would. */
export function headersOf({ cookie, headers: others, body, plain }: RequestLine): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {
    host: "app.example",
    connection: "keep-alive",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en-GB,en;q=0.7",
    "accept-encoding": "gzip, deflate, br",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "same-origin",
  };
  // Browsers send these over HTTPS alone.
  if (plain === true) for (const name of FETCH_METADATA) delete headers[name];
  if (cookie !== undefined) headers.cookie = cookie;
  if (body !== undefined) headers["content-length"] = String(body.length);
  if (others === undefined) return headers;
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  return headers;
}

/** Sends a request and calls `done` once the reply is out. */
export function exchange(wire: Wire, line: RequestLine, respond: Respond, done: () => void): void {
  wire.encrypted = line.plain !== true;
  const req = new IncomingMessage(wire);
  req.method = line.method;
  req.url = line.url;
  req.httpVersion = "1.1";
  req.httpVersionMajor = 1;
  req.httpVersionMinor = 1;
  req.headers = headersOf(line);
  if (line.upgrade) Object.assign(req, { upgrade: true });
  if (line.body !== undefined) {
    // Otherwise Node takes its end for a broken connection.
    req.complete = true;
    req.push(line.body);
    req.push(null);
  }
  const res = new ServerResponse(req);
  res.assignSocket(wire);
  // As node:http does it: the connection is free once the reply is out.
  res.once("finish", () => {
    res.detachSocket(wire);
    res.emit("close");
    done();
  });
  respond(req, res);
}

/** A reply, read back from the bytes on the wire. */
export interface Reply {
  readonly status: number;
  readonly cookies: readonly string[];
  /** By name in lower case; of several with one name the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends one request and reads its reply. */
export function ask(line: RequestLine, respond: Respond): Promise<Reply> {
  return new Promise((resolve) => {
    const wire = new Wire();
    wire.record();
    exchange(wire, line, respond, () => resolve(parseReply(wire.recorded())));
  });
}

function parseReply(text: string): Reply {
  const end = text.indexOf("\r\n\r\n");
  const [start = "", ...lines] = text.slice(0, end).split("\r\n");
  const valuesOf = (name: string): string[] =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2));
  const rest = text.slice(end + 4);
  return {
    status: Number(start.split(" ")[1]),
    cookies: valuesOf("set-cookie"),
    headers: new Map(lines.map(named)),
    body: valuesOf("transfer-encoding").includes("chunked") ? unchunked(rest) : rest,
  };
}

function named(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
}

function unchunked(text: string): string {
  let body = "";
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (lineEnd === -1 || !(size > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
