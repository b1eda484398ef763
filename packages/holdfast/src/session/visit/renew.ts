/**
 * Renewal: from time to time the client is given another secret for the same session, so that a copied id is of use for a
 * short while only, and its use shows (OWASP "renewal timeout").
 *
 * The secret is offered first and replaces the old one when the client presents it: a reply that is lost locks nobody out.
 * All requests that come before are offered the same one.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { deviceAtArrival } from "../device-bound/at-begin.ts";
import { mayMove } from "../federation/at-begin.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import { isCurrent } from "../record/secrets.ts";
import type { VisitState } from "./state.ts";

/** True if the reply is to bring the client another secret, or must not bring it the present one any more. */
export function renewalDue({ live, core, facts, cookie, inert, cameOver }: VisitState): boolean {
  if (live === null) return false;
  const { renew, renewGrace } = core.policy;
  // What it presents is good until it presents what it is offered.
  if (cameOver === live.credential.handle) return !inert && facts.storable && !facts.headersSent();
  if (renew === 0) return false;
  // A reply that brings an id must not bring one that others replace while it is on its way.
  const at = cookie === null ? facts.arrivedAt : core.clock.now() + renewGrace;
  if (at < live.header.secretSince + renew) return false;
  return !inert && facts.storable && !facts.headersSent();
}

/** Offers the secret that follows; the same one as everybody else who has been faster. */
export function renew(state: VisitState): Awaitable<void> {
  const { live, core, facts, cameOver } = state;
  if (live === null) return undefined;
  const { renew, renewGrace } = core.policy;
  if (cameOver === live.credential.handle) state.registration = deviceAtArrival(state);
  // What was offered when the request came has perhaps been taken, and replaced, since. And a client that is new here often
  // sends several requests at once, one of which may sign it in: its new id must not be overwritten by this one.
  const isFresh =
    core.clock.now() < facts.arrivedAt + renew - renewGrace && cameOver !== live.credential.handle;
  const offering = attempt(
    () => (isFresh ? offer(state, live, MOST_ATTEMPTS) : offerOnLatest(state, live, MOST_ATTEMPTS)),
    // It has been reported. What the app has written is stored, and the next request makes up for the offer.
    () => withhold(state),
  );
  if (!isPromise(offering) || !core.store.answersAtOnce) return offering;
  // Such a store makes wait for a write only what others have locked out; a reader need not wait with it.
  return withhold(state);
}

function offer(state: VisitState, live: Live, attempts: number): Awaitable<void> {
  const { credentials } = state.core;
  const { credential, header } = live;
  // Whoever comes with a replaced secret is not given the new one: it is the client's who has presented it.
  if (!isCurrent(header, credential)) return withhold(state);
  const offered = header.next && credentials.successor(credential, header.next.keyId);
  if (offered !== undefined) return state.offerCookie(offered, header);
  // Renewal is for sessions in use.
  if (!state.facts.active) return withhold(state);
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  const successor = credentials.successor(credential);
  if (successor === undefined) return withhold(state);
  if (successor.keyId === live.record.keyId) return write(state, live, successor, attempts);
  return chain(mayMove(state.core, header, successor.keyId, state), (may) =>
    may ? write(state, live, successor, attempts) : withhold(state),
  );
}

function write(state: VisitState, live: Live, successor: Credential, attempts: number): Awaitable<void> {
  const { records, clock, activity } = state.core;
  const offered = chain(records.offer(live, successor, state.seenNow(live), clock.now(), state), (saved) => {
    if (saved !== null) activity.noteWrite(saved, saved.seenAt);
    return saved;
  });
  if (isPromise(offered)) activity.noteWriting(live.credential, offered);
  return chain(offered, (saved) => {
    if (saved === null) return offerOnLatest(state, live, attempts - 1);
    // What the app has read stays the base of what it may still write.
    if (state.live === live) state.live = saved;
    return state.offerCookie(successor, saved.header);
  });
}

function offerOnLatest(state: VisitState, { credential }: Live, attempts: number): Awaitable<void> {
  const { records, clock } = state.core;
  const latest = records.find(credential, state.facts.arrivedAt, clock.now(), state);
  // Ended meanwhile: whoever ended it has seen to the cookie.
  return chain(latest, (live) => (live === null ? withhold(state) : offer(state, live, attempts)));
}

/** The reply leaves the client's cookie as it is. */
function withhold(state: VisitState): void {
  state.cookie = null;
}
