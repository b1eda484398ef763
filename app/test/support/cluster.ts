/** `npm run cluster` in tests: which worker gets a request is for the test to say. */
import assert from "node:assert/strict";
import { Agent } from "node:https";
import type { Client, Reply, Sending } from "./client.ts";
import type { Process } from "./process.ts";

export const WORKERS: readonly number[] = [1, 2, 3, 4];

export class Cluster {
  readonly #process: Process;
  /** One connection each; whose it is shows in the first reply. */
  readonly #connections = new Map<number, Agent>();

  constructor(process: Process) {
    this.#process = process;
  }

  /** Sends a request to a certain worker, over a connection that it has accepted. */
  async ask(worker: number, client: Client, path: string, sending: Sending = {}): Promise<Reply> {
    const agent = await this.#connection(worker, client);
    const reply = await client.send(path, { ...sending, agent });
    assert.equal(workerOf(reply), worker);
    return reply;
  }

  /** Process id of the worker that has the place now. */
  pidOf(worker: number): number {
    const lines = [
      ...this.#process.said.error.matchAll(new RegExp(`worker ready worker=${worker} pid=(\\d+)`, "g")),
    ];
    return Number(lines.at(-1)?.[1]);
  }

  close(): void {
    for (const agent of this.#connections.values()) agent.destroy();
  }

  async #connection(worker: number, client: Client): Promise<Agent> {
    // Connections are shared out in turn, so a few tries reach everybody.
    for (let tries = 0; tries < 40; tries++) {
      const agent = this.#connections.get(worker) ?? new Agent({ keepAlive: true, maxSockets: 1 });
      this.#connections.delete(worker);
      // One that was idle for long may just have been closed.
      const reply = await client
        .another()
        .get("/healthz", { agent, patience: 3_000 })
        .catch(() => undefined);
      if (reply === undefined) {
        agent.destroy();
        continue;
      }
      const seen = workerOf(reply);
      this.#connections.get(seen)?.destroy();
      this.#connections.set(seen, agent);
      if (seen === worker) return agent;
    }
    return assert.fail(`no connection to worker ${worker}`);
  }
}

export function workerOf(reply: Reply): number {
  return Number(reply.headers["x-worker"]);
}
