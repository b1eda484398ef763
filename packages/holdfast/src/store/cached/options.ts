import { type Duration, formatDuration, parseDuration } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import { hasMethods } from "../../has-methods.ts";
import { checkOptionNames, wholeNumber } from "../../option-checks.ts";
import type { Store } from "../contract.ts";
import type { InvalidationChannel } from "./channel.ts";
import type { Bounds } from "./entries.ts";
import { LONGEST_STALE } from "./member-list.ts";

/** Options of `cached()`. */
export interface CachedOptions {
  /** What the processes tell each other of changes through: `redisChannel(…)` or `postgresChannel(…)`. */
  readonly channel: InvalidationChannel;
  /**
   * How long a process may serve what it has read, in milliseconds or as a string. Default `"2s"`, at most `"1m"`. So
   * long a change takes at most, a revoke among them, where a process does not acknowledge it: because it has crashed,
   * or the channel is down. The same in all processes.
   */
  readonly maxStale?: Duration | undefined;
  /** How many sessions to remember at most. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /** How much memory they may take, roughly, in bytes. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
}

/** The options, checked, with their defaults. */
export interface CachedSettings extends Bounds {
  readonly channel: InvalidationChannel;
  /** How long a process counts as there after it has said so, in milliseconds. */
  readonly lease: number;
}

const OWNER = "cached()";
const LEASE = 6_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function cachedSettings(store: Store, options: CachedOptions): CachedSettings {
  const known = ["channel", "maxStale", "maxEntries", "maxBytes"];
  checkOptionNames(OWNER, options, known);
  checkStore(store);
  const { channel, maxEntries = 10_000, maxBytes = 16 * 1024 * 1024 } = options;
  if (!isChannel(channel)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      `${OWNER}: \`channel\` must be what redisChannel() or postgresChannel() returns. Without one every change would ` +
        "wait for `maxStale`.",
    );
  }
  const maxStale = parseDuration(options.maxStale ?? 2_000, "maxStale");
  if (maxStale > LONGEST_STALE) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      `${OWNER}: \`maxStale\` cannot be longer than ${formatDuration(LONGEST_STALE)}: a revoke may have to wait for it.`,
    );
  }
  return {
    channel,
    maxStale,
    lease: LEASE,
    maxEntries: wholeNumber(OWNER, "maxEntries", maxEntries, 1),
    maxBytes: wholeNumber(OWNER, "maxBytes", maxBytes, 1),
  };
}

function checkStore(store: Store): void {
  const capabilities: Partial<Store["capabilities"]> | undefined = store?.capabilities;
  if (capabilities?.location !== "shared") {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      `${OWNER} is for a store across a network, which this is not: there is nothing to be saved.`,
    );
  }
  if (capabilities.lacks?.includes("values") === true) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      `${OWNER} keeps the list of processes in the store's values, and this store has none (\`lacks: ["values"]\`).`,
    );
  }
}

function isChannel(value: unknown): value is InvalidationChannel {
  return hasMethods(value, "publish", "subscribe", "close");
}
