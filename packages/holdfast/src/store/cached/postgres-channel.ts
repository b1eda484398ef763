import { HoldfastError } from "../../errors.ts";
import { checkOptionNames } from "../../option-checks.ts";
import type { InvalidationChannel } from "./channel.ts";

/** What notifies: a `pg` Pool, or a connected Client. */
export interface PostgresNotifier {
  query(sql: string, values: unknown[]): Promise<unknown>;
}

/** A `pg` Client that has not connected yet. */
export interface PostgresListener {
  connect(): Promise<unknown>;
  query(sql: string): Promise<unknown>;
  end(): Promise<unknown>;
  on(
    event: "notification",
    listener: (message: { channel: string; payload?: string | undefined }) => void,
  ): unknown;
  on(event: "error" | "end", listener: () => void): unknown;
}

/** What `postgresChannel()` needs. */
export interface PostgresChannelOptions {
  /** Sends the notifications; the store's own pool will do, through a pooler too. */
  readonly notifier: PostgresNotifier;
  /**
   * Makes a client to listen with, straight to the server: no transaction pooler passes notifications on. Called again
   * whenever the connection is lost. Give it a `connectionTimeoutMillis`.
   */
  readonly listener: () => PostgresListener;
  /** The notification channel's name: lower-case letters, digits and `_`. Default `"holdfast_read_cache"`. */
  readonly name?: string | undefined;
}

/**
 * A channel over PostgreSQL's LISTEN and NOTIFY, on a connection of its own.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN`
 */
export function postgresChannel(options: PostgresChannelOptions): InvalidationChannel {
  checkOptionNames("postgresChannel()", options, ["notifier", "listener", "name"]);
  const { notifier, listener, name = "holdfast_read_cache" } = options;
  if (typeof notifier?.query !== "function") throw refusal("`notifier` must be a Pool or a Client of pg.");
  if (typeof listener !== "function")
    throw refusal("`listener` must make a client: () => new Client(connectionString).");
  if (typeof name !== "string" || !/^[a-z_][a-z0-9_]{0,62}$/.test(name))
    throw refusal("`name` must be 1 to 63 lower-case letters, digits and `_`, and begin with no digit.");
  return new PostgresChannel(notifier, listener, name);
}

class PostgresChannel implements InvalidationChannel {
  readonly #notifier: PostgresNotifier;
  readonly #makeListener: () => PostgresListener;
  readonly #name: string;
  #hear: (message: string) => void = () => {};
  #client: PostgresListener | undefined;
  #closed = false;

  constructor(notifier: PostgresNotifier, makeListener: () => PostgresListener, name: string) {
    this.#notifier = notifier;
    this.#makeListener = makeListener;
    this.#name = name;
  }

  publish(message: string): Promise<unknown> {
    return this.#notifier.query("SELECT pg_notify($1, $2)", [this.#name, message]);
  }

  async subscribe(listener: (message: string) => void): Promise<void> {
    this.#hear = listener;
    await this.#connect();
  }

  reconnect(): void {
    // A failure shows in that nothing is heard, and is followed by the next call.
    this.#connect().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#release();
  }

  async #connect(): Promise<void> {
    await this.#release();
    if (this.#closed) return;
    const client = this.#makeListener();
    this.#client = client;
    client.on("notification", ({ channel, payload }) => {
      if (channel === this.#name && payload !== undefined) this.#hear(payload);
    });
    let isOver = false;
    let listens = false;
    const lost = (): void => {
      if (isOver) return;
      isOver = true;
      // One try at once; if the server is away, `reconnect` is called from time to time.
      if (listens && this.#client === client) this.reconnect();
    };
    client.on("error", lost);
    client.on("end", lost);
    await client.connect();
    await client.query(`LISTEN "${this.#name}"`);
    listens = true;
  }

  async #release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    // To a server that does not answer any more, saying goodbye may take for ever.
    client.end().catch(() => undefined);
  }
}

function refusal(reason: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", `postgresChannel(): ${reason}`);
}
