/**
 * Ending sessions because they have ended at the OpenID Provider that vouched for their user.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import type { KeyKeeper } from "../../keys/keeper.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { endOtherSide } from "../legacy.ts";
import { isEndedBy, type ProviderLogout } from "./provider.ts";

/**
 * Ends the sessions of a logout. Once it has resolved no process accepts them, and no sign-in that was under way with them
 * finishes.
 *
 * @param at - when they ended there, by the provider's clock. Seconds since 1970
 * @returns how many there were
 * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT`; `ERR_HOLDFAST_KEYS_UNAVAILABLE` where the keys cannot be looked up,
 * so that there may be more; `ERR_HOLDFAST_STORE_CORRUPT`, or a store's error
 */
export async function revokeFederated(
  core: Core,
  keeper: KeyKeeper,
  logout: ProviderLogout,
  at: number,
  reporter: Reporter,
): Promise<number> {
  const isComplete = await keeper.refresh();
  const users = await core.providers.logOut(logout, at, reporter);
  let count = 0;
  for (const user of users) count += await endThoseOf(user, core, logout, reporter);
  if (isComplete) return count;
  throw new HoldfastError(
    "ERR_HOLDFAST_KEYS_UNAVAILABLE",
    `${count} sessions were ended, but the keys cannot be looked up: there may be others, under a key that this process ` +
      "does not know. Try again.",
  );
}

async function endThoseOf(
  user: string,
  { store, records, clock, legacy }: Core,
  logout: ProviderLogout,
  reporter: Reporter,
): Promise<number> {
  const listed = await store.ask("listUser", reporter, (it) =>
    it.listUser(records.codec.indexNames(user), clock.now()),
  );
  let count = 0;
  for (const { handle, record } of listed) {
    const header = records.headerOf(handle, record);
    // What cannot be read here, another process may accept, and it may be one of them.
    if (header !== null && (header.provider === undefined || !isEndedBy(header.provider, logout))) continue;
    if (header !== null) await endOtherSide(legacy, header, reporter);
    if (!(await records.remove(handle, clock.now(), reporter))) continue;
    count += 1;
    reporter.report("session_revoked", { count: 1, reason: "provider_logout" }, { handle, user });
  }
  return count;
}
