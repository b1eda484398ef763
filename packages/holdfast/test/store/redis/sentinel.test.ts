import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { found, type RedisSentinel, startRedis, startRedisSentinel } from "test-servers";
import { RedisStore, type RedisStoreClient } from "../../../src/store/redis.ts";
import { NOW, newHandle, newUser, record } from "../records.ts";

const { server, skip } = await found(startRedis);
await server?.stop();

const clients: Record<string, (test: TestContext, servers: RedisSentinel) => RedisStoreClient> = {
  "redis 6": (test, { name, port }) => {
    const client = createSentinel({
      name,
      sentinelRootNodes: [{ host: "127.0.0.1", port }],
      scanInterval: 100,
    });
    test.after(() => client.isOpen && client.destroy());
    return client;
  },
  "ioredis 6": (test, { name, port }) => {
    const client = new Redis({
      sentinels: [{ host: "127.0.0.1", port }],
      name,
      sentinelRetryStrategy: () => 50,
    });
    test.after(() => client.disconnect());
    return client;
  },
};

describe("a Redis store behind Sentinel", { skip }, () => {
  for (const [name, connect] of Object.entries(clients)) {
    it(`with ${name} follows a failover, with what had reached the replica`, async (test) => {
      const servers = await startRedisSentinel();
      test.after(() => servers.stop());
      const store = new RedisStore(connect(test, servers), { durable: { replicas: 1, timeout: "500ms" } });
      test.after(() => store.close());
      // From here on there is a replica.
      await inTime(() => store.create(newHandle(), record(), NOW));
      const [kept, revoked, user] = [newHandle(), newHandle(), newUser()];
      assert.equal(await store.create(kept, record(), NOW), "created");
      await store.create(revoked, record({ user }), NOW);
      assert.equal(await store.deleteUser([user], NOW), 1);
      await servers.master.kill();
      const reader = new RedisStore(connect(test, servers));
      test.after(() => reader.close());
      assert.ok(await inTime(async () => (await reader.read(kept, NOW)) ?? assert.fail("it is gone")));
      assert.equal(await inTime(() => store.read(revoked, NOW)), null);
      assert.equal(await inTime(() => reader.update(kept, 1, record(), NOW)), true);
    });
  }
});

/** Asks until there is an answer: at first the replica has nothing, later the clients look for their master. */
async function inTime<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 300) throw error;
      await delay(20);
    }
  }
}
