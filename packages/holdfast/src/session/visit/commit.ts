/**
 * Committing: once, before the reply's first header, whatever the app did to `req.session` becomes true in the store.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { userOf } from "../identity.ts";
import { EMPTY, serialise } from "../object/session-object.ts";
import { isPersistent, type Live } from "../record/live.ts";
import { changeUser, create } from "./change-user.ts";
import { applyDelta, type Data, deltaBetween, parseData } from "./merge.ts";
import { saveMerged } from "./save.ts";
import type { VisitState } from "./state.ts";

/** Saves what changed. Throws a coded error if that cannot be done; then nothing may be replied as a success. */
export function commit(state: VisitState): Awaitable<void> {
  if (state.inert) return undefined;
  if (state.failure !== undefined) {
    // The app has learnt of it and replies with an error of its own.
    if (state.facts.replyIsError()) return undefined;
    throw state.failure;
  }
  const { session, live } = state;
  if (session === undefined) return undefined;
  const { policy } = state.core;
  const json = serialise(session, live?.json ?? EMPTY, policy.maxBytes);
  if (live === null)
    return json === EMPTY ? undefined : create(state, json, userOf(session, policy.identify));
  if (json !== live.json) {
    const user = userOf(session, policy.identify);
    return user === live.header.user ? save(state, live, json) : changeUser(state, live, json, user);
  }
  if (mustRewrite(state, live)) return save(state, live, json);
  if (policy.rolling && isPersistent(live)) state.sendCookie(live);
  return undefined;
}

/** Saves what changed after the headers went out; a new id can no longer be told to the client. */
export function commitLate(state: VisitState): Awaitable<void> {
  const { cookie } = state;
  return chain(commit(state), () => {
    if (state.cookie !== cookie && state.cookie !== null)
      throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
  });
}

/** Commits because the app said so: it must learn that its changes were dropped, or could not be stored at all. */
export function commitNow(state: VisitState): Awaitable<void> {
  state.usable();
  state.mustBeStorable();
  return chain(commit(state), () => {
    if (state.dropped) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  });
}

function mustRewrite(state: VisitState, live: Live): boolean {
  if (state.touched || state.changedLife !== undefined) return true;
  return live.credential.keyId !== state.core.keys.newest.id && !state.facts.headersSent();
}

function save(state: VisitState, live: Live, json: string): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  return chain(saveMerged(state.core, live, json, state.saveOptions, state), (saved) => {
    if (saved === null) return state.superseded();
    state.noteWritten(live.json, json);
    if (saved.json !== json) state.replaceData(rebased(state, json, saved.json));
    return state.saved(live, saved);
  });
}

// What others saved, with what the app has written since ours was sent on top.
function rebased(state: VisitState, sent: string, stored: string): Data {
  const now = serialise(state.usable(), sent, state.core.policy.maxBytes);
  const data = parseData(stored);
  return now === sent ? data : applyDelta(data, deltaBetween(parseData(sent), parseData(now)));
}
