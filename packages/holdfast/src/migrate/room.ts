/**
 * How many sessions a user may have (`maxSessions`), for those that come over. The store's own limit cannot keep it here:
 * of two requests that move one session at the same time each would make room at the other's expense.
 *
 * @module
 */

import { endOtherSide } from "../session/legacy.ts";
import { recordedStanding } from "../session/limits.ts";
import type { Owner } from "../session/record/record-writes.ts";
import type { VisitState } from "../session/visit/state.ts";
import type { ListedRecord, UserLimit } from "../store/contract.ts";

/** False, and a report, if the user may have no more, and none of theirs is to make room. */
export async function hasRoom(
  visit: VisitState,
  owner: Owner | null,
  user: string | null,
  legacyId: string,
): Promise<boolean> {
  const limit = owner?.limit;
  if (limit?.beyond !== "reject") return true;
  const live = await liveOf(visit, limit, legacyId);
  if (live.length < limit.most) return true;
  visit.report("excess_sessions_exceeded", { most: limit.most, action: "rejected" }, { user });
  return false;
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
  legacyId: string,
): Promise<void> {
  const limit = owner?.limit;
  if (limit === undefined) return;
  const { records, clock, legacy } = visit.core;
  const live = await liveOf(visit, limit, legacyId, handle);
  const excess = live.sort(latestFirst).slice(limit.most);
  const ended = limit.beyond === "evict" ? excess : excess.filter((one) => one.handle === handle);
  for (const one of ended) {
    const header = records.headerOf(one.handle, one.record);
    // What this one came over with stays good for it.
    if (header !== null && header.legacy?.id !== legacyId) await endOtherSide(legacy, header, visit);
    if (!(await records.remove(one.handle, clock.now(), visit))) continue;
    const action = limit.beyond === "evict" ? "evicted" : "rejected";
    visit.report("excess_sessions_exceeded", { most: limit.most, action }, { user });
  }
}

/**
 * A user's live sessions. What others have stored of the session with this legacy id is none, but for `own`: they are not
 * the first, and take it back.
 */
async function liveOf(
  visit: VisitState,
  { users }: UserLimit,
  legacyId: string,
  own?: string,
): Promise<ListedRecord<unknown>[]> {
  const { store, records, credentials, clock } = visit.core;
  const now = clock.now();
  const listed = await store.ask("listUser", visit, (it) => it.listUser(users, now));
  return listed.filter(({ handle, record }) => {
    const opened = records.stampedHeaderOf(handle, record);
    if (opened === null || recordedStanding(opened, now) !== "live") return false;
    const { header } = opened;
    if (handle === own || header.legacy === undefined) return true;
    return header.proof !== credentials.ofLegacy(legacyId, handle, record.keyId)?.proof;
  });
}

function latestFirst(a: ListedRecord<unknown>, b: ListedRecord<unknown>): number {
  return b.record.expiresAt - a.record.expiresAt || (a.handle < b.handle ? -1 : 1);
}
