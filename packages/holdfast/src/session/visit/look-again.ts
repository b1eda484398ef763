import { type Awaitable, chain } from "../../awaitable.ts";
import { FRESH_MS } from "../fresh.ts";
import { withHeader } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import type { VisitState } from "./state.ts";

/** What became of a session since it was read. */
export type Sight = "there" | "locked" | "gone";

/**
 * For a guard on a request that has waited since its session was read, say for its body: whether it has ended or locked in
 * the meantime. What its user had proved counts as it is now. Asks the store at most once a second, and of a request that
 * does not wait never.
 *
 * Throws the store's coded error.
 */
export function lookAgain(state: VisitState): Awaitable<Sight> {
  const { live } = state;
  const { records, clock } = state.core;
  const now = clock.now();
  if (live === null || Math.abs(now - state.loadedAt) < FRESH_MS) return "there";
  return chain(records.look(live.credential, state.facts.arrivedAt, now, state), (latest) => {
    if (latest === null) return "gone";
    if (latest instanceof Locked) return "locked";
    state.loadedAt = now;
    // The header alone: what the request has changed in the data stays to be merged with what is stored.
    if (state.live === live) state.live = withHeader(live, latest);
    return "there";
  });
}
