import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Line } from "./tcp-proxy.ts";

/** One connection of a {@link TcpProxy}. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #line: () => Line;
  /** The last piece of a reply that is on its way: pieces arrive in order. */
  #arriving: Promise<void> = Promise.resolve();
  #pieces = 0;
  #serverLost = false;
  /** Those who wait for the end of a silence. */
  #waiting: (() => void)[] = [];

  constructor(client: Socket, target: number, line: () => Line) {
    this.#client = client;
    this.#server = connect(target, "127.0.0.1");
    this.#line = line;
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      // The other end learns of it by the close.
      socket.on("error", () => {});
    }
    client.on("data", (request) => void this.#send(request));
    this.#server.on("data", (reply) => this.#receive(reply));
    client.on("close", () => this.#server.destroy());
    this.#server.on("close", () => {
      if (!this.#serverLost) void this.#arriving.then(() => client.destroy());
    });
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  loseServer(): void {
    this.#serverLost = true;
    this.#server.resetAndDestroy();
  }

  /** Lets through what silence held up. */
  flow(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #send(request: Buffer): Promise<void> {
    await this.#sound();
    if (this.#server.writable) this.#server.write(request);
  }

  #receive(reply: Buffer): void {
    const { latency, cut } = this.#line();
    this.#pieces += 1;
    const isCut = this.#pieces % cut === 0;
    const due = performance.now() + latency;
    this.#arriving = this.#arriving.then(async () => {
      if (this.#line().latency > 0) await delay(due - performance.now());
      await this.#sound();
      await this.#deliver(isCut ? reply.subarray(0, Math.ceil(reply.length / 2)) : reply);
      if (isCut) this.reset();
    });
  }

  async #deliver(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && this.#client.writable) {
      const { drip } = this.#line();
      this.#client.write(rest.subarray(0, drip));
      rest = rest.subarray(drip);
      if (rest.length > 0) await delay(1);
    }
  }

  /** Resolves once the line is not silent. */
  async #sound(): Promise<void> {
    while (this.#line().silent) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
