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
    for (const port of ports) {
      const ask = async (...command: readonly string[]): Promise<string> =>
        (await run(cli, ["-p", String(port), ...command], { env })).stdout;
      await until(async () => (await ask("cluster", "info")).includes("cluster_state:ok"));
      // A replica that has received nothing yet cannot take its master's place.
      await until(async () => {
        const replication = await ask("info", "replication");
        return replication.includes("role:master")
          ? replication.includes(`connected_slaves:${replicas}`)
          : replication.includes("master_link_status:up");
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, urls: nodes.map(({ url }) => url), stop };
}

async function until(isSettled: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSettled()) return;
    await delay(50);
  }
  throw new Error("the Redis Cluster did not come up");
}
