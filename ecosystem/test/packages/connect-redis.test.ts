import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { RedisStore } from "connect-redis";
import { createClient } from "redis";
import { found, startRedis } from "test-servers";
import { across } from "../../src/across.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

const { server, skip } = await found(startRedis);
const client = server && (await createClient({ url: server.url }).connect());
after(async () => {
  client?.destroy();
  await server?.stop();
});

across({ name: "connect-redis", beside: ["redis"], seen: "a Redis server", skip }, (setting, { holds }) => {
  sayOfStore(setting, { holds }, () => {
    const prefix = `${randomUUID()}:`;
    return { open: () => new RedisStore({ client, prefix }), remove: () => undefined };
  });
});
