import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { ProxiedConnection } from "./proxied-connection.ts";

/** What a line does to what passes through it. Requests pass as they are; only {@link Line.silent} holds them up. */
export interface Line {
  /** How much later replies arrive, in milliseconds. */
  readonly latency: number;
  /** How many bytes of a reply arrive at once, with a millisecond between them. */
  readonly drip: number;
  /** One in so many pieces of replies is cut in half, and the connection with it. */
  readonly cut: number;
  /** True: connections stay open, and nothing passes in either direction. */
  readonly silent: boolean;
}

const SOUND: Line = {
  latency: 0,
  drip: Number.POSITIVE_INFINITY,
  cut: Number.POSITIVE_INFINITY,
  silent: false,
};

/** A line to a server on loopback that can be made bad while it is in use. */
export class TcpProxy {
  readonly #target: number;
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #port = 0;
  #line: Line = SOUND;

  constructor(target: number) {
    this.#target = target;
  }

  /** Where clients connect. */
  get port(): number {
    return this.#port;
  }

  get line(): Line {
    return this.#line;
  }

  /** Begins to listen, on the port it had before if it had one. */
  async start(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** From now on the line is bad in these ways, and in no other. */
  worsen(line: Partial<Line>): void {
    this.#line = { ...SOUND, ...line };
  }

  /** The line is good again; what it held up arrives. */
  mend(): void {
    this.#line = SOUND;
    for (const connection of this.#connections) connection.flow();
  }

  /** Resets all connections. */
  cut(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Half-open connections: the server's ends are gone, and the clients are not told. */
  halfOpen(): void {
    for (const connection of this.#connections) connection.loseServer();
  }

  /** Resets all connections and refuses new ones, until {@link start}. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    this.cut();
    await closed;
  }

  #accept(client: Socket): void {
    const connection = new ProxiedConnection(client, this.#target, () => this.#line);
    this.#connections.add(connection);
    client.once("close", () => this.#connections.delete(connection));
  }
}

/** Starts a line to a port on loopback. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(target);
  await proxy.start();
  return proxy;
}
