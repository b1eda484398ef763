import { after, before, describe, it } from "node:test";
import { found, startRedisCluster } from "test-servers";
import { storeConformance } from "../../../src/testing/store-conformance.ts";
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
