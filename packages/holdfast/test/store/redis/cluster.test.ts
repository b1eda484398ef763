import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
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
