import { RedisStore, type RedisStoreClient } from "holdfast/store/redis";
import { createClient, createCluster } from "redis";
import { startRedis, startRedisCluster } from "test-servers";
import { realRecords } from "../records.ts";
import type { Subject } from "./subject.ts";

const RECORDS = 200;
/** How many records the plain commands are spread over. */
const PLAIN_KEYS = 5_000;

/** One server, started for this. */
export async function redisSubject(address: string | undefined): Promise<Subject> {
  const server = address === undefined ? await startRedis() : undefined;
  const url = address ?? server?.url ?? "";
  return redisSubjectOn([url], await createClient({ url }).connect(), url, () => server?.stop());
}

/** Three servers, started for this; `address`: theirs, with commas between. */
export async function redisClusterSubject(address: string | undefined): Promise<Subject> {
  const cluster = address === undefined ? await startRedisCluster() : undefined;
  const urls = address?.split(",") ?? cluster?.urls ?? [];
  const client = await createCluster({ rootNodes: urls.map((url) => ({ url })) }).connect();
  return redisSubjectOn(urls, client, urls.join(","), () => cluster?.stop());
}

async function redisSubjectOn(
  urls: readonly string[],
  client: Client,
  address: string,
  stop: () => Promise<void> | undefined,
): Promise<Subject> {
  const store = new RedisStore(client);
  await store.open();
  const servers = await Promise.all(urls.map((url) => createClient({ url }).connect()));
  const records = await realRecords(RECORDS);
  const [some] = records;
  if (some === undefined) throw new Error("there are no records");
  const number = async (section: string, ...fields: readonly string[]): Promise<number[]> => {
    const infos = await Promise.all(servers.map((server) => server.info(section)));
    return infos.map((info) =>
      fields.reduce(
        (sum, field) => sum + Number(new RegExp(`^${field}:([\\d.]+)`, "m").exec(info)?.[1] ?? 0),
        0,
      ),
    );
  };
  const used = async (): Promise<number> =>
    (await number("memory", "used_memory")).reduce((sum, bytes) => sum + bytes);
  const before = await used();
  let next = 0;
  let keys: readonly string[] | undefined;
  return {
    store,
    address,
    record: (user) => ({ ...(records[next++ % RECORDS] ?? some), user }),
    bytes: async () => (await used()) - before,
    serverTime: async () =>
      (await number("cpu", "used_cpu_user_main_thread", "used_cpu_sys_main_thread")).map(
        (seconds) => seconds * 1e6,
      ),
    baseline: {
      name: "GET of a record",
      run: async () => {
        keys ??= await someKeys(servers);
        return client.get(keys[Math.floor(Math.random() * keys.length)] ?? "");
      },
    },
    close: async () => {
      await store.close();
      for (const server of servers) server.destroy();
      client.destroy();
      await stop();
    },
  };
}

/** What both kinds of client have. */
type Client = RedisStoreClient & {
  get(key: string): Promise<unknown>;
  destroy(): unknown;
};

/** Keys of records, in the order in which the servers happen to have them, which is none. */
async function someKeys(servers: readonly Server[]): Promise<string[]> {
  const found = await Promise.all(
    servers.map(async (server) => {
      const keys: string[] = [];
      for await (const batch of server.scanIterator({ MATCH: "holdfast:s:*", COUNT: 1000 })) {
        keys.push(...batch);
        if (keys.length * servers.length >= PLAIN_KEYS) break;
      }
      return keys;
    }),
  );
  return found.flat();
}

interface Server {
  scanIterator(options: { MATCH: string; COUNT: number }): AsyncIterable<string[]>;
}
