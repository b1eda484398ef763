/**
 * A worker's place: a worker is in it, or another one soon is.
 *
 * @module
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Log } from "../log.ts";
import type { Address } from "../run-servers.ts";
import type { EventRelay } from "./event-relay.ts";
import type { ToPrimary, ToWorker } from "./messages.ts";
import { RestartDelay } from "./restart-delay.ts";

/** The environment variable by which a worker knows its number, from 1. */
export const WORKER_NUMBER = "WORKER_NUMBER";

/** A worker ended before it took requests; it has said why. */
export class WorkerEnded extends Error {
  constructor(worker: number, ending: string | number | null) {
    super(`worker ${worker} ended with ${ending}`);
    this.name = "WorkerEnded";
  }
}

export class Place {
  readonly #number: number;
  readonly #relay: EventRelay;
  readonly #log: Log;
  readonly #restartDelay = new RestartDelay();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  /** True while the worker takes requests. */
  #serves = false;
  /** Once it has begun: only from then on a worker that ends is replaced. */
  #open = false;

  constructor(number: number, relay: EventRelay, log: Log) {
    this.#number = number;
    this.#relay = relay;
    this.#log = log;
  }

  /**
   * Resolves once the first worker takes requests.
   *
   * @throws {@link WorkerEnded} if it ended before
   */
  async begin(): Promise<Address> {
    const address = await this.#run();
    this.#open = true;
    return address;
  }

  /** Lets the worker finish its requests and end, and starts no other. True if it ended with 0, or there was none. */
  async end(): Promise<boolean> {
    this.#open = false;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return true;
    if (!this.#serves) {
      // It does not listen to messages yet, and has nothing to finish.
      worker.process.kill();
      await once(worker, "exit");
      return true;
    }
    tell(worker, { type: "stop" });
    const [code] = await once(worker, "exit");
    return code === 0;
  }

  /** Ends the worker at once. */
  kill(): void {
    this.#worker?.process.kill("SIGKILL");
  }

  /** Resolves when the worker takes requests; rejects if it ends before. */
  #run(): Promise<Address> {
    const worker = cluster.fork({ [WORKER_NUMBER]: String(this.#number) });
    this.#worker = worker;
    const listener = { tell: (message: ToWorker) => tell(worker, message) };
    let readyAt: number | undefined;
    return new Promise((resolve, reject) => {
      worker.on("message", (message: ToPrimary) => {
        if (message.type === "join") this.#relay.join(listener);
        else if (message.type === "event") this.#relay.publish(message.event);
        else {
          readyAt = performance.now();
          this.#serves = true;
          this.#log.info("worker ready", { worker: this.#number, pid: worker.process.pid });
          resolve(message.address);
        }
      });
      worker.once("exit", (code: number | null, signal: string | null) => {
        this.#worker = undefined;
        this.#serves = false;
        this.#relay.leave(listener);
        reject(new WorkerEnded(this.#number, signal ?? code));
        if (this.#open) this.#replace(readyAt, signal ?? code);
      });
    });
  }

  #replace(readyAt: number | undefined, ending: string | number | null): void {
    const wait = this.#restartDelay.after(readyAt === undefined ? 0 : performance.now() - readyAt);
    this.#log.warn("worker ended; starting another", { worker: this.#number, ending, inMs: wait });
    this.#restart = setTimeout(() => {
      // Should this one end as well, it is replaced in its turn.
      this.#run().catch(() => {});
    }, wait);
  }
}

function tell(worker: Worker, message: ToWorker): void {
  // One that has just ended hears nothing more, and need not.
  if (worker.isConnected()) worker.send(message, () => {});
}
