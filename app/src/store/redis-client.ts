import { createClient, createCluster } from "redis";
import type { Log } from "../log.ts";

/** A server that does not answer for so long is not there. */
const CONNECT_MS = 3_000;
/** The longest pause before another try to get a lost connection back. */
const RETRY_MS = 2_000;

interface Hooks {
  readonly log: Log;
  /** False at the start: then the first failure is the answer, instead of being tried again and again. */
  readonly started: () => boolean;
}

/** A client for one server, not yet connected. */
export function redisClient(url: string, hooks: Hooks): ReturnType<typeof createClient> {
  return heard(createClient({ url, socket: socketOptions(hooks), disableOfflineQueue: true }), hooks);
}

/** A client for a Redis Cluster, not yet connected. */
export function redisClusterClient(
  urls: readonly [string, ...string[]],
  hooks: Hooks,
): ReturnType<typeof createCluster> {
  const { username, password, protocol } = new URL(urls[0]);
  const tls = protocol === "rediss:" ? { tls: true as const } : {};
  // The other nodes are found by asking these, and want the same credentials.
  const defaults = {
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
    socket: { ...socketOptions(hooks), ...tls },
    disableOfflineQueue: true,
  };
  return heard(createCluster({ rootNodes: urls.map((url) => ({ url })), defaults }), hooks);
}

function socketOptions({ started }: Hooks) {
  return {
    connectTimeout: CONNECT_MS,
    reconnectStrategy: (retries: number, cause: Error): number | Error =>
      started() ? Math.min(50 * 2 ** retries, RETRY_MS) : cause,
  };
}

interface Emitter {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** At the start whoever waits for the connection hears of it; later nobody else would. */
function heard<Client extends Emitter>(client: Client, { log, started }: Hooks): Client {
  client.on("error", (error) => {
    if (started()) log.warn("the connection to Redis failed", { error: error.message });
  });
  return client;
}
