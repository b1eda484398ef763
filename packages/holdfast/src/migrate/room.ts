/**
 * How many sessions a user may have (`maxSessions`), for those that come over. The store's own limit cannot keep it here:
 * of two requests that move one session at the same time each would make room at the other's expense.
 *
 * @module
 */

import { HoldfastError } from "../errors.ts";
import { standing } from "../session/limits.ts";
import type { Owner } from "../session/record/record-writes.ts";
import { mustHaveRoom } from "../session/visit/begin.ts";
import type { VisitState } from "../session/visit/state.ts";
import type { ListedRecord } from "../store/contract.ts";

/** False, and a report, if the user may have no more, and none of theirs is to make room. */
export async function hasRoom(visit: VisitState, owner: Owner | null, user: string | null): Promise<boolean> {
  try {
    await mustHaveRoom(visit, owner, user, "");
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === "ERR_HOLDFAST_SESSION_LIMIT") return false;
    throw error;
  }
}

/**
 * After a session has come over: ends those beyond the limit that would end first; itself, where none is to make room and
 * another was faster. Whoever looks at the same sessions comes to the same ones.
 */
export async function keepLimit(
  visit: VisitState,
  owner: Owner | null,
  handle: string,
  user: string | null,
): Promise<void> {
  const limit = owner?.limit;
  if (limit === undefined) return;
  const { store, records, clock } = visit.core;
  const now = clock.now();
  const listed = await store.ask("listUser", visit, (it) => it.listUser(limit.users, now));
  const live = listed.filter(({ handle, record }) => {
    const header = records.headerOf(handle, record);
    return header !== null && standing(header, header.seenAt, now) === "live";
  });
  const excess = live.sort(latestFirst).slice(limit.most);
  const ended = limit.beyond === "evict" ? excess : excess.filter((one) => one.handle === handle);
  for (const one of ended) {
    if (!(await records.remove(one.handle, now, visit))) continue;
    const action = limit.beyond === "evict" ? "evicted" : "rejected";
    visit.report("excess_sessions_exceeded", { most: limit.most, action }, { user });
  }
}

function latestFirst(a: ListedRecord<unknown>, b: ListedRecord<unknown>): number {
  return b.record.expiresAt - a.record.expiresAt || (a.handle < b.handle ? -1 : 1);
}
