/**
 * `req.session.update` and `reload`: the newest data, read again.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { userOf } from "../identity.ts";
import type { Live } from "../record/live.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import { Snapshot } from "../record/snapshot.ts";
import { commitChannel } from "../tracing.ts";
import { commitNow } from "./commit.ts";
import { applyDelta, type Delta, dataOf, deltaBetween, snapshotOf } from "./merge.ts";
import { saveOver } from "./save.ts";
import { refuseEnded, type VisitState } from "./state.ts";
import { tracedAttempt } from "./traced-commit.ts";

/** Runs `change` on the newest data, and again, until it could be saved without anybody having been faster. */
export function update(state: VisitState, change: () => unknown): Awaitable<void> {
  state.usable();
  state.mustBeStorable();
  const { live } = state;
  if (live !== null) return tryUpdate(state, live, change, undefined, MOST_ATTEMPTS);
  const before = state.snapshot(Snapshot.EMPTY);
  return undoing(
    state,
    () => before,
    () => chain(change(), () => commitNow(state)),
  );
}

/** Drops this request's changes. @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` */
export function reload(state: VisitState): Awaitable<void> {
  state.usable();
  const { live } = state;
  if (live === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
  return chain(findAgain(state, live), (latest) => {
    if (latest === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    state.live = latest;
    state.replaceData(latest.data);
  });
}

function findAgain(state: VisitState, { credential }: Live): Awaitable<Live | null> {
  const { records, clock } = state.core;
  return records.find(credential, state.facts.arrivedAt, clock.now(), state);
}

/** @param pending - what the request had changed before; it goes along. `undefined`: see now */
function tryUpdate(
  state: VisitState,
  before: Live,
  change: () => unknown,
  pending: Delta | undefined,
  attempts: number,
): Awaitable<void> {
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  return chain(findAgain(state, before), (latest) => {
    if (latest === null) return refuseEnded(state);
    // Not sooner: what the app has written while the store was asked goes along as well.
    const mine = pending ?? changesSince(state, before);
    state.live = latest;
    // Made anew each time, for the change may reach into it.
    const newest = (): Snapshot => snapshotOf(applyDelta(dataOf(latest.data), mine));
    state.replaceData(newest());
    const saved = undoing(state, newest, () => chain(change(), () => saveChange(state, latest)));
    return chain(saved, (done) => (done ? undefined : tryUpdate(state, latest, change, mine, attempts - 1)));
  });
}

function changesSince(state: VisitState, before: Live): Delta {
  return deltaBetween(dataOf(before.data), dataOf(state.snapshot(before.data)));
}

/** False if somebody was faster. */
function saveChange(state: VisitState, latest: Live): Awaitable<boolean> {
  const session = state.usable();
  const { policy } = state.core;
  const data = state.snapshot(latest.data);
  if (userOf(session, policy.identify) !== latest.header.user) return chain(commitNow(state), () => true);
  return commitChannel.hasSubscribers
    ? tracedAttempt(attemptSave, state, latest, data)
    : attemptSave(state, latest, data);
}

function attemptSave(state: VisitState, latest: Live, data: Snapshot): Awaitable<boolean> {
  return chain(saveOver(state.core, latest, data, state.saveOptions, state), (saved) => {
    if (saved === null) return false;
    state.noteWritten(latest.data, data);
    state.saved(latest, saved);
    return true;
  });
}

// A change that fails half-way, or cannot be saved, must not happen after all when the reply is committed.
function undoing<T>(state: VisitState, before: () => Snapshot, action: () => Awaitable<T>): Awaitable<T> {
  const { live } = state;
  return attempt(action, (error) => {
    if (state.live === live && !state.inert) state.replaceData(before());
    throw error;
  });
}
