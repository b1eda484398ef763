import { hasMethods } from "../../has-methods.ts";
import type { Argument, Connection, RedisNode } from "./client.ts";

type Listener = (error: unknown) => void;

/** What all clients of the package `redis` have in common. */
interface NodeRedis {
  readonly isOpen: boolean;
  readonly isReady?: boolean;
  connect(): Promise<unknown>;
  close(): unknown;
  destroy(): unknown;
  on(event: "error", listener: Listener): unknown;
  off(event: "error", listener: Listener): unknown;
}

/** A `createClient` or `createClientPool` of the package `redis`: the part that is used. */
export interface NodeRedisClient extends NodeRedis {
  sendCommand(command: readonly Argument[], options?: object): Promise<unknown>;
  withTypeMapping(mapping: object): unknown;
}

/** A `createClientPool` of the package `redis`: what it has beyond a client. */
interface NodeRedisPool {
  execute<T>(task: (client: NodeRedisClient) => Promise<T>): Promise<T>;
}

/** A `createCluster` of the package `redis`: the part that is used. */
export interface NodeRedisCluster extends NodeRedis {
  readonly masters: readonly object[];
  sendCommand(
    firstKey: string,
    isReadonly: boolean,
    command: readonly Argument[],
    options?: object,
  ): Promise<unknown>;
  nodeClient(node: never): unknown;
}

/** A `createSentinel` of the package `redis`: the part that is used. */
export interface NodeRedisSentinel extends NodeRedis {
  sendCommand(isReadonly: boolean, command: readonly Argument[], options?: object): Promise<unknown>;
  getSentinelNode(): unknown;
}

/**
 * For our commands alone: strings of any kind come back as bytes (36 is `$`, the type of a bulk string), and no timer
 * runs for each, for whoever asks the store has a deadline already.
 */
const OPTIONS = { typeMapping: { 36: Buffer }, timeout: undefined };

type Send = (key: string, command: readonly Argument[]) => Promise<unknown>;

/** A connection over a client of the package `redis`; `undefined` for anything else. */
export function nodeRedisConnection(client: unknown): Connection | undefined {
  if (!hasMethods(client, "sendCommand", "withTypeMapping", "connect", "close", "destroy", "on", "off"))
    return undefined;
  if (isCluster(client)) {
    const send: Send = (key, command) => client.sendCommand(key, false, command, OPTIONS);
    return new NodeRedisConnection(client, send, () => mastersOf(client));
  }
  if (isSentinel(client)) {
    const send: Send = (_key, command) => client.sendCommand(false, command, OPTIONS);
    return new NodeRedisConnection(client, send);
  }
  const single = client as NodeRedisClient;
  const send: Send = (_key, command) => single.sendCommand(command, OPTIONS);
  return isPool(single) ? new PoolConnection(single, send) : new NodeRedisConnection(single, send);
}

function isPool(client: NodeRedisClient): client is NodeRedisClient & NodeRedisPool {
  return hasMethods(client, "execute");
}

function isCluster(client: object): client is NodeRedisCluster {
  return hasMethods(client, "nodeClient") && "masters" in client;
}

function isSentinel(client: object): client is NodeRedisSentinel {
  return hasMethods(client, "getSentinelNode");
}

async function mastersOf(cluster: NodeRedisCluster): Promise<RedisNode[]> {
  const clients = await Promise.all(cluster.masters.map((master) => cluster.nodeClient(master as never)));
  return clients.map((client) => ({
    send: (command) => (client as NodeRedisClient).sendCommand(command, OPTIONS),
  }));
}

class NodeRedisConnection implements Connection {
  readonly #client: NodeRedis;
  readonly send: Send;
  readonly masters: () => Promise<readonly RedisNode[]>;

  constructor(client: NodeRedis, send: Send, masters?: () => Promise<readonly RedisNode[]>) {
    this.#client = client;
    this.send = send;
    this.masters = masters ?? (async () => [{ send: (command) => send("", command) }]);
  }

  get ready(): boolean {
    // A pool knows no more than that it is open, nor does a cluster of version 5.
    return this.#client.isReady ?? this.#client.isOpen;
  }

  get ended(): boolean {
    return !this.#client.isOpen;
  }

  // One that has been closed may be connected again.
  get idle(): boolean {
    return !this.#client.isOpen;
  }

  // Commands of one turn of the event loop go out in their order on one connection.
  sendAndWait(
    key: string,
    command: readonly Argument[],
    wait: readonly Argument[],
  ): Promise<readonly [unknown, unknown]> {
    return Promise.all([this.send(key, command), this.send(key, wait)]);
  }

  connect(): Promise<unknown> {
    return this.#client.connect();
  }

  async quit(): Promise<unknown> {
    return this.#client.close();
  }

  cut(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }

  onError(listener: Listener): () => void {
    this.#client.on("error", listener);
    return () => this.#client.off("error", listener);
  }
}

/** Over several connections, of which each command takes one that is free. */
class PoolConnection extends NodeRedisConnection {
  readonly #pool: NodeRedisPool;

  constructor(pool: NodeRedisClient & NodeRedisPool, send: Send) {
    super(pool, send);
    this.#pool = pool;
  }

  // On another connection than the change's, `WAIT` would wait for nothing.
  override sendAndWait(
    _key: string,
    command: readonly Argument[],
    wait: readonly Argument[],
  ): Promise<readonly [unknown, unknown]> {
    return this.#pool.execute((client) =>
      Promise.all([client.sendCommand(command, OPTIONS), client.sendCommand(wait, OPTIONS)]),
    );
  }
}
