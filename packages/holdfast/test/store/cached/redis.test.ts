import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { Redis as Ioredis, Cluster as IoredisCluster } from "ioredis";
import { Redis as Ioredis5 } from "ioredis5";
import { createClient, createCluster } from "redis";
import { createClient as createClient5 } from "redis5";
import { found, startRedis, startRedisCluster } from "test-servers";
import { systemClock } from "../../../src/clock.ts";
import type { InvalidationChannel } from "../../../src/store/cached/channel.ts";
import { type RedisChannelOptions, redisChannel } from "../../../src/store/cached/redis-channel.ts";
import type { Store } from "../../../src/store/contract.ts";
import { RedisStore } from "../../../src/store/redis.ts";
import { type ConformanceSubject, storeConformance } from "../../../src/testing/store-conformance.ts";
import { browserWith, cookieOf, sessionApp, strongSecret } from "../../support/session-app.ts";
import { newPrefix } from "../redis/redis-clients.ts";
import { realNodes, timeOfDelete, twoServing } from "./real-nodes.ts";

type Clients = Pick<RedisChannelOptions, "publisher" | "subscriber">;
type Connect = (test: TestContext, url: string) => Promise<Clients>;

const MAX_STALE = 30_000;

async function nodeRedis<
  Client extends {
    connect(): Promise<unknown>;
    on(event: "error", heed: () => void): unknown;
    destroy(): void;
  },
>(test: TestContext, make: () => Client): Promise<Client> {
  const client = make();
  client.on("error", () => {});
  test.after(() => client.destroy());
  await client.connect();
  return client;
}

function ioredis<Client extends { on(event: "error", heed: () => void): unknown; disconnect(): void }>(
  test: TestContext,
  client: Client,
): Client {
  client.on("error", () => {});
  test.after(() => client.disconnect());
  return client;
}

const connectRedis6: Connect = async (test, url) => ({
  publisher: await nodeRedis(test, () => createClient({ url })),
  // Connected by the channel, and closed by it.
  subscriber: createClient({ url }),
});

const CLIENTS: Readonly<Record<string, Connect>> = {
  "redis 6": connectRedis6,
  "redis 5": async (test, url) => ({
    publisher: await nodeRedis(test, () => createClient5({ url })),
    subscriber: await nodeRedis(test, () => createClient5({ url })),
  }),
  "ioredis 6": async (test, url) => ({
    publisher: ioredis(test, new Ioredis(url)),
    subscriber: ioredis(test, new Ioredis(url)),
  }),
  "ioredis 5": async (test, url) => ({
    publisher: ioredis(test, new Ioredis5(url)),
    subscriber: ioredis(test, new Ioredis5(url)),
  }),
};

/** A channel for each process, with clients of its own. */
async function channels(count: number, connect: () => Promise<Clients>): Promise<() => InvalidationChannel> {
  const clients = await Promise.all(Array.from({ length: count }, connect));
  return () => redisChannel(clients.pop() ?? assert.fail("too many processes"));
}

const { server, skip } = await found(startRedis);
after(() => server?.stop());

describe("a cached store with a channel over Redis", { skip }, () => {
  for (const [name, connect] of Object.entries(CLIENTS)) {
    it(`revokes without waiting for maxStale, through ${name}`, async (test) => {
      const url = server?.url ?? "";
      const nodes = await realNodes(test, await channels(2, () => connect(test, url)));
      assert.ok((await timeOfDelete(nodes)) < MAX_STALE / 3);
    });
  }

  for (const [name, connect] of Object.entries(CLIENTS)) {
    it(`revokes in maxStale while Redis is away, and at once when it is back, through ${name}`, async (test) => {
      const own = await startRedis();
      test.after(() => own.stop());
      const nodes = await realNodes(test, await channels(2, () => connect(test, own.url)), { maxStale: 400 });
      await own.kill();
      const took = await timeOfDelete(nodes);
      assert.ok(took >= 400 && took < 10_000, `${took} ms`);
      await own.start();
      await nodes.serving();
      await timeOfDelete(nodes);
    });
  }
});

