import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "./ports.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { redisBinaries } from "./redis-binaries.ts";

const run = promisify(execFile);

/** Several Redis servers that share the key space. */
export interface RedisCluster {
  /** Masters first, then their replicas. */
  readonly nodes: readonly RedisServer[];
  /** `redis://` addresses of all nodes. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** Starts a Redis Cluster of three masters on loopback, each with as many replicas as asked; default none. */
export async function startRedisCluster({ replicas = 0 }: { replicas?: number } = {}): Promise<RedisCluster> {
  const { cli, env } = await redisBinaries();
  const ports = await freePorts(3 * (1 + replicas));
  const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
  const nodes = await Promise.all(ports.map((port) => startRedis({ port, args })));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    const create = [
      "--cluster",
      "create",
      ...addresses,
      "--cluster-replicas",
      String(replicas),
      "--cluster-yes",
    ];
    await run(cli, create, { env });
    for (const port of ports) await settled(() => run(cli, ["-p", String(port), "cluster", "info"], { env }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, urls: nodes.map(({ url }) => url), stop };
}

async function settled(info: () => Promise<{ stdout: string }>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { stdout } = await info();
    if (stdout.includes("cluster_state:ok")) return;
    await delay(50);
  }
  throw new Error("the Redis Cluster did not come up");
}
