import { type Duration, parseTimeout } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import { checkOptionNames, wholeNumber } from "../../option-checks.ts";

/** How many replicas must have a change before it counts. */
export interface RedisDurability {
  /** At least 1. */
  readonly replicas: number;
  /** How long they have to say so. Default 100 ms. Other commands on the connection wait meanwhile. */
  readonly timeout?: Duration | undefined;
}

/** Options of `RedisStore`. */
export interface RedisStoreOptions {
  /**
   * What every key begins with. Default `"holdfast:"`. Stores with different prefixes do not see each other's sessions.
   */
  readonly prefix?: string | undefined;
  /**
   * Lets a change count only once so many replicas have it (Redis's `WAIT`); one that they do not have in time fails
   * with `ERR_HOLDFAST_STORE_UNAVAILABLE`, though the server has made it. Default: a change counts once the server
   * has made it.
   *
   * A failover then forgets less, but may still forget: nothing keeps a replica without the change from being chosen.
   */
  readonly durable?: RedisDurability | undefined;
  /** How long `open` waits for the server. Default 5 seconds. */
  readonly connectTimeout?: Duration | undefined;
  /**
   * Told, in a sentence for the log, that the server may evict sessions (`maxmemory-policy`). Default: a process
   * warning of type `HoldfastWarning`.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The options, checked, with their defaults. */
export interface RedisSettings {
  readonly prefix: string;
  readonly durable: { readonly replicas: number; readonly timeout: number } | undefined;
  readonly connectTimeout: number;
  readonly onWarning: (message: string) => void;
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function redisSettings(options: RedisStoreOptions): RedisSettings {
  checkOptionNames("RedisStore", options, ["prefix", "durable", "connectTimeout", "onWarning"]);
  const { prefix = "holdfast:", durable, connectTimeout = 5_000, onWarning = processWarning } = options;
  // Braces would decide which server of a cluster has a key.
  if (typeof prefix !== "string" || !/^[^{}\s]{1,100}$/.test(prefix)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "RedisStore: `prefix` must be 1 to 100 characters, without spaces and braces.",
    );
  }
  if (typeof onWarning !== "function") {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "RedisStore: `onWarning` must be a function.");
  }
  return {
    prefix,
    durable: durable === undefined ? undefined : durability(durable),
    connectTimeout: parseTimeout(connectTimeout, "connectTimeout"),
    onWarning,
  };
}

function durability(durable: RedisDurability): { readonly replicas: number; readonly timeout: number } {
  checkOptionNames("RedisStore `durable`", durable, ["replicas", "timeout"]);
  return {
    replicas: wholeNumber("RedisStore `durable`", "replicas", durable.replicas, 1),
    timeout: parseTimeout(durable.timeout ?? 100, "timeout"),
  };
}

function processWarning(message: string): void {
  process.emitWarning(message, { type: "HoldfastWarning", code: "HOLDFAST_REDIS_EVICTION" });
}
