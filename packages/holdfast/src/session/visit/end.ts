/**
 * Ending a session by its own request. Once any of these has resolved, no process accepts the session (ASVS 7.4.1).
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { endOtherSide } from "../legacy.ts";
import type { SessionObject } from "../object/session-object.ts";
import { hasLapsed } from "../record/live.ts";
import { Snapshot } from "../record/snapshot.ts";
import { commonGeneration, ownerOf } from "./begin.ts";
import { endLocked } from "./locked.ts";
import { refuseEnded, type VisitState } from "./state.ts";

/** Ends the session; an empty anonymous one takes its place. */
export function signOut(state: VisitState): Awaitable<void> {
  return chain(end(state), () => {
    state.signedOut = true;
    state.left = undefined;
    state.replaceData(Snapshot.EMPTY);
  });
}

/** Ends the session; there is none afterwards. */
export function destroy(state: VisitState): Awaitable<void> {
  return chain(end(state), () => {
    state.signedOut = true;
    state.session = undefined;
  });
}

/**
 * Ends the session; one with a new id and the keys of `keep`, and the same limits for the same user, takes its place.
 *
 * @param successor - an empty object to be the session from then on, so that the present one keeps what is in it for
 * the app to read. Default: the present one is emptied and goes on
 * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` if somebody else has ended it: then nothing takes its place;
 * `ERR_HOLDFAST_IMPERSONATING`
 */
export function regenerate(
  state: VisitState,
  keep: readonly string[],
  successor?: SessionObject,
): Awaitable<void> {
  const session = state.usable();
  state.mustReachClient();
  const { live } = state;
  if (live !== null && hasLapsed(live, state.core.clock.now())) return refuseEnded(state);
  // Its data names one user and its index another: what is made of the first must not be without the second.
  if (live !== null && live.header.impersonation !== null) {
    throw new HoldfastError("ERR_HOLDFAST_IMPERSONATING");
  }
  const hadSession = live !== null;
  const user = live === null ? null : live.header.user;
  // Asked for before the old one goes: a revocation between this and the commit counts for the new one as well.
  const takesAlong = hadSession && user === null && keep.length > 0;
  const asked = chain(ownerOf(state.core, user, state), (owner) =>
    chain(takesAlong ? commonGeneration(state.core, state) : undefined, (generation) => ({
      owner,
      generation,
    })),
  );
  return chain(asked, (before) =>
    chain(end(state), (existed) => {
      if (!existed && user !== null) return refuseEnded(state);
      const kept = existed || !hadSession ? keep : [];
      if (state.left !== undefined) state.left = { ...state.left, ...before };
      state.promiseAnotherHandle();
      if (successor !== undefined) state.session = successor;
      else for (const key of Object.keys(session)) if (!kept.includes(key)) delete session[key];
      return undefined;
    }),
  );
}

/** True if there was a session to end. */
function end(state: VisitState): Awaitable<boolean> {
  state.usable();
  const { live } = state;
  if (live === null) return endLocked(state);
  const { handle } = live.credential;
  const { records, clock, legacy, activity } = state.core;
  const removed = chain(endOtherSide(legacy, live.header, state), () =>
    records.remove(handle, clock.now(), state),
  );
  const ended = chain(removed, (existed) => {
    const user = live.header.user;
    activity.noteNone([live.credential]);
    // Whatever follows has no other side.
    state.leave({ ...live, header: { ...live.header, legacy: undefined } }, user);
    if (existed) state.report("session_logout", {}, { handle, user });
    return existed;
  });
  if (isPromise(ended)) activity.noteWriting(live.credential, ended);
  return ended;
}
