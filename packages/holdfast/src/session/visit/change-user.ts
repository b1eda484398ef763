/**
 * When the user of a session changes, the id changes with it. A record never changes hands: a new user is a new
 * session, whether the app called `signIn` or merely assigned `userId` (ASVS 7.2.4).
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import { userOf } from "../identity.ts";
import { endOtherSide } from "../legacy.ts";
import type { Live } from "../record/live.ts";
import { Snapshot } from "../record/snapshot.ts";
import { begin, commonGeneration, mustHaveRoom, ownerOf, type SignIn } from "./begin.ts";
import { carryOver, dataOf, snapshotOf } from "./merge.ts";
import type { VisitState } from "./state.ts";

/** A user who was assigned, and has proved nothing. */
export const ASSIGNED: SignIn = { proof: undefined, follows: true };

/** Stores a session where there was none. */
export function create(
  state: VisitState,
  data: Snapshot,
  user: string | null,
  signIn: SignIn = ASSIGNED,
): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  state.mustReachClient();
  const { left } = state;
  const known = left !== undefined && left.user === user && signIn.follows ? left.owner : undefined;
  const owner = known ?? ownerOf(state.core, user, state);
  const begun = isPromise(owner)
    ? owner.then((it) => begin(state, data, user, signIn, it))
    : begin(state, data, user, signIn, owner);
  const generation = left?.generation;
  if (generation !== undefined) {
    return chain(begun, () => {
      state.noteWritten(Snapshot.EMPTY, data);
      return endIfRevokedSince(state, generation);
    });
  }
  if (isPromise(begun)) return begun.then(() => state.noteWritten(Snapshot.EMPTY, data));
  return state.noteWritten(Snapshot.EMPTY, data);
}

// Asked once the session is stored: a revokeAll from now on finds it by itself.
function endIfRevokedSince(state: VisitState, generation: number): Awaitable<void> {
  const { records, clock } = state.core;
  const { live } = state;
  if (live === null) return undefined;
  return chain(commonGeneration(state.core, state), (now) => {
    // It may have been forgotten meanwhile: then nothing was revoked.
    if (now <= generation) return undefined;
    return chain(records.remove(live.credential.handle, clock.now(), state), () => state.superseded());
  });
}

/** Ends the session `live` and begins another for `user`, with what may be carried over. */
export function changeUser(
  state: VisitState,
  live: Live,
  data: Snapshot,
  user: string | null,
  signIn: SignIn = ASSIGNED,
): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  state.mustReachClient();
  const { records, clock, policy } = state.core;
  const { handle } = live.credential;
  const previous = live.header.user;
  const asked = chain(ownerOf(state.core, user, state), (owner) =>
    // The store keeps the limit; this keeps a visitor who is turned away from losing the session they have.
    chain(user === previous ? undefined : mustHaveRoom(state, owner, user, handle), () =>
      chain(user === previous ? undefined : endOtherSide(state.core.legacy, live.header, state), () => owner),
    ),
  );
  return chain(asked, (owner) =>
    // The old one goes first: a crash between costs a sign-in and never leaves two sessions.
    chain(records.remove(handle, clock.now(), state), (existed) => {
      // Whoever merely assigns a user, or adds to what they had proved, speaks for the session that was there; when that
      // has ended, so has the say.
      if (!existed && previous !== null && signIn.follows) return state.superseded();
      const allowed = existed && previous === null ? [...policy.keep, ...(signIn.keep ?? [])] : [];
      // A user who has just been proved is the session's, also where the data named them before.
      const named = signIn.proof !== undefined && !signIn.follows ? ["userId"] : [];
      const same = user === previous && live.header.impersonation === null;
      const keep = existed && same ? "all" : [...allowed, ...named, ...state.writtenKeys];
      const kept = carryOver(dataOf(live.data), dataOf(data), keep);
      const carried = snapshotOf(kept);
      state.leave(live, previous);
      state.replaceData(carried);
      if (carried.json === Snapshot.EMPTY.json) {
        // It has ended; what may follow in this request does not follow from it.
        state.left = undefined;
        return state.report("session_logout", {}, { handle, user: previous });
      }
      const owned = userOf(kept, policy.identify);
      if (owned === user) return begin(state, carried, user, signIn, owner);
      // What named the user has itself stayed behind: the session is whose its own data says.
      return chain(ownerOf(state.core, owned, state), (other) =>
        begin(state, carried, owned, ASSIGNED, other),
      );
    }),
  );
}
