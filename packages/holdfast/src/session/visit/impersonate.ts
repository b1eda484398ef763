/**
 * `req.session.impersonate` and `endImpersonation`: an operator sees the app as one of its users does.
 *
 * The session stays the operator's own, in the index and in its limits, and gets a new id at both ends. That it acts as
 * another user is in its header, where no data reaches it.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { cleanText } from "../../clean-text.ts";
import { HoldfastError } from "../../errors.ts";
import { canonicalUser, userOf } from "../identity.ts";
import type { ImpersonationOptions } from "../object/types.ts";
import type { Impersonation } from "../record/header.ts";
import { hasLapsed, type Live } from "../record/live.ts";
import { Snapshot } from "../record/snapshot.ts";
import { begin, ownerOf } from "./begin.ts";
import { type Data, dataOf, snapshotOf } from "./merge.ts";
import { refuseEnded, type VisitState } from "./state.ts";

/** Goes on as `user`, with the keys of `keep`; whether the operator may is for the app to say. */
export function impersonate(
  state: VisitState,
  user: string | number,
  { keep = [] }: ImpersonationOptions,
): Awaitable<void> {
  const name = canonicalUser(user);
  const session = state.usable();
  const { live } = state;
  const operator = live === null ? null : live.header.user;
  if (live === null || operator === null) {
    throw new HoldfastError(
      state.locked === null ? "ERR_HOLDFAST_SIGN_IN_REQUIRED" : "ERR_HOLDFAST_SESSION_LOCKED",
    );
  }
  if (live.header.impersonation !== null) throw new HoldfastError("ERR_HOLDFAST_IMPERSONATING");
  if (name === operator || userOf(session, state.core.policy.identify) !== operator) {
    throw new HoldfastError(
      "ERR_HOLDFAST_USER",
      "impersonate() is for the user of the session, who cannot impersonate themselves.",
    );
  }
  const { userId } = session;
  const own = typeof userId === "string" || typeof userId === "number" ? userId : operator;
  const data = handedOn(state, live, keep, user, name);
  return goOn(state, live, operator, data, { user: name, own });
}

/** Goes on as the operator, with the keys of `keep`; does nothing where nobody is impersonated. */
export function endImpersonation(state: VisitState, { keep = [] }: ImpersonationOptions): Awaitable<void> {
  state.usable();
  const { live } = state;
  if (live === null || live.header.user === null || live.header.impersonation === null) return undefined;
  const { user, impersonation } = live.header;
  return goOn(state, live, user, handedOn(state, live, keep, impersonation.own, user), null);
}

/** The data that `user`, whose name is `name`, begins with. */
function handedOn(
  state: VisitState,
  live: Live,
  keep: readonly string[],
  user: string | number,
  name: string,
): Snapshot {
  const { identify, maxBytes } = state.core.policy;
  const before = dataOf(state.snapshot(live.data));
  const data: Data = Object.create(null);
  for (const key of keep) if (key in before) data[key] = before[key];
  data.userId = user;
  if (userOf(data, identify) !== name) {
    throw new HoldfastError(
      "ERR_HOLDFAST_USER",
      "userId was set, but `identify` finds another user in what is kept. Let `identify` read userId.",
    );
  }
  const snapshot = snapshotOf(data);
  if (!snapshot.fits(maxBytes)) throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE");
  return snapshot;
}

/** The operator's session goes on under a new id: with other data, and for as long as it would have. */
function goOn(
  state: VisitState,
  live: Live,
  operator: string,
  data: Snapshot,
  impersonation: Impersonation | null,
): Awaitable<void> {
  state.mustReachClient();
  state.mustBeStorable();
  const { records, clock, keys } = state.core;
  if (hasLapsed(live, clock.now())) return refuseEnded(state);
  const { handle } = live.credential;
  return attempt(
    () =>
      chain(ownerOf(state.core, operator, state), (owner) =>
        chain(records.remove(handle, clock.now(), state), (existed) => {
          if (!existed) return refuseEnded(state);
          state.leave(live, operator);
          state.replaceData(data);
          const signIn = { proof: undefined, follows: true, impersonation };
          return chain(begin(state, data, operator, signIn, owner), () => {
            if (state.live === null) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
            if (impersonation === null) return;
            const fields = { as: cleanText(impersonation.user), previous: keys.newest.correlate(handle) };
            state.report("session_impersonation_started", fields, {
              handle: state.live.credential.handle,
              user: operator,
            });
          });
        }),
      ),
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
