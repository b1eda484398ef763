import { type Awaitable, chain } from "../../awaitable.ts";
import type { UserLimit } from "../../store/contract.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { recordedStanding } from "../limits.ts";

/**
 * Ends what a store still counts as a user's live sessions although a limit has passed: it keeps records a little longer,
 * for activity that some process knows of and has not recorded yet, and until the absolute limit what has locked. True if
 * there was any.
 */
export function endOverdue(
  { store, records, clock }: Core,
  { users, most }: UserLimit,
  reporter: Reporter,
): Awaitable<boolean> {
  const now = clock.now();
  const listing = store.ask("listUser", reporter, (it) => it.listUser(users, now));
  return chain(listing, (listed) => {
    let ended: Awaitable<boolean> = false;
    for (const { handle, record } of listed) {
      const opened = records.stampedHeaderOf(handle, record);
      if (opened === null) continue;
      const found = recordedStanding(opened, now);
      if (found === "live") continue;
      ended = chain(ended, (before) =>
        chain(records.remove(handle, now, reporter), (existed) => {
          if (existed && found === "locked") {
            const { user } = opened.header;
            reporter.report("excess_sessions_exceeded", { most, action: "evicted" }, { handle, user });
          }
          return existed || before;
        }),
      );
    }
    return ended;
  });
}
