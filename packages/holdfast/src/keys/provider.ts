/**
 * Where keys come from when they do not stand in the environment.
 *
 * @module
 */
import type { Awaitable } from "../awaitable.ts";
import type { Random } from "../crypto/random.ts";
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import type { Store } from "../store/contract.ts";
import type { KeyEntry, KeyRotation } from "./schedule.ts";

/** Keys as a source has them. */
export interface VersionedKeys {
  /** Newest first. */
  readonly keys: readonly KeyEntry[];
  /** Handed back to {@link KeySource.write}; means nothing to anybody else. */
  readonly version: unknown;
}

/** A place where keys are kept. */
export interface KeySource {
  /** All keys, or `null` if there are none yet. Rejects if it cannot tell: `null` makes a first key. */
  read(): Awaitable<VersionedKeys | null>;
  /**
   * Replaces all keys if their version is still `version` (`null`: there are none yet); false if it is not, and nothing
   * is changed. Left out where keys are made elsewhere.
   */
  write?(keys: readonly KeyEntry[], version: unknown): Awaitable<boolean>;
}

/** What a provider may use. */
export interface KeyTools {
  /** The deployment's session store. */
  readonly store: Pick<Store<unknown>, "readValue" | "writeValue">;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the `secret` option takes instead of secrets: `keyFile()`, `storedKeys()`, `keysFrom()`, or your own. */
export interface KeyProvider {
  /** `null`: keys are made elsewhere, and only used here. */
  readonly rotation: KeyRotation | null;
  /** How often a process looks for keys that others have made, in milliseconds. */
  readonly refresh: number;
  /** True if the keys are in the session store, which must then be one that keeps values. Default false. */
  readonly inStore?: boolean | undefined;
  connect(tools: KeyTools): KeySource;
}

/** Options of the providers that rotate by themselves. */
export interface RotationOptions {
  /** How long a key signs before the next one does. Default `"30d"`. */
  readonly rotate?: Duration | undefined;
  /**
   * How long a key is known before it signs, so that all processes have learnt of it; also how far their clocks may be
   * apart. Default `"1h"`.
   */
  readonly propagation?: Duration | undefined;
  /** How often a process looks for what others have changed. Default `"1m"`, or `propagation` if that is shorter. */
  readonly refresh?: Duration | undefined;
}

/** The names of {@link RotationOptions}. */
export const ROTATION_NAMES: readonly string[] = ["rotate", "propagation", "refresh"];

/**
 * The options, checked.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, `ERR_HOLDFAST_LIMITS`
 */
export function rotationOf(
  provider: string,
  { rotate = "30d", propagation = "1h", refresh }: RotationOptions,
): KeyRotation & { readonly refresh: number } {
  const every = parseDuration(rotate, `${provider}: rotate`);
  const window = parseDuration(propagation, `${provider}: propagation`);
  const period = refreshOf(provider, refresh ?? Math.min(60_000, window));
  if (period > window) {
    throw new HoldfastError(
      "ERR_HOLDFAST_LIMITS",
      `${provider}: \`refresh\` is longer than \`propagation\`: a key would sign before all processes know it.`,
    );
  }
  if (window >= every) {
    throw new HoldfastError(
      "ERR_HOLDFAST_LIMITS",
      `${provider}: \`propagation\` must be shorter than \`rotate\`.`,
    );
  }
  return { every, propagation: window, refresh: period };
}

/** @throws {HoldfastError} `ERR_HOLDFAST_DURATION` */
export function refreshOf(provider: string, refresh: Duration): number {
  const period = parseDuration(refresh, `${provider}: refresh`);
  if (period >= 1_000) return period;
  throw new HoldfastError("ERR_HOLDFAST_DURATION", `${provider}: \`refresh\` must be at least a second.`);
}

export function isKeyProvider(value: unknown): value is KeyProvider {
  if (typeof value !== "object" || value === null) return false;
  return "connect" in value && typeof value.connect === "function" && "rotation" in value;
}
