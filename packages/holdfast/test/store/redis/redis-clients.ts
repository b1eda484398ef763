import type { TestContext } from "node:test";
import { Cluster, Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import { createClient, createCluster } from "redis";
import { createClient as createClient5 } from "redis5";
import { RedisStore, type RedisStoreClient, type RedisStoreOptions } from "../../../src/store/redis.ts";

/** A client, and what ends it whatever state it is in. */
export interface OwnClient {
  readonly client: RedisStoreClient;
  readonly end: () => void;
}

export type MakeClient = (url: string) => OwnClient;

/** Each client library a store can use, on a single server. */
export const singleClients: Readonly<Record<string, MakeClient>> = {
  "redis 6": (url) => {
    const client = createClient({ url });
    return { client, end: () => client.isOpen && client.destroy() };
  },
  "ioredis 6": (url) => {
    const client = new Redis(url);
    return { client, end: () => client.disconnect() };
  },
  "redis 5": (url) => {
    const client = createClient5({ url });
    return { client, end: () => client.isOpen && client.destroy() };
  },
  "ioredis 5": (url) => {
    const client = new Redis5(url, { lazyConnect: true });
    return { client, end: () => client.disconnect() };
  },
};

/** The same on a cluster; `url` is that of any of its nodes. */
export const clusterClients: Readonly<Record<string, MakeClient>> = {
  "a cluster client of redis 6": (url) => {
    const client = createCluster({ rootNodes: [{ url }] });
    return { client, end: () => client.isOpen && client.destroy() };
  },
  "a cluster client of ioredis 6": (url) => {
    const client = new Cluster([url]);
    return { client, end: () => client.disconnect() };
  },
};

/** True for a client that connects by itself, as those of ioredis do unless told otherwise. */
export function isConnecting(client: RedisStoreClient): boolean {
  return "status" in client && client.status !== "wait";
}

let prefixes = 0;

/** A prefix that no other test of this process uses, nor any of another. */
export function newPrefix(): string {
  prefixes += 1;
  return `test-${process.pid}-${prefixes}:`;
}

/** A store, and what closes it with its client. */
export function ownStore(
  make: MakeClient,
  url: string,
  options: RedisStoreOptions,
): RedisStore & { end(): void } {
  const { client, end } = make(url);
  return Object.assign(new RedisStore(client, options), { end });
}

/** A store on a server, closed after the test. Default client: that of redis 6. */
export function storeFor(
  test: TestContext,
  url: string,
  options: RedisStoreOptions = {},
  make: MakeClient | undefined = singleClients["redis 6"],
): RedisStore {
  if (make === undefined) throw new Error("no such client");
  const store = ownStore(make, url, { prefix: newPrefix(), ...options });
  test.after(async () => {
    await store.close();
    store.end();
  });
  return store;
}

/** A client for looking at the server from outside. */
export function adminFor(test: TestContext, url: string): Redis {
  const admin = new Redis(url);
  test.after(() => admin.disconnect());
  return admin;
}