describe("a channel over Redis", () => {
  it("that is closed while its subscriber cannot connect lets go of it", async (test) => {
    const url = "redis://127.0.0.1:1";
    for (const subscriber of [createClient({ url }), createClient5({ url })]) {
      test.after(() => subscriber.isOpen && subscriber.destroy());
      const channel = redisChannel({ publisher: subscriber, subscriber });
      Promise.resolve(channel.subscribe(() => {})).catch(() => undefined);
      assert.equal(subscriber.isOpen, true);
      await channel.close();
      assert.equal(subscriber.isOpen, false);
    }
  });
});

describe("two apps with cached sessions in Redis", { skip }, () => {
  it("accept no session after a revoke has resolved, though the channel's server answers nothing", async (test) => {
    const own = await startRedis();
    test.after(() => own.stop());
    const prefix = newPrefix();
    const store = (): Store => new RedisStore(createClient({ url: server?.url ?? "" }), { prefix });
    const channel = await channels(2, () => connectRedis6(test, own.url));
    const nodes = await realNodes(test, channel, { maxStale: 1_000, store });
    const secret = strongSecret();
    const one = await sessionApp(test, { secret, store: nodes.one, clock: systemClock });
    const two = await sessionApp(test, { secret, store: nodes.two, clock: systemClock });
    await one.act((session) => session.signIn("ada"));
    const browser = browserWith(two, cookieOf(one.agent));
    const userOf = async (): Promise<unknown> => (await two.data(browser)).userId;
    own.freeze();
    assert.equal(await userOf(), "ada");
    let resolved = false;
    const revoking = one.sessions.revokeUser("ada").then(() => {
      resolved = true;
    });
    const accepted: boolean[] = [];
    for (let after = 0; after < 5; ) {
      const began = resolved;
      const user = await userOf();
      if (began) {
        after += 1;
        accepted.push(user !== undefined);
      }
    }
    await revoking;
    own.thaw();
    assert.deepEqual(accepted, [false, false, false, false, false]);
  });
});

describe("a cached store with a channel over a Redis Cluster", async () => {
  const { server: cluster, skip } = await found(startRedisCluster);
  after(() => cluster?.stop());
  const urls = cluster?.urls ?? [];
  const ofNode = (node: number): string => urls[node] ?? "";
  const connections: Readonly<Record<string, (test: TestContext, node: number) => Promise<Clients>>> = {
    "redis 6": async (test, node) => {
      const make = () => createCluster({ rootNodes: [{ url: ofNode(node) }] });
      return { publisher: await nodeRedis(test, make), subscriber: await nodeRedis(test, make) };
    },
    "ioredis 6": async (test, node) => {
      const make = () => ioredis(test, new IoredisCluster([ofNode(node)]));
      return { publisher: make(), subscriber: make() };
    },
  };
  for (const [name, connect] of Object.entries(connections)) {
    it(`revokes without waiting for maxStale, through ${name}`, { skip }, async (test) => {
      let node = 0;
      const nodes = await realNodes(test, await channels(2, () => connect(test, node++)));
      assert.ok((await timeOfDelete(nodes)) < MAX_STALE / 3);
    });
  }
});

describe("a cached RedisStore in two processes, with a channel over Redis", { skip }, () => {
  const open = async (): Promise<ConformanceSubject> => {
    const prefix = newPrefix();
    const start = (): [Store, InvalidationChannel] => {
      const client = createClient({ url: server?.url ?? "" });
      const channel = redisChannel({ publisher: client, subscriber: client.duplicate(), name: prefix });
      return [new RedisStore(client, { prefix }), channel];
    };
    return { ...(await twoServing(start)), expiresByItself: true };
  };
  for (const { name, run } of storeConformance(open)) it(name, run);
});
