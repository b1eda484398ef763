/**
 * The process that keeps the workers: it holds the ports, shares out connections, and serves no request itself.
 *
 * @module
 */
import cluster from "node:cluster";
import { type Config, ConfigError } from "../config.ts";
import type { Log } from "../log.ts";
import { type Address, makeReady } from "../run-servers.ts";
import { placeOf } from "../store/store-url.ts";
import { EventRelay } from "./event-relay.ts";
import { Place, type WorkerEnded } from "./place.ts";

/** Long after a worker has cut off its last reply. */
const LONGEST_STOP_MS = 20_000;

export class Primary {
  readonly #config: Config;
  readonly #places: readonly Place[];

  constructor(config: Config, log: Log) {
    this.#config = config;
    const relay = new EventRelay();
    this.#places = Array.from({ length: config.workers }, (_, index) => new Place(index + 1, relay, log));
  }

  /**
   * Resolves once all workers take requests.
   *
   * @throws {@link ConfigError}; {@link WorkerEnded} if a worker did not start
   */
  async start(): Promise<Address> {
    const { store, workers } = this.#config;
    if (store.kind === "memory") {
      throw new ConfigError(
        "STORE_URL",
        "memory: belongs to one process, and several need a store that they share. Leave it unset for an SQLite file " +
          "in DATA_DIR, or name a server.",
      );
    }
    await makeReady(this.#config);
    console.log(`Sessions live in ${placeOf(store)}`);
    cluster.setupPrimary({ serialization: "advanced" });
    // The first alone: what is wrong with a port is said once, and the database is open when the others come.
    const [first, ...others] = this.#places;
    let ready = 0;
    const begin = async (place: Place | undefined): Promise<Address | undefined> => {
      const address = await place?.begin();
      console.log(`Process ${++ready} of ${workers} is ready`);
      return address;
    };
    const address = await begin(first);
    await Promise.all(others.map(begin));
    if (address === undefined) throw new Error("there are no workers");
    return address;
  }

  /**
   * Ends all workers, gently.
   *
   * @throws Error if one of them did not end as it should
   */
  async stop(): Promise<void> {
    const cap = setTimeout(() => this.kill(), LONGEST_STOP_MS);
    const clean = await Promise.all(this.#places.map((place) => place.end()));
    clearTimeout(cap);
    if (clean.includes(false)) throw new Error("a worker did not end with 0");
  }

  /** Ends all workers at once. */
  kill(): void {
    for (const place of this.#places) place.kill();
  }
}
