/**
 * Committing: before the reply's first header, and again before its end, what the app did to `req.session` becomes true
 * in the store.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { userOf } from "../identity.ts";
import { actingUser } from "../record/header.ts";
import { hasLapsed, isPersistent, type Live } from "../record/live.ts";
import { Snapshot } from "../record/snapshot.ts";
import { commitChannel } from "../tracing.ts";
import { changeUser, create } from "./change-user.ts";
import { commitLocked, refuseLockedWrite } from "./locked.ts";
import { applyDelta, dataOf, deltaBetween, snapshotOf } from "./merge.ts";
import { renew, renewalDue } from "./renew.ts";
import { hasOldKey, saveMerged } from "./save.ts";
import type { VisitState } from "./state.ts";
import { tracedCommit } from "./traced-commit.ts";

/**
 * Saves what changed, and renews the session's secret when it is time. Throws a coded error if that cannot be done; then
 * nothing may be replied as a success.
 */
export function commit(state: VisitState): Awaitable<void> {
  const saved = saveChanges(state);
  if (isPromise(saved)) return saved.then(() => (renewalDue(state) ? renew(state) : undefined));
  return renewalDue(state) ? renew(state) : undefined;
}

function saveChanges(state: VisitState): Awaitable<void> {
  if (state.inert) return undefined;
  if (state.failure !== undefined) {
    // The reply says nothing of the session, or is an error of the app's own.
    if (!state.looked || state.facts.replyIsError()) return undefined;
    throw state.failure;
  }
  const { session, live } = state;
  if (session === undefined) return undefined;
  const known = live === null ? Snapshot.EMPTY : live.data;
  const data = state.snapshot(known);
  if (data !== known || (live !== null && mustRewrite(state, live))) {
    return commitChannel.hasSubscribers ? tracedCommit(write, state, live, data) : write(state, live, data);
  }
  if (live !== null && state.core.policy.rolling && isPersistent(live)) state.sendCookie(live);
  return undefined;
}

function write(state: VisitState, live: Live | null, data: Snapshot): Awaitable<void> {
  if (live !== null && data === live.data) return save(state, live, data);
  if (live === null && state.locked !== null) return commitLocked(state, data);
  const user = userOf(state.usable(), state.core.policy.identify);
  if (live === null) return create(state, data, user);
  if (user === actingUser(live.header)) return save(state, live, data);
  if (live.header.impersonation !== null && user !== null) {
    throw new HoldfastError("ERR_HOLDFAST_IMPERSONATING");
  }
  return hasLapsed(live, state.core.clock.now()) ? state.superseded() : changeUser(state, live, data, user);
}

/** Commits because the app said so: it must learn that its changes were dropped, or could not be stored at all. */
export function commitNow(state: VisitState): Awaitable<void> {
  state.usable();
  state.mustBeStorable();
  refuseLockedWrite(state);
  return chain(commit(state), () => {
    if (state.dropped) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  });
}

function mustRewrite(state: VisitState, live: Live): boolean {
  if (state.touched || state.changedLife !== undefined) return true;
  return hasOldKey(live, state.core.keys) && !state.facts.headersSent();
}

function save(state: VisitState, live: Live, data: Snapshot): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  const saved = saveMerged(state.core, live, data, state.saveOptions, state);
  return isPromise(saved)
    ? saved.then((it) => adopt(state, live, data, it))
    : adopt(state, live, data, saved);
}

function adopt(state: VisitState, before: Live, data: Snapshot, saved: Live | null): void {
  if (saved === null) return state.superseded();
  state.noteWritten(before.data, data);
  if (saved.data !== data) state.replaceData(rebased(state, data, saved.data));
  state.saved(before, saved);
}

// What others saved, with what the app has written since ours was sent on top.
function rebased(state: VisitState, sent: Snapshot, stored: Snapshot): Snapshot {
  const now = state.snapshot(sent);
  if (now === sent) return stored;
  return snapshotOf(applyDelta(dataOf(stored), deltaBetween(dataOf(sent), dataOf(now))));
}
