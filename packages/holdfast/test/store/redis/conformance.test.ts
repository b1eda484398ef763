import { after, before, describe, it } from "node:test";
import { found, startRedis } from "test-servers";
import { storeConformance } from "../../../src/testing/store-conformance.ts";
import { isConnecting, newPrefix, ownStore, singleClients } from "./redis-clients.ts";

const given = process.env.REDIS_URL;
const { server, skip } = given === undefined ? await found(startRedis) : { server: undefined, skip: false };
const url = given ?? server?.url ?? "";
after(() => server?.stop());

for (const [name, make] of Object.entries(singleClients)) {
  describe(`the Redis store with ${name}`, { skip }, () => {
    const [one, two] = [make(url), make(url)];
    // A client that a store connects is closed with that store.
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
