import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { deploymentOf } from "../../src/express/session.ts";
import {
  type Session,
  type SessionEvent,
  type SessionOptions,
  type Sessions,
  type SocketSession,
  session,
  type UpgradeOptions,
} from "../../src/index.ts";
import { type FakeClock, fakeClock } from "../../src/testing/index.ts";
import { signInForTest } from "../../src/testing/sign-in.ts";
import { strongSecret } from "./session-app.ts";

export interface SocketAppOptions extends SessionOptions {
  /** False: plain HTTP. Default true. */
  readonly https?: boolean;
  readonly upgrade?: UpgradeOptions;
  /** False: the app leaves it to the library how a connection is closed. Default true. */
  readonly closes?: boolean;
}

/** What became of an attempt to open a WebSocket. */
export interface Attempt {
  /** 101: it is open. */
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
  readonly socket: WebSocket;
  /** The close code and reason; resolves once it has closed. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
}

/** A server of WebSockets with sessions, on a clock that stands still. */
export class SocketApp {
  readonly sessions: Sessions;
  readonly clock: FakeClock;
  readonly events: SessionEvent[] = [];
  readonly warnings: string[] = [];
  /** What the server has of each socket it has let in. */
  readonly admitted: SocketSession[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly connections: Socket[] = [];
  /** What sockets have sent. */
  readonly messages: string[] = [];
  readonly server: Server;
  /** What is done with the session of an ordinary request. */
  handler: (session: Session | undefined) => unknown = () => undefined;

  constructor(test: TestContext, { https = true, upgrade, closes = true, ...options }: SocketAppOptions) {
    this.clock = fakeClock();
    this.sessions = session({
      secret: strongSecret(),
      clock: this.clock,
      onWarning: (message) => this.warnings.push(message),
      ...options,
    });
    this.sessions.on("*", (event) => this.events.push(event));
    this.server = createServer((req, res) =>
      this.sessions(req, res, async () => {
        await this.handler(this.sessions.get(req));
        res.end();
      }),
    );
    this.server.on("connection", (socket) => {
      this.connections.push(socket);
      if (https) Object.defineProperty(socket, "encrypted", { value: true });
    });
    const wss = new WebSocketServer({ noServer: true });
    this.server.on("upgrade", async (req, socket, head) => {
      const admitted = await this.sessions.fromUpgrade(req, upgrade);
      if (admitted === undefined) return;
      this.admitted.push(admitted);
      this.requests.push(req);
      wss.handleUpgrade(req, socket, head, (ws) => {
        if (closes) admitted.closeWith(ws);
        ws.on("message", (data) => this.messages.push(String(data)));
        ws.on("error", () => undefined);
      });
    });
    test.after(async () => {
      for (const ws of wss.clients) ws.terminate();
      await this.sessions.close();
      this.server.closeAllConnections();
      this.server.close();
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The cookie of somebody who has signed in. */
  signIn(user = "anna", options: { secure?: boolean } = {}): Promise<string> {
    return signInForTest(this.sessions, user, options);
  }

  /** An ordinary request to the same server; resolves to its cookie afterwards. */
  async request(cookie: string, handler: SocketApp["handler"] = () => undefined): Promise<string> {
    this.handler = handler;
    const reply = await fetch(`http://127.0.0.1:${this.port}/`, { headers: { cookie } });
    await reply.text();
    return reply.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
  }

  /** Asks for a WebSocket as a page of the app does; `undefined` leaves a header out. */
  async open(headers: Readonly<Record<string, string | undefined>> = {}): Promise<Attempt> {
    const sent = Object.entries({ origin: this.origin, ...headers }).filter(
      ([, value]) => value !== undefined,
    );
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/live`, { headers: Object.fromEntries(sent) });
    const closed = new Promise<readonly [number, string]>((resolve) =>
      socket.once("close", (code, reason) => resolve([code, String(reason)])),
    );
    socket.on("error", () => undefined);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve({ status: 101, body: "", headers: {}, socket, closed }));
      socket.once("unexpected-response", async (_req, reply: IncomingMessage) => {
        let body = "";
        for await (const chunk of reply) body += chunk;
        resolve({ status: reply.statusCode ?? 0, body, headers: reply.headers, socket, closed });
      });
      socket.once("error", reject);
    });
  }

  /** Looks at what is due, as the timer does. */
  async tick(): Promise<void> {
    await deploymentOf(this.sessions).socketWatch.run();
  }

  /** Lets time pass as it does: a look each second. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance("1s");
      await this.tick();
    }
  }

  /** How many sessions are watched. */
  get watched(): number {
    return deploymentOf(this.sessions).socketWatch.size;
  }

  takeEvents(): string[] {
    return this.events.splice(0).map(({ type }) => type);
  }
}

export async function socketApp(test: TestContext, options: SocketAppOptions = {}): Promise<SocketApp> {
  const app = new SocketApp(test, options);
  app.server.listen(0, "127.0.0.1");
  await once(app.server, "listening");
  return app;
}
