import { HoldfastError, type HoldfastErrorCode } from "../../errors.ts";
import { plainCause } from "../../plain-cause.ts";

/** What a server's error means, by the first word of its text. */
const MEANING: Readonly<Record<string, readonly [code: HoldfastErrorCode, message: string]>> = {
  OOM: [
    "ERR_HOLDFAST_STORE_FULL",
    "Redis has no memory left: it is at `maxmemory`. Give it more, or wait until sessions have expired.",
  ],
  NOAUTH: ["ERR_HOLDFAST_STORE_REFUSED", "Redis wants a password. Give one to the client."],
  WRONGPASS: ["ERR_HOLDFAST_STORE_REFUSED", "Redis refused the user or the password given to the client."],
  NOPERM: [
    "ERR_HOLDFAST_STORE_REFUSED",
    "Redis does not permit its user what the session store needs. The guide lists it, as a rule for `ACL SETUSER`.",
  ],
  READONLY: [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "Redis answered as a read-only replica. Connect to the master, or through Sentinel or a cluster client.",
  ],
  LOADING: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "Redis is loading its data. Try again in a moment."],
  BUSY: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "Redis is busy with a long script. Try again in a moment."],
  MISCONF: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "Redis takes no writes: it cannot save its data to disk."],
  NOREPLICAS: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "Redis takes no writes: it has too few replicas."],
  MASTERDOWN: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "Redis has lost its master. Try again in a moment."],
  CLUSTERDOWN: [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "The Redis Cluster is down, or not whole. Try again in a moment.",
  ],
  TRYAGAIN: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "The Redis Cluster is moving keys. Try again in a moment."],
  MOVED: [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "The server belongs to a Redis Cluster. Use createCluster() of redis, or Cluster of ioredis.",
  ],
  CROSSSLOT: [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "The server belongs to a Redis Cluster. Use createCluster() of redis, or Cluster of ioredis.",
  ],
  WRONGTYPE: [
    "ERR_HOLDFAST_STORE_CORRUPT",
    "A key under the store's prefix holds something else. Remove it, or use another prefix.",
  ],
};

/** The first word of a server's error, such as `"OOM"`; `""` for anything else. */
export function redisErrorName(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { message } = error;
  // What a script is not permitted has no first word of its own.
  if (/^ERR The user executing the script can't /.test(message)) return "NOPERM";
  const [, name = ""] = /^-?([A-Z]{3,})\b/.exec(message) ?? [];
  return name;
}

/** The error to throw for whatever a client threw; its `cause` is what is safe to show of that. */
export function storeFailure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const [code, message] = MEANING[redisErrorName(error)] ?? [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "Redis did not answer. Try again in a moment.",
  ];
  return new HoldfastError(code, message, { cause: plainCause(error) });
}
