import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClient } from "redis";
import { createCluster as createCluster5 } from "redis5";
import { found, startRedisCluster } from "test-servers";
import { RedisStore } from "../../../src/store/redis.ts";
import { storeConformance } from "../../../src/testing/store-conformance.ts";
import { NOW, newHandle, record } from "../records.ts";
import { clusterClients, isConnecting, newPrefix, ownStore } from "./redis-clients.ts";

const { server: cluster, skip } = await found(startRedisCluster);
const url = cluster?.urls[0] ?? "";
after(() => cluster?.stop());

for (const [name, make] of Object.entries(clusterClients)) {
  describe(`the Redis store with ${name}, on three nodes`, { skip }, () => {
    const [one, two] = [make(url), make(url)];
    before(async () => {
      for (const { client } of [one, two]) if (!isConnecting(client)) await client.connect();
    });
    after(() => {
      one.end();
      two.end();
    });
    const open = () => {
      const prefix = newPrefix();
      const store = ownStore(() => one, url, { prefix });
      const reopen = () => ownStore(() => two, url, { prefix });
      return { store, reopen, close: () => store.close(), expiresByItself: true };
    };
    for (const { name: sentence, run } of storeConformance(open)) it(sentence, run);
  });
}

describe("the Redis store with a client for one server, on a node of a cluster", { skip }, () => {
  it("does not open, whichever node and key it meets first", async () => {
    for (const { url } of cluster?.nodes ?? []) {
      for (let tries = 0; tries < 30; tries++) {
        const store = new RedisStore(createClient({ url }));
        await assert.rejects(async () => store.open(), /belongs to a Redis Cluster/);
        await store.close();
      }
    }
  });
});

describe("the Redis store with a cluster client of redis 5", { skip }, () => {
  it("connects it, and waits until it knows the servers", async (test) => {
    const client = createCluster5({ rootNodes: [{ url }] });
    test.after(() => client.isOpen && client.destroy());
    const store = new RedisStore(client, { prefix: newPrefix() });
    const handle = newHandle();
    assert.equal(await store.create(handle, record(), NOW), "created");
    assert.ok(await store.read(handle, NOW));
    await store.close();
    assert.equal(client.isOpen, false);
  });
});
