/**
 * A browser's half of an API test: real HTTPS that trusts the server's local CA, a cookie jar, and the headers that a
 * page of the application would send.
 */
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { type Agent, request } from "node:https";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON, to be compared with. */
  json<T = unknown>(): T;
  readonly setCookie: readonly string[];
}

export interface Sending {
  readonly method?: string;
  /** `"html"`: what a browser says; `"json"`: what a program says; default: neither, like curl. */
  readonly as?: "html" | "json";
  /** Sent over what a page would send; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Default: a new connection. */
  readonly agent?: Agent;
  /** Without a reply for so many milliseconds the request has failed. Default: 30,000. */
  readonly patience?: number;
}

const ACCEPT = {
  html: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  json: "application/json",
} as const;

export class Client {
  readonly port: number;
  /** The certificate of the server's local CA, PEM. */
  readonly ca: string;
  readonly cookies: Map<string, string> = new Map();

  constructor(port: number, ca: string) {
    this.port = port;
    this.ca = ca;
  }

  /** The same server, seen from another device. */
  another(): Client {
    return new Client(this.port, this.ca);
  }

  /** A copy of this client's cookies, as a thief would have them. */
  thief(): Client {
    const thief = this.another();
    for (const [name, value] of this.cookies) thief.cookies.set(name, value);
    return thief;
  }

  get(path: string, sending: Sending = {}): Promise<Reply> {
    return this.send(path, sending);
  }

  post(path: string, sending: Sending = {}): Promise<Reply> {
    return this.send(path, { method: "POST", ...sending });
  }

  async send(path: string, sending: Sending): Promise<Reply> {
    const { method = "GET", as, headers = {}, json, form, agent = false, patience = 30_000 } = sending;
    const body = json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form).toString();
    const type = json !== undefined ? "application/json" : form && "application/x-www-form-urlencoded";
    const sent: Record<string, string | undefined> = {
      accept: as ? ACCEPT[as] : "*/*",
      ...(this.cookies.size > 0 && { cookie: [...this.cookies].map((pair) => pair.join("=")).join("; ") }),
      ...(method !== "GET" && {
        origin: `https://localhost:${this.port}`,
        "sec-fetch-site": "same-origin",
        "content-length": String(Buffer.byteLength(body ?? "")),
      }),
      ...(type && { "content-type": type }),
      ...headers,
    };
    const outgoing = request({
      host: "localhost",
      port: this.port,
      path,
      method,
      ca: this.ca,
      agent,
      timeout: patience,
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error("no reply came in time")));
    for (const [name, value] of Object.entries(sent))
      if (value !== undefined) outgoing.setHeader(name, value);
    outgoing.end(body);
    const [reply] = await once(outgoing, "response");
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const setCookie: string[] = reply.headers["set-cookie"] ?? [];
    for (const cookie of setCookie) this.#keep(cookie);
    return {
      status: reply.statusCode,
      headers: reply.headers,
      text,
      setCookie,
      json: () => JSON.parse(text),
    };
  }

  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split(/;\s*/);
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(at + 1));
  }
}
