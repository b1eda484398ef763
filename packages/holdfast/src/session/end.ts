/**
 * Ending a session by its own request. Once any of these has resolved, no process accepts the session (ASVS 7.4.1).
 *
 * @module
 */
import { type Awaitable, chain } from "../awaitable.ts";
import type { Data } from "./merge.ts";
import type { VisitState } from "./visit-state.ts";

/** Ends the session; an empty anonymous one takes its place. */
export function signOut(state: VisitState): Awaitable<void> {
  return chain(end(state), () => {
    state.signedOut = true;
    state.left = undefined;
    state.replaceData({});
  });
}

/** Ends the session; there is none afterwards. */
export function destroy(state: VisitState): Awaitable<void> {
  return chain(end(state), () => {
    state.signedOut = true;
    state.session = undefined;
  });
}

/** Ends the session; one with a new id and the keys of `keep`, and the same limits for the same user, takes its place. */
export function regenerate(state: VisitState, keep: readonly string[]): Awaitable<void> {
  const session = state.usable();
  state.mustReachClient();
  const kept: Data = Object.create(null);
  for (const key of keep) if (Object.hasOwn(session, key)) kept[key] = session[key];
  return chain(end(state), () => {
    state.promiseAnotherHandle();
    state.replaceData(kept);
  });
}

function end(state: VisitState): Awaitable<void> {
  state.usable();
  const { live } = state;
  if (live === null) return undefined;
  const { handle } = live.credential;
  const { records, clock } = state.core;
  return chain(records.remove(handle, clock.now(), state), () => {
    const user = live.header.user;
    state.leave(live, user);
    state.report("session_logout", {}, { handle, user });
  });
}
