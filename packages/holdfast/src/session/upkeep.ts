/**
 * What a deployment does beside its requests: expired records are removed, in small batches, so that no request and
 * no other process waits long for the store (retention, ASVS 14.2.4).
 *
 * @module
 */
import type { Core } from "./core.ts";
import type { Reporter } from "./events.ts";

const INTERVAL_MS = 60_000;
const BATCH = 500;
const MOST_BATCHES = 100;

export class Upkeep {
  readonly #core: Core;
  readonly #reporter: Reporter;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  /** @param reporter - for what happens outside any request */
  constructor(core: Core, reporter: Reporter) {
    this.#core = core;
    this.#reporter = reporter;
    this.#timer = setInterval(() => void this.run(), INTERVAL_MS);
    this.#timer.unref();
  }

  /**
   * Removes what has expired; one run at a time. Never throws: a failure is reported as `store_error`, and the next run
   * tries again.
   */
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
    const { store, clock } = this.#core;
    try {
      for (let batch = 0; batch < MOST_BATCHES; batch++) {
        const removed = await store.ask("prune", this.#reporter, (store) => store.prune(clock.now(), BATCH));
        if (removed < BATCH) return;
        await new Promise(setImmediate);
      }
    } catch {
      return;
    }
  }
}
