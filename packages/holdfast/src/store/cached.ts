/**
 * Sessions read from memory for a moment, over a store across a network.
 *
 * ```ts
 * import { cached, redisChannel } from "holdfast/store/cached";
 * ```
 *
 * @module
 */
import { CachedStore } from "./cached/cached-store.ts";
import { type CachedOptions, cachedSettings } from "./cached/options.ts";
import { systemTools } from "./cached/tools.ts";
import type { Store } from "./contract.ts";

export type { CachedStore, CacheState } from "./cached/cached-store.ts";
export type { InvalidationChannel } from "./cached/channel.ts";
export type { CachedOptions } from "./cached/options.ts";
export { type PostgresChannelOptions, postgresChannel } from "./cached/postgres-channel.ts";
export { type RedisChannelOptions, redisChannel } from "./cached/redis-channel.ts";

/**
 * The same store, with the sessions that a process has read in the last moments kept in its memory.
 *
 * All promises hold: a change is answered once no process serves any more what was before it. Each process that caches
 * acknowledges it, or the process that changes waits until what the other remembers is too old to be served, `maxStale`
 * at most. So **every process that changes sessions on the store must use it through `cached()`**; what another one
 * revokes may be served for `maxStale`.
 *
 * Worth it where sessions are read much more often than written, and by the same process several times within
 * `maxStale`. Each change costs a round trip on the channel for each process.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION`
 *
 * @example
 * ```ts
 * const channel = redisChannel({ publisher: client, subscriber: client.duplicate() });
 * app.use(session({ secret, store: cached(new RedisStore(client), { channel }) }));
 * ```
 */
export function cached(store: Store, options: CachedOptions): CachedStore {
  return new CachedStore(store, cachedSettings(store, options), systemTools);
}
