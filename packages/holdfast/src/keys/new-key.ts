import type { Random } from "../crypto/random.ts";
import { keyIdOf } from "./key.ts";
import type { KeyEntry, NewKey } from "./schedule.ts";
import { newSecret } from "./secrets.ts";

/** A key with an id that none of `entries` has, and that no command line takes for an option. */
export function makeKey(entries: readonly KeyEntry[], random: Random): NewKey {
  for (;;) {
    const secret = newSecret(random);
    const id = keyIdOf(secret);
    if (!id.startsWith("-") && !entries.some((entry) => entry.id === id)) return { id, secret };
  }
}
