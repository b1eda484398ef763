import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newFolder } from "./folder.ts";
import { freePorts } from "./ports.ts";
import { RedisServer, startRedis } from "./redis.ts";
import { redisBinaries } from "./redis-binaries.ts";

/** A master with a replica, and a sentinel that puts the replica in its place when it is gone. */
export interface RedisSentinel {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Where the sentinel listens. */
  readonly port: number;
  /** What the sentinel calls the master. */
  readonly name: string;
  stop(): Promise<void>;
}

/** Starts the three on loopback. The sentinel acts after half a second without its master. */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  const name = "sessions";
  const [port = 0] = await freePorts(1);
  const master = await startRedis({ args: ["--repl-diskless-sync-delay", "0"] });
  const replica = await startRedis({ args: ["--replicaof", `127.0.0.1 ${master.port}`] });
  const folder = await newFolder("sentinel");
  const settings = join(folder.path, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder.path}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ];
  await writeFile(settings, `${lines.join("\n")}\n`);
  const sentinel = new RedisServer(port, await redisBinaries(), [settings, "--sentinel"], folder.remove);
  const stop = async (): Promise<void> => {
    await Promise.all([sentinel, replica, master].map((server) => server.stop()));
  };
  await sentinel.start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { master, replica, port, name, stop };
}
