import { setTimeout as delay } from "node:timers/promises";
import { found, type RedisServer, startRedis } from "test-servers";
import { startOneRedis } from "../src/engines/redis.ts";
import { describeSetup } from "../src/trial/describe-setup.ts";
import { clocks, networkTrials } from "../src/trial/network.ts";
import { FROZEN, TROUBLE } from "../src/trial/scale.ts";

const { skip } = await found(async () => (await startRedis()).stop());

async function killAndStart(server: RedisServer): Promise<void> {
  await server.kill();
  await delay(TROUBLE);
  await server.start();
}

describeSetup(
  "redisDurable",
  { start: () => startOneRedis(true), skip },
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
  { start: () => startOneRedis(false), skip },
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
