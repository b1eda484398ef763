import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import {
  type RedisCluster,
  type RedisServer,
  startRedis,
  startRedisCluster,
  startTcpProxy,
} from "test-servers";
import type { Engine, RemoteEngine } from "./engine.ts";

export interface OneRedis extends RemoteEngine {
  readonly server: RedisServer;
  /** Runs one command as an operator. */
  command(name: string, ...args: string[]): Promise<string>;
}

export interface ManyRedis extends Engine {
  readonly cluster: RedisCluster;
}

/** @param durable - writes each change to disk before it counts; else nothing is written */
export async function startOneRedis(durable: boolean): Promise<OneRedis> {
  const password = randomBytes(12).toString("hex");
  const server = await startRedis({ durable, args: ["--requirepass", password] });
  const line = await startTcpProxy(server.port);
  const addressAt = (port: number): string => `redis://:${password}@127.0.0.1:${port}`;
  const address = addressAt(server.port);
  return {
    store: { url: addressAt(line.port) },
    version: await versionAt(address),
    server,
    line,
    command: (name, ...args) =>
      asOperator(address, async (client) => String(await client.call(name, ...args))),
    leaks: () => leaksAt(address),
    stop: async () => {
      await line.stop();
      await server.stop();
    },
  };
}

/** Three masters, each with a replica. */
export async function startManyRedis(): Promise<ManyRedis> {
  const cluster = await startRedisCluster({ replicas: 1 });
  const addresses = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`);
  return {
    store: { url: `redis+cluster://${addresses.join(",")}` },
    version: await versionAt(cluster.urls[0] ?? ""),
    cluster,
    leaks: async () => {
      const masters = cluster.urls.slice(0, cluster.urls.length / 2);
      const counts = await Promise.all(masters.map(leaksAt));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop: () => cluster.stop(),
  };
}

/** With a connection of its own, that is closed again. */
export async function asOperator<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null });
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.disconnect();
  }
}

function versionAt(url: string): Promise<string> {
  return asOperator(url, async (client) => {
    const [, version] = /redis_version:(\S+)/.exec(await client.info("server")) ?? [];
    return `Redis ${version}`;
  });
}

/** Whatever has no time to live; but for the schema and shared values, which are meant to stay. */
function leaksAt(url: string): Promise<number> {
  return asOperator(url, async (client) => {
    const keys = await client.keys("holdfast:*");
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    return keys.filter((key, index) => lives[index] === -1 && !/^holdfast:(schema$|v:)/.test(key)).length;
  });
}
