import { cached, redisChannel } from "holdfast/store/cached";
import { RedisStore } from "holdfast/store/redis";
import { createClient } from "redis";

/** A store on this Redis server without a cache, and one with. */
export async function openStores(url: string) {
  // The client's own timer for each command would cost more than the rest of a read, and flatter the cache.
  const client = createClient({ url, commandOptions: { timeout: 0 } });
  await client.connect();
  const subscriber = client.duplicate();
  const plain = new RedisStore(client);
  const cache = cached(new RedisStore(client), {
    channel: redisChannel({ publisher: client, subscriber }),
    maxStale: "1m",
  });
  await cache.open();
  while (!cache.state.serving) await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    plain,
    cache,
    async close(): Promise<void> {
      await cache.close();
      await plain.close();
      if (client.isOpen) client.destroy();
    },
  };
}
