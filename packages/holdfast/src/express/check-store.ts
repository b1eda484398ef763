import { HoldfastError } from "../errors.ts";
import type { KeyProvider } from "../keys/provider.ts";
import type { Policy } from "../session/policy.ts";
import type { StoreCapabilities, StoreLack } from "../store/contract.ts";

/**
 * That the store can do what the options need of it: said at start, not at somebody's sign-in.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT`
 */
export function checkStoreCan(
  { lacks }: StoreCapabilities,
  { userLimit }: Policy,
  { inStore }: KeyProvider,
): void {
  const can = (need: StoreLack): boolean => !lacks.includes(need);
  if (userLimit !== undefined && !can("limits")) {
    throw cannot("`maxSessions` needs a store that keeps a limit of sessions per user. Leave it out");
  }
  if (inStore === true && !can("values")) {
    throw cannot(
      "storedKeys() as `secret` needs a store that keeps keys. Give the secrets themselves, or keyFile()",
    );
  }
}

function cannot(what: string): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_CANNOT",
    `${what}, or use another store: docs/guide/stores.md says which can.`,
  );
}
