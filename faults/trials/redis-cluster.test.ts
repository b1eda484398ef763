import { setTimeout as delay } from "node:timers/promises";
import { found, type RedisCluster, type RedisServer, startRedisCluster } from "test-servers";
import { asOperator, startManyRedis } from "../src/engines/redis.ts";
import { describeSetup } from "../src/trial/describe-setup.ts";
import { clocks } from "../src/trial/network.ts";
import { FROZEN, TROUBLE } from "../src/trial/scale.ts";
import { until } from "../src/trial/until.ts";

/** What a failover may forget: what the master had acknowledged in the last moments, and had not sent on yet. */
const FAILOVER = { cause: "failover", reach: 1_000, forgets: ["writes", "ends"] } as const;

const { skip } = await found(async () => (await startRedisCluster()).stop());

async function isMaster({ url }: RedisServer): Promise<boolean> {
  const role = await asOperator(url, (client) => client.role()).catch(() => []);
  return role[0] === "master";
}

async function masters({ nodes }: RedisCluster): Promise<RedisServer[]> {
  const are = await Promise.all(nodes.map(isMaster));
  return nodes.filter((_node, index) => are[index]);
}

/** Ends or stops a master, waits for its replica to take its place, and brings it back as a replica. */
async function lose(
  cluster: RedisCluster,
  away: (node: RedisServer) => unknown,
  back: (node: RedisServer) => unknown,
): Promise<void> {
  const [node] = await masters(cluster);
  if (node === undefined) throw new Error("the cluster has no master");
  const others = cluster.nodes.filter((each) => each !== node);
  await away(node);
  await until("the replica to take over", async () => {
    const are = await Promise.all(others.map(isMaster));
    return are.filter(Boolean).length === 3;
  });
  await back(node);
  await until("the old master to be a replica", async () => !(await isMaster(node)));
}

describeSetup(
  "redisCluster",
  { start: startManyRedis, skip },
  {
    clocks,
    failover: {
      noticed: true,
      forgets: "maybe",
      scenario: ({ cluster }, { losing }) =>
        losing(FAILOVER, () =>
          lose(
            cluster,
            (node) => node.kill(),
            async (node) => {
              await delay(TROUBLE);
              await node.start();
            },
          ),
        ),
    },
    frozen: {
      noticed: true,
      forgets: "maybe",
      scenario: ({ cluster }, { losing }) =>
        losing(FAILOVER, () =>
          lose(
            cluster,
            (node) => node.freeze(),
            async (node) => {
              await delay(FROZEN);
              node.thaw();
            },
          ),
        ),
    },
    scripts: {
      noticed: false,
      scenario: async ({ cluster }) => {
        for (let times = 0; times < 5; times++) {
          await Promise.all(
            cluster.nodes.map((node) => asOperator(node.url, (client) => client.script("FLUSH"))),
          );
          await delay(TROUBLE / 5);
        }
      },
    },
  },
);
