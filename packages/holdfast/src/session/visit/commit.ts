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
import { changeUser, create } from "./change-user.ts";
import { commitLocked, refuseLockedWrite } from "./locked.ts";
import { applyDelta, dataOf, deltaBetween, snapshotOf } from "./merge.ts";
import { saveMerged } from "./save.ts";
import type { VisitState } from "./state.ts";

/** Saves what changed. Throws a coded error if that cannot be done; then nothing may be replied as a success. */
export function commit(state: VisitState): Awaitable<void> {
  if (state.inert) return undefined;
  if (state.failure !== undefined) {
    // The app has learnt of it and replies with an error of its own.
    if (state.facts.replyIsError()) return undefined;
    throw state.failure;
  }
  const { session, live } = state;
  if (session === undefined) return undefined;
  const { policy } = state.core;
  if (live === null) {
    const data = state.snapshot(Snapshot.EMPTY);
    if (data === Snapshot.EMPTY) return undefined;
    if (state.locked !== null) return commitLocked(state, data);
    return create(state, data, userOf(session, policy.identify));
  }
  const data = state.snapshot(live.data);
  if (data !== live.data) {
    const user = userOf(session, policy.identify);
    if (user === actingUser(live.header)) return save(state, live, data);
    if (live.header.impersonation !== null && user !== null) {
      throw new HoldfastError("ERR_HOLDFAST_IMPERSONATING");
    }
    return hasLapsed(live, state.core.clock.now()) ? state.superseded() : changeUser(state, live, data, user);
  }
  if (mustRewrite(state, live)) return save(state, live, data);
  if (policy.rolling && isPersistent(live)) state.sendCookie(live);
  return undefined;
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
  return live.credential.keyId !== state.core.keys.newest.id && !state.facts.headersSent();
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
