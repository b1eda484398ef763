/**
 * The Redis clients a store can use, and what it needs of any of them.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import { type IoRedisClient, ioRedisConnection } from "./ioredis.ts";
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  nodeRedisConnection,
} from "./node-redis.ts";

/**
 * A client of the package `redis` (`createClient`, `createClientPool`, `createCluster`, `createSentinel`) or of
 * `ioredis` (`Redis`, with Sentinel too, or `Cluster`), version 5 or 6 of either.
 */
export type RedisStoreClient = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | IoRedisClient;

/** What a command is made of. */
export type Argument = string | Buffer;

/** One server that has a part of the keys, or all of them. */
export interface RedisNode {
  send(command: readonly Argument[]): Promise<unknown>;
}

/** A client, whatever its make and however many servers it speaks to. */
export interface Connection {
  /** False while commands would have to wait for a connection. */
  readonly ready: boolean;
  /** True while the client will not connect by itself. */
  readonly ended: boolean;
  /** Sends one command to the server that has `key`; strings of the answer are bytes. */
  send(key: string, command: readonly Argument[]): Promise<unknown>;
  /** Sends a command, and `WAIT` behind it on the same connection: both answers. */
  sendAndWait(
    key: string,
    command: readonly Argument[],
    wait: readonly Argument[],
  ): Promise<readonly [unknown, unknown]>;
  /** Every server that takes writes. */
  masters(): Promise<readonly RedisNode[]>;
  /** True for a client that connects when it is told to, and has not been. */
  readonly idle: boolean;
  connect(): Promise<unknown>;
  /** Closes the client once what is under way is done. */
  quit(): Promise<unknown>;
  /** Closes it at once. */
  cut(): void;
  /** Hears of connections that fail, so that they neither end the process nor go unseen; returns what ends that. */
  onError(listener: (error: unknown) => void): () => void;
}

/** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` for anything else than a {@link RedisStoreClient} */
export function connectionOf(client: unknown): Connection {
  const connection = ioRedisConnection(client) ?? nodeRedisConnection(client);
  if (connection !== undefined) return connection;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CLIENT",
    "RedisStore needs a client of the package redis or ioredis, version 5 or later, such as createClient({ url }) " +
      "or new Redis(url).",
  );
}
