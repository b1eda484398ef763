/**
 * When the user of a session changes, the id changes with it. A record never changes hands: a new user is a new
 * session, whether the app called `signIn` or merely assigned `userId` (ASVS 7.2.4).
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { cleanText } from "../events.ts";
import { canonicalUser, userOf } from "../identity.ts";
import { EMPTY, type SessionObject, serialise } from "../object/session-object.ts";
import type { Live } from "../record/live.ts";
import type { Owner } from "../record/records.ts";
import { beginSession, ownerOf } from "./begin.ts";
import { carryOver, parseData } from "./merge.ts";
import type { Left, VisitState } from "./state.ts";

/** How a session is to change hands. */
interface SignIn {
  /** True if the user has just been authenticated, not merely assigned. */
  readonly proven: boolean;
  readonly remember?: boolean | undefined;
  readonly keep?: readonly string[] | undefined;
}

const ASSIGNED: SignIn = { proven: false };

/** Stores a session where there was none. */
export function create(
  state: VisitState,
  json: string,
  user: string | null,
  signIn: SignIn = ASSIGNED,
): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  state.mustReachClient();
  const { left } = state;
  const follows = left !== undefined && left.user === user && !signIn.proven ? left.owner : undefined;
  return chain(follows ?? ownerOf(state.core, user, state), (owner) =>
    chain(start(state, json, user, signIn, owner), () => state.noteWritten(EMPTY, json)),
  );
}

/** Ends the session `live` and begins another for `user`, with what may be carried over. */
export function changeUser(
  state: VisitState,
  live: Live,
  json: string,
  user: string | null,
  signIn: SignIn = ASSIGNED,
): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  state.mustReachClient();
  const { records, clock, policy } = state.core;
  const { handle } = live.credential;
  const previous = live.header.user;
  return chain(ownerOf(state.core, user, state), (owner) =>
    // The old one goes first: a crash between costs a sign-in and never leaves two sessions.
    chain(records.remove(handle, clock.now(), state), (existed) => {
      // Whoever merely assigns a user speaks for the session that was there; when that has ended, so has the say.
      if (!existed && previous !== null && !signIn.proven) return state.superseded();
      const allowed = existed && previous === null ? [...policy.keep, ...(signIn.keep ?? [])] : [];
      const keep = existed && user === previous ? "all" : [...allowed, ...state.writtenKeys];
      const carried = carryOver(parseData(live.json), parseData(json), keep);
      state.leave(live, previous);
      state.replaceData(carried);
      const data = JSON.stringify(carried);
      if (data === EMPTY) return state.report("session_logout", {}, { handle, user: previous });
      const named = userOf(carried, policy.identify);
      if (named === user) return start(state, data, user, signIn, owner);
      // What named the user has itself stayed behind: the session is whose its own data says.
      return chain(ownerOf(state.core, named, state), (other) => start(state, data, named, ASSIGNED, other));
    }),
  );
}

/** `req.session.signIn`: resolved once the old id is dead and the new session stored; after a failure nothing is left of it. */
export function signIn(
  state: VisitState,
  user: string | number,
  options: { readonly remember?: boolean | undefined; readonly keep?: readonly string[] | undefined },
): Awaitable<void> {
  const name = canonicalUser(user);
  const session = state.usable();
  state.mustReachClient();
  state.mustBeStorable();
  const { live } = state;
  const before = session.userId;
  return attempt(
    () => {
      session.userId = user;
      return prove(state, session, name, { proven: true, ...options });
    },
    (error) => {
      // A sign-in that failed must not happen after all when the reply is committed; nor must a session that it has
      // ended already come back.
      if (before === undefined || state.live !== live) delete session.userId;
      else if (!state.inert) session.userId = before;
      throw error;
    },
  );
}

function prove(state: VisitState, session: SessionObject, user: string, proof: SignIn): Awaitable<void> {
  const { policy } = state.core;
  if (userOf(session, policy.identify) !== user) {
    throw new HoldfastError(
      "ERR_HOLDFAST_USER",
      "signIn() set userId, but `identify` finds another user in the session. Let `identify` read userId.",
    );
  }
  const json = serialise(session, EMPTY, policy.maxBytes);
  const { live } = state;
  const signed =
    live === null ? create(state, json, user, proof) : changeUser(state, live, json, user, proof);
  return chain(signed, () => {
    if (state.dropped) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  });
}

function start(
  state: VisitState,
  json: string,
  user: string | null,
  { proven, remember }: SignIn,
  owner: Owner | null,
): Awaitable<void> {
  const { left } = state;
  const begun = beginSession(
    state.core,
    {
      json,
      user,
      proven,
      remember,
      owner,
      cookieLife: state.changedLife,
      client: state.facts.client(),
      inherited: left?.user === user && !proven ? left.header : undefined,
      handle: state.promisedHandle,
    },
    state,
  );
  return chain(begun, (live) => {
    if (live === null) return state.superseded();
    state.began(live);
    if (user !== (left?.user ?? null)) reportNewUser(state, live, user, left);
    return undefined;
  });
}

function reportNewUser(state: VisitState, live: Live, user: string | null, left: Left | undefined): void {
  const fields = {
    ...(left !== undefined && { previous: state.core.keys.newest.correlate(left.handle) }),
    ...(left !== undefined && left.user !== null && { previousUser: cleanText(left.user) }),
  };
  state.report("session_user_changed", fields, { handle: live.credential.handle, user });
}
