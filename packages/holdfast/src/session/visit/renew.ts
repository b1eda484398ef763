/**
 * Renewal: from time to time the client is given another secret for the same session, so that a copied id is of use for a
 * short while only, and its use shows (OWASP "renewal timeout").
 *
 * The secret is offered first and replaces the old one when the client presents it: a reply that is lost locks nobody out.
 * All requests that come before are offered the same one.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Live } from "../record/live.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import { isCurrent } from "../record/secrets.ts";
import type { VisitState } from "./state.ts";

/** True if the reply is to bring the client another secret. */
export function renewalDue({ live, core, facts, inert }: VisitState): boolean {
  if (live === null) return false;
  const { renew } = core.policy;
  if (renew === 0 || facts.arrivedAt < live.header.secretSince + renew) return false;
  return !inert && facts.storable && !facts.headersSent();
}

/** Offers the secret that follows; the same one as everybody else who has been faster. */
export function renew(state: VisitState): Awaitable<void> {
  return state.live === null ? undefined : offer(state, state.live, MOST_ATTEMPTS);
}

function offer(state: VisitState, live: Live, attempts: number): Awaitable<void> {
  const { records, credentials, clock } = state.core;
  const { credential, header } = live;
  // Whoever comes with a replaced secret is not given the new one: it is the client's who has presented it.
  if (!isCurrent(header, credential)) return undefined;
  const offered = header.next && credentials.successor(credential, header.next.keyId);
  if (offered !== undefined) return state.sendCookie({ ...live, credential: offered });
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  const successor = credentials.successor(credential);
  if (successor === undefined) return undefined;
  return chain(records.offer(live, successor, clock.now(), state), (saved) => {
    if (saved === null) return offerOnLatest(state, live, attempts - 1);
    // What the app has read stays the base of what it may still write.
    if (state.live === live) state.live = saved;
    return state.sendCookie({ ...saved, credential: successor });
  });
}

function offerOnLatest(state: VisitState, { credential }: Live, attempts: number): Awaitable<void> {
  const { records, clock } = state.core;
  const latest = records.find(credential, state.facts.arrivedAt, clock.now(), state);
  // Ended meanwhile: whoever ended it has seen to the cookie.
  return chain(latest, (live) => (live === null ? undefined : offer(state, live, attempts)));
}
