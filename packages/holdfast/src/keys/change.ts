import { type Awaitable, chain } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import type { KeySource } from "./provider.ts";
import type { KeyEntry } from "./schedule.ts";

const MOST_TRIES = 20;

/**
 * The keys of a source after `change`, which runs again on what it finds if another process was faster. Writes nothing
 * if `change` returns what it was given.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_KEYS_UNAVAILABLE` if others are faster again and again; what the source throws
 */
export function changeKeys(
  source: KeySource,
  change: (keys: readonly KeyEntry[]) => readonly KeyEntry[],
  triesLeft: number = MOST_TRIES,
): Awaitable<readonly KeyEntry[]> {
  return chain(source.read(), (found) => {
    const before = found?.keys ?? [];
    const after = change(before);
    if (after === before || source.write === undefined) return before;
    return chain(source.write(after, found?.version ?? null), (written) => {
      if (written) return after;
      if (triesLeft > 0) return changeKeys(source, change, triesLeft - 1);
      throw new HoldfastError(
        "ERR_HOLDFAST_KEYS_UNAVAILABLE",
        "The session keys could not be changed: another process changes them again and again.",
      );
    });
  });
}
