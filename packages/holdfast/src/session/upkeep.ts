/**
 * What a deployment does beside its requests: expired records are removed, in small batches, so that no request and
 * no other process waits long for the store (retention, ASVS 14.2.4).
 *
 * @module
 */
import type { Core } from "./core.ts";

const EVERY = 60_000;
const BATCH = 500;
const MOST_BATCHES = 100;

export class Upkeep {
  readonly #core: Core;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#timer = setInterval(() => void this.run(), EVERY);
    this.#timer.unref();
  }

  /** Removes what has expired; one run at a time. Never throws: the next run tries again, and requests report the store. */
  run(): Promise<void> {
    this.#running ??= this.#prune().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #prune(): Promise<void> {
    const { records, clock } = this.#core;
    try {
      for (let batch = 0; batch < MOST_BATCHES; batch++) {
        const removed = await records.store.prune(clock.now(), BATCH);
        if (removed < BATCH) return;
        await new Promise(setImmediate);
      }
    } catch {
      return;
    }
  }
}
