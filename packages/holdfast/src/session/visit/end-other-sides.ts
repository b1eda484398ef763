import { type Awaitable, chain } from "../../awaitable.ts";
import type { UserLimit } from "../../store/contract.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { endOtherSide } from "../legacy.ts";

/**
 * Before a user's next session is stored: ends the other side of those that the store will end to make room for it, of
 * which it tells nobody.
 */
export function endOtherSidesBeyond(
  { store, records, clock, legacy }: Core,
  { users, most, beyond }: UserLimit,
  reporter: Reporter,
): Awaitable<void> {
  if (beyond === "reject") return undefined;
  const listing = store.ask("listUser", reporter, (it) => it.listUser(users, clock.now()));
  return chain(listing, (listed) => {
    const excess = Math.max(0, listed.length + 1 - most);
    const first = listed.sort((a, b) => a.record.expiresAt - b.record.expiresAt).slice(0, excess);
    return first.reduce<Awaitable<void>>((ended, { handle, record }) => {
      const header = records.headerOf(handle, record);
      return header === null ? ended : chain(ended, () => endOtherSide(legacy, header, reporter));
    }, undefined);
  });
}
