import { HoldfastError } from "../../errors.ts";
import { hasMethods } from "../../has-methods.ts";
import type { Argument, Connection, RedisNode } from "./client.ts";

type Listener = (error: unknown) => void;

/** A `Redis` or `Cluster` of the package `ioredis`: the part that is used. */
export interface IoRedisClient {
  readonly status: string;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  pipeline(): unknown;
  connect(): Promise<unknown>;
  quit(): Promise<unknown>;
  disconnect(): unknown;
  on(event: "error", listener: Listener): unknown;
  off(event: "error", listener: Listener): unknown;
}

interface IoRedisCluster extends IoRedisClient {
  nodes(role: "master"): IoRedisClient[];
}

interface Pipeline {
  callBuffer(command: string, ...args: (string | Buffer)[]): Pipeline;
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}

/**
 * A connection over a client of the package `ioredis`; `undefined` for anything else.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` for one whose options do not go with the store
 */
export function ioRedisConnection(client: unknown): Connection | undefined {
  if (!hasMethods(client, "callBuffer", "pipeline", "connect", "quit", "disconnect", "on", "off"))
    return undefined;
  const options = member(client, "options");
  refuse(options, "keyPrefix", (prefix) => !prefix, "Set `prefix` on RedisStore instead.");
  // A replica may still have what has been deleted.
  refuse(
    options,
    "scaleReads",
    (reads) => reads === undefined || reads === "master",
    "Give the store a client of its own that reads from masters.",
  );
  // ioredis breaks a command that is given to it by name: the error is thrown where nobody can catch it.
  refuse(options, "enableAutoPipelining", (auto) => !auto, OWN_CLIENT);
  // A cluster has the options of its connections apart.
  for (const of of [options, member(options, "redisOptions")])
    refuse(of, "stringNumbers", (is) => !is, OWN_CLIENT);
  return new IoRedisConnection(client as IoRedisClient);
}

const OWN_CLIENT = "Give the store a client of its own without it.";

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function refuse(options: unknown, name: string, suits: (value: unknown) => boolean, advice: string): void {
  if (suits(member(options, name))) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CLIENT",
    `RedisStore cannot use an ioredis client with the option \`${name}\`. ${advice}`,
  );
}

class IoRedisConnection implements Connection {
  readonly #client: IoRedisClient;

  constructor(client: IoRedisClient) {
    this.#client = client;
  }

  get ready(): boolean {
    return this.#client.status === "ready";
  }

  get ended(): boolean {
    return this.#client.status === "end";
  }

  get idle(): boolean {
    return this.#client.status === "wait";
  }

  send(_key: string, command: readonly Argument[]): Promise<unknown> {
    return call(this.#client, command);
  }

  async sendAndWait(
    _key: string,
    command: readonly Argument[],
    wait: readonly Argument[],
  ): Promise<readonly [unknown, unknown]> {
    // A cluster sends a pipeline to the server that has its first key.
    const pipeline = this.#client.pipeline() as Pipeline;
    for (const [name, ...args] of [command, wait]) pipeline.callBuffer(String(name), ...args);
    const [done, waited] = (await pipeline.exec()) ?? [];
    for (const [error] of [done, waited].filter((result) => result !== undefined)) if (error) throw error;
    return [done?.[1], waited?.[1]];
  }

  async masters(): Promise<readonly RedisNode[]> {
    const client = this.#client;
    const nodes = isCluster(client) ? client.nodes("master") : [client];
    return nodes.map((node) => ({ send: (command) => call(node, command) }));
  }

  connect(): Promise<unknown> {
    return this.#client.connect();
  }

  quit(): Promise<unknown> {
    return this.#client.quit();
  }

  cut(): void {
    this.#client.disconnect();
  }

  onError(listener: Listener): () => void {
    this.#client.on("error", listener);
    return () => this.#client.off("error", listener);
  }
}

function call(client: IoRedisClient, [name, ...args]: readonly Argument[]): Promise<unknown> {
  return client.callBuffer(String(name), ...args);
}

function isCluster(client: IoRedisClient): client is IoRedisCluster {
  return hasMethods(client, "nodes");
}
