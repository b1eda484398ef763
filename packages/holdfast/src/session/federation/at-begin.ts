/**
 * A session that an OpenID Provider vouches for, as it begins and as it moves to another key: never in the store without
 * being found by a logout at the provider.
 *
 * @module
 */
import { type Awaitable, attempt } from "../../awaitable.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import type { RecordHeader } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import type { NotCreated } from "../record/record-writes.ts";
import type { Provider } from "./provider.ts";

/**
 * Stores a session. `"revoked"`: it was logged out at the provider, before or meanwhile, and nothing is left of it.
 *
 * @throws {HoldfastError} what `ProviderIndex.enter` and `create` throw; nothing is left then that anybody has the id of
 */
export async function createEntered(
  core: Core,
  provider: Provider,
  { user, endsAt }: RecordHeader,
  { handle, keyId }: Credential,
  reporter: Reporter,
  create: () => Awaitable<Live | NotCreated>,
): Promise<Live | NotCreated> {
  const { providers, records, clock } = core;
  // Only users are vouched for.
  if (user === null) return create();
  if (!(await providers.enter({ provider, user, endsAt }, keyId, reporter))) return "revoked";
  const outcome = await create();
  if (typeof outcome === "string") return outcome;
  const remove = (): Awaitable<boolean> => records.remove(handle, clock.now(), reporter);
  try {
    if (!(await providers.isLoggedOut(provider, keyId, reporter))) return outcome;
  } catch (error) {
    await attempt(remove, () => false);
    throw error;
  }
  await remove();
  return "revoked";
}

/** Before a session's record moves to the key `keyId`. False where it must not, for it was logged out meanwhile. */
export function mayMove(
  { providers }: Core,
  { provider, user, endsAt }: RecordHeader,
  keyId: string,
  reporter: Reporter,
): Awaitable<boolean> {
  if (provider === undefined || user === null) return true;
  return providers.enter({ provider, user, endsAt }, keyId, reporter);
}
