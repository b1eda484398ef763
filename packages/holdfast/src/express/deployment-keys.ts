/**
 * The keys of a deployment: from the `secret` option to a ring that is kept up to date.
 *
 * @module
 */
import type { Random } from "../crypto/random.ts";
import { HoldfastError } from "../errors.ts";
import { developmentSecret } from "../keys/development-key.ts";
import { fixedKeys } from "../keys/fixed-keys.ts";
import { KeyKeeper } from "../keys/keeper.ts";
import { isKeyProvider, type KeyProvider } from "../keys/provider.ts";
import { MOST_KEYS } from "../keys/schedule.ts";
import { checkSecrets } from "../keys/secrets.ts";
import type { Core } from "../session/core.ts";
import type { Reporter } from "../session/events.ts";
import { KeyOperations } from "../session/key-operations.ts";
import type { Store } from "../store/contract.ts";

/** What tells an operator a thing once. */
type Warn = (topic: string, message: string) => void;

/** Where the keys come from. @throws {HoldfastError} for secrets that are missing or weak */
export function providerOf(secret: unknown, production: boolean, random: Random, warn: Warn): KeyProvider {
  if (isKeyProvider(secret)) return secret;
  if (secret !== undefined || production) return fixedKeys(checkSecrets(secret));
  const announce = (message: string): void => warn("development key", message);
  return fixedKeys([developmentSecret({ random, announce })]);
}

/** What {@link keepKeys} needs beside the deployment's core. */
export interface KeySetup {
  readonly provider: KeyProvider;
  readonly store: Store<unknown>;
  readonly random: Random;
  readonly timeout: number;
  readonly warn: Warn;
  /** For what happens outside any request. */
  readonly reporter: Reporter;
}

/**
 * Loads the ring of `core`, and keeps it as the provider has it.
 *
 * @throws {HoldfastError} what is wrong with keys that come at once; `ERR_HOLDFAST_LIMITS` if so many would be needed
 * at the same time that every look for a user would be slow
 */
export function keepKeys(
  core: Core,
  { provider, store, random, timeout, warn, reporter }: KeySetup,
): { readonly keeper: KeyKeeper; readonly operations: KeyOperations } {
  const { keys, credentials, clock, policy } = core;
  const longestLife = policy.absolute;
  checkNumber(provider, longestLife);
  const now = (): number => clock.now();
  const keeper = new KeyKeeper(keys, provider, provider.connect({ store, random, now }), {
    now,
    random,
    longestLife,
    timeout,
    notices: {
      rotated: (key, previous) => reporter.report("key_rotated", { key, previous }),
      revoked: (key) => {
        reporter.report("key_revoked", { key });
        operations.learnOfRevocation(key);
      },
      retired: (key) => reporter.report("key_retired", { key }),
      failed: (error) => {
        reporter.report("key_refresh_failed", { error });
        warn("keys", `The session keys could not be refreshed; those known go on. ${told(error)}`);
      },
    },
  });
  const operations = new KeyOperations(core, keeper, reporter);
  keys.watch({ changed: () => credentials.forgetStrangers(), missed: () => keeper.learn() });
  return { keeper, operations };
}

function checkNumber({ rotation }: KeyProvider, longestLife: number): void {
  if (rotation === null) return;
  const { every, propagation } = rotation;
  // Half of what there may be, to leave room for rotations by hand.
  if ((longestLife + propagation) / every + 2 <= MOST_KEYS / 2) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_LIMITS",
    "Keys are to be rotated so often, and sessions to live so long, that more than 32 keys would be needed at once. " +
      "Raise `rotate` or lower `absolute`.",
  );
}

// What a vault's client says may hold anything; the event has it.
function told(error: unknown): string {
  return error instanceof HoldfastError ? error.message : "The event key_refresh_failed has the error.";
}
