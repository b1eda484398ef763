/**
 * A browser's half of a test: a server of its own, a cookie jar, and the headers a browser would send.
 *
 * @module
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from "node:http";
import type { Sessions } from "../express/sessions.ts";
import { signInForTest, type TestSignIn } from "./sign-in.ts";

export interface TestReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, parsed; throws if it is no JSON. */
  json(): unknown;
  /** The reply's `Set-Cookie` headers. */
  readonly setCookie: readonly string[];
}

export interface TestRequest {
  readonly method?: string;
  /** Sent with, and over, what a browser would send. `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A string as it is; anything else as JSON. */
  readonly body?: unknown;
}

export interface TestAgentOptions {
  /** Needed for {@link TestAgent.signIn}. */
  readonly sessions?: Sessions;
  /**
   * True (default): connections count as TLS, so that `__Host-` cookies work as they do in production, without
   * certificates.
   */
  readonly https?: boolean;
}

/** Starts `handler` (an Express app, or any request listener) on a free loopback port. */
export async function testAgent(
  handler: RequestListener,
  options: TestAgentOptions = {},
): Promise<TestAgent> {
  const server = createServer(handler);
  const https = options.https ?? true;
  if (https) server.on("connection", (socket) => Object.defineProperty(socket, "encrypted", { value: true }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new TestAgent(server, https, options.sessions);
}

export class TestAgent {
  readonly #server: Server;
  readonly #https: boolean;
  readonly #sessions: Sessions | undefined;
  /** Name and value of each cookie the client holds. */
  readonly cookies: Map<string, string> = new Map();

  constructor(server: Server, https: boolean, sessions: Sessions | undefined) {
    this.#server = server;
    this.#https = https;
    this.#sessions = sessions;
  }

  /** The loopback port the app listens on. */
  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the test server is closed");
    return address.port;
  }

  /** Another browser of the same app, without cookies. */
  newBrowser(): TestAgent {
    return new TestAgent(this.#server, this.#https, this.#sessions);
  }

  /** Signs this client in, without the app's login page. */
  async signIn(user: string | number, options: TestSignIn = {}): Promise<void> {
    if (this.#sessions === undefined) throw new Error("pass { sessions } to testAgent() to sign in");
    const cookies = await signInForTest(this.#sessions, user, { secure: this.#https, ...options });
    for (const cookie of cookies.split("; ")) this.#keep(cookie);
  }

  get(path: string, options: TestRequest = {}): Promise<TestReply> {
    return this.send(path, options);
  }

  post(path: string, body?: unknown, options: TestRequest = {}): Promise<TestReply> {
    return this.send(path, { method: "POST", body, ...options });
  }

  /** Sends one request and reads the whole reply; the cookies it sets are kept. */
  async send(path: string, { method = "GET", headers = {}, body }: TestRequest): Promise<TestReply> {
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const origin = `${this.#https ? "https" : "http"}://127.0.0.1:${this.port}`;
    const sent: Record<string, string | undefined> = {
      ...(this.cookies.size > 0 && {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      }),
      ...(method !== "GET" && { origin, "sec-fetch-site": "same-origin" }),
      ...(content !== undefined && typeof body !== "string" && { "content-type": "application/json" }),
      ...headers,
    };
    const outgoing = request({ host: "127.0.0.1", port: this.port, path, method, agent: false });
    for (const [name, value] of Object.entries(sent))
      if (value !== undefined) outgoing.setHeader(name, value);
    outgoing.end(content);
    const [reply] = await once(outgoing, "response");
    outgoing.on("error", (error) => reply.destroy(error));
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const setCookie: string[] = reply.headers["set-cookie"] ?? [];
    for (const cookie of setCookie) this.#keep(cookie);
    return {
      status: reply.statusCode,
      headers: reply.headers,
      text,
      json: () => JSON.parse(text),
      setCookie,
    };
  }

  /** Stops the server, for all browsers made of it. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split(/;\s*/);
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(at + 1));
  }
}
