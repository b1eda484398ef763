/**
 * `req.session.signIn` and `elevate`: the user has just proved who they are.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { levelOf, methodsOf } from "../authentication.ts";
import { providerOf } from "../federation/provider.ts";
import { refreshTokenEnd } from "../federation/refresh-token.ts";
import { canonicalUser, userOf } from "../identity.ts";
import type { ElevateOptions, SignInOptions } from "../object/types.ts";
import { hasLapsed } from "../record/live.ts";
import { Snapshot } from "../record/snapshot.ts";
import type { SignIn } from "./begin.ts";
import { changeUser, create } from "./change-user.ts";
import { signInOverLocked } from "./locked.ts";
import { refuseEnded, type VisitState } from "./state.ts";

const DEFAULT_LEVEL = 1;

/** `req.session.signIn`: resolved once the old id is dead and the new session stored; after a failure nothing is left of it. */
export function signIn(
  state: VisitState,
  user: string | number,
  { level, methods, remember, keep, idToken, refreshTokenExpiresAt }: SignInOptions,
): Awaitable<void> {
  const name = canonicalUser(user);
  const proof = { level: levelOf(level ?? DEFAULT_LEVEL), methods: methodsOf(methods) };
  const provider = idToken === undefined ? undefined : providerOf(idToken);
  const endsBy = refreshTokenEnd(refreshTokenExpiresAt, state.core.clock.now());
  const session = state.usable();
  state.mustReachClient();
  state.mustBeStorable();
  const { live } = state;
  const before = session.userId;
  return attempt(
    () => {
      session.userId = user;
      if (userOf(session, state.core.policy.identify) !== name) {
        throw new HoldfastError(
          "ERR_HOLDFAST_USER",
          "signIn() set userId, but `identify` finds another user in the session. Let `identify` read userId.",
        );
      }
      return prove(state, name, { proof, follows: false, remember, keep, provider, endsBy });
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

/** `req.session.elevate`: as {@link signIn}; but the session there goes on, under another id. */
export function elevate(state: VisitState, { level, methods }: ElevateOptions): Awaitable<void> {
  const session = state.usable();
  const { live } = state;
  const user = live === null ? null : live.header.user;
  if (live === null || user === null) {
    throw new HoldfastError(
      state.locked === null ? "ERR_HOLDFAST_SIGN_IN_REQUIRED" : "ERR_HOLDFAST_SESSION_LOCKED",
    );
  }
  if (hasLapsed(live, state.core.clock.now())) return refuseEnded(state);
  const header = state.provenPart(live);
  if (header.impersonation !== null) throw new HoldfastError("ERR_HOLDFAST_IMPERSONATING");
  if (userOf(session, state.core.policy.identify) !== user) {
    throw new HoldfastError(
      "ERR_HOLDFAST_USER",
      "elevate() is for the user of the session, and this request has assigned another. Use signIn().",
    );
  }
  const proof = {
    level: levelOf(level ?? Math.max(header.level, DEFAULT_LEVEL)),
    methods: methodsOf([...header.methods, ...methodsOf(methods)]),
  };
  if (proof.level < header.level) throw new HoldfastError("ERR_HOLDFAST_LEVEL_LOWERED");
  state.mustReachClient();
  state.mustBeStorable();
  return attempt(
    () => prove(state, user, { proof, follows: true }),
    (error) => {
      // The old id is dead already: what is left must not become a session when the reply is committed.
      if (state.live !== live) {
        state.left = undefined;
        state.replaceData(Snapshot.EMPTY);
      }
      throw error;
    },
  );
}

function prove(state: VisitState, user: string, signIn: SignIn): Awaitable<void> {
  return chain(proven(state, user, signIn), () => {
    if (state.dropped || state.live?.header.user !== user) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  });
}

function proven(state: VisitState, user: string, signIn: SignIn): Awaitable<void> {
  const { live, locked } = state;
  if (locked !== null) return signInOverLocked(state, locked, user, signIn);
  const data = state.snapshot(Snapshot.EMPTY);
  return live === null ? create(state, data, user, signIn) : changeUser(state, live, data, user, signIn);
}
