/**
 * `req.session.update` and `reload`: the newest data, read again.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { commitNow } from "./commit.ts";
import { userOf } from "./identity.ts";
import { findLive, type Live, userOfLive } from "./live.ts";
import { applyDelta, type Delta, deltaBetween, parseData } from "./merge.ts";
import { MOST_ATTEMPTS, saveOver } from "./save.ts";
import { serialise } from "./session-object.ts";
import type { VisitState } from "./visit-state.ts";

/** Runs `change` on the newest data, and again, until it could be saved without anybody having been faster. */
export function update(state: VisitState, change: () => unknown): Awaitable<void> {
  const session = state.usable();
  state.mustBeStorable();
  const { live } = state;
  if (live === null) return chain(change(), () => commitNow(state));
  const json = serialise(session, live.json, state.core.policy.maxBytes);
  const pending = deltaBetween(parseData(live.json), parseData(json));
  return tryUpdate(state, live, change, pending, MOST_ATTEMPTS);
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

/** @param pending - what the request had changed before; it goes along */
function tryUpdate(
  state: VisitState,
  before: Live,
  change: () => unknown,
  pending: Delta,
  attempts: number,
): Awaitable<void> {
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  return chain(findLive(state.core, [before.credential], state), (latest) => {
    if (latest === null) return refuse(state);
    state.live = latest;
    state.replaceData(applyDelta(parseData(latest.json), pending));
    return chain(change(), () => {
      const session = state.usable();
      const { policy } = state.core;
      const json = serialise(session, latest.json, policy.maxBytes);
      if (userOf(session, policy.identify) !== userOfLive(latest)) return commitNow(state);
      return chain(saveOver(state.core, latest, json, state.saveOptions, state), (saved) => {
        if (saved === null) return tryUpdate(state, latest, change, pending, attempts - 1);
        state.noteWritten(latest.json, json);
        return state.saved(latest, saved);
      });
    });
  });
}

function refuse(state: VisitState): never {
  attempt(
    () => state.superseded(),
    () => undefined,
  );
  throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
}
