import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { found, type RedisServer, startRedis, startTcpProxy } from "test-servers";
import { describeSetup } from "../src/trial/describe-setup.ts";
import { clocks, networkTrials, type RemoteEngine } from "../src/trial/network.ts";
import { FROZEN, TROUBLE } from "../src/trial/scale.ts";

interface OneRedis extends RemoteEngine {
  readonly server: RedisServer;
  /** Runs one command as an operator. */
  command(name: string, ...args: string[]): Promise<string>;
}

const { skip } = await found(async () => (await startRedis()).stop());

const start = (durable: boolean) => async (): Promise<OneRedis> => {
  const password = randomBytes(12).toString("hex");
  const server = await startRedis({ durable, args: ["--requirepass", password] });
  const line = await startTcpProxy(server.port);
  const command = async (name: string, ...args: string[]): Promise<string> => {
    const client = new Redis(`redis://:${password}@127.0.0.1:${server.port}`);
    try {
      return String(await client.call(name, ...args));
    } finally {
      client.disconnect();
    }
  };
  const [, version = ""] = /redis_version:(\S+)/.exec(await command("INFO", "server")) ?? [];
  const stop = async (): Promise<void> => {
    await line.stop();
    await server.stop();
  };
  const store = { url: `redis://:${password}@127.0.0.1:${line.port}` };
  return { store, version: `Redis ${version}`, server, line, command, stop };
};

async function killAndStart(server: RedisServer): Promise<void> {
  await server.kill();
  await delay(TROUBLE);
  await server.start();
}

describeSetup(
  "redisDurable",
  { start: start(true), skip },
  {
    ...networkTrials,
    clocks,
    killed: {
      noticed: true,
      scenario: ({ server }) => killAndStart(server),
    },
    frozen: {
      noticed: true,
      scenario: async ({ server }) => {
        server.freeze();
        await delay(FROZEN);
        server.thaw();
      },
    },
    full: {
      noticed: true,
      scenario: async ({ command }) => {
        await command("CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1");
        await delay(TROUBLE);
        await command("CONFIG", "SET", "maxmemory", "0");
      },
    },
    readOnly: {
      noticed: true,
      scenario: async ({ command }) => {
        // Of a master that is never found.
        await command("REPLICAOF", "127.0.0.1", "1");
        await delay(TROUBLE);
        await command("REPLICAOF", "NO", "ONE");
      },
    },
    flushed: {
      noticed: false,
      forgets: true,
      scenario: async ({ command }, { losing }) => {
        const everything = {
          cause: "operator",
          reach: Number.POSITIVE_INFINITY,
          forgets: ["writes"],
        } as const;
        await losing(everything, () => command("FLUSHALL"));
      },
    },
    scripts: {
      noticed: false,
      scenario: async ({ command }) => {
        for (let times = 0; times < 10; times++) {
          await command("SCRIPT", "FLUSH");
          await delay(TROUBLE / 10);
        }
      },
    },
  },
);

describeSetup(
  "redisMemory",
  { start: start(false), skip },
  {
    killed: {
      noticed: true,
      forgets: true,
      scenario: async ({ server }, { losing }) => {
        const everything = { cause: "crash", reach: Number.POSITIVE_INFINITY, forgets: ["writes"] } as const;
        await losing(everything, () => killAndStart(server));
      },
    },
  },
);
