import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { canonicalUser, userOf } from "../identity.ts";
import type { SessionObject } from "../object/session-object.ts";
import { Snapshot } from "../record/snapshot.ts";
import type { SignIn } from "./begin.ts";
import { changeUser, create } from "./change-user.ts";
import type { VisitState } from "./state.ts";

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
  const data = state.snapshot(Snapshot.EMPTY);
  const { live } = state;
  const signed =
    live === null ? create(state, data, user, proof) : changeUser(state, live, data, user, proof);
  return chain(signed, () => {
    if (state.dropped) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  });
}
