/**
 * `req.session.update` and `reload`: the newest data, read again.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { userOf } from "../identity.ts";
import { EMPTY, serialise } from "../object/session-object.ts";
import type { Live } from "../record/live.ts";
import { commitNow } from "./commit.ts";
import { findLive } from "./find-live.ts";
import { applyDelta, type Data, type Delta, deltaBetween, parseData } from "./merge.ts";
import { MOST_ATTEMPTS, saveOver } from "./save.ts";
import { refuseEnded, type VisitState } from "./state.ts";

/** Runs `change` on the newest data, and again, until it could be saved without anybody having been faster. */
export function update(state: VisitState, change: () => unknown): Awaitable<void> {
  const session = state.usable();
  state.mustBeStorable();
  const { live } = state;
  const json = serialise(session, live?.json ?? EMPTY, state.core.policy.maxBytes);
  if (live === null)
    return undoing(
      state,
      () => parseData(json),
      () => chain(change(), () => commitNow(state)),
    );
  return tryUpdate(state, live, change, undefined, MOST_ATTEMPTS);
}

/** Drops this request's changes. @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` */
export function reload(state: VisitState): Awaitable<void> {
  state.usable();
  const { live } = state;
  if (live === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
  return chain(findLive(state.core, [live.credential], state), (latest) => {
    if (latest === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    state.live = latest;
    state.replaceData(JSON.parse(latest.json));
  });
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
  return chain(findLive(state.core, [before.credential], state), (latest) => {
    if (latest === null) return refuseEnded(state);
    // Not sooner: what the app has written while the store was asked goes along as well.
    const mine = pending ?? changesSince(state, before);
    state.live = latest;
    // Made anew each time, for the change may reach into it.
    const newest = (): Data => applyDelta(parseData(latest.json), mine);
    state.replaceData(newest());
    const saved = undoing(state, newest, () => chain(change(), () => saveChange(state, latest)));
    return chain(saved, (done) => (done ? undefined : tryUpdate(state, latest, change, mine, attempts - 1)));
  });
}

function changesSince(state: VisitState, before: Live): Delta {
  const json = serialise(state.usable(), before.json, state.core.policy.maxBytes);
  return deltaBetween(parseData(before.json), parseData(json));
}

/** False if somebody was faster. */
function saveChange(state: VisitState, latest: Live): Awaitable<boolean> {
  const session = state.usable();
  const { policy } = state.core;
  const json = serialise(session, latest.json, policy.maxBytes);
  if (userOf(session, policy.identify) !== latest.header.user) return chain(commitNow(state), () => true);
  return chain(saveOver(state.core, latest, json, state.saveOptions, state), (saved) => {
    if (saved === null) return false;
    state.noteWritten(latest.json, json);
    state.saved(latest, saved);
    return true;
  });
}

// A change that fails half-way, or cannot be saved, must not happen after all when the reply is committed.
function undoing<T>(state: VisitState, before: () => Data, action: () => Awaitable<T>): Awaitable<T> {
  const { live } = state;
  return attempt(action, (error) => {
    if (state.live === live && !state.inert) state.replaceData(before());
    throw error;
  });
}
