/**
 * Opening: from the genuine ids that came with a request to `req.session`.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { fill, type SessionObject } from "../object/session-object.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { findLive } from "./find-live.ts";
import type { VisitState } from "./state.ts";

/** Finds the session and fills `empty` with it. Throws the store's coded error; what is left then is for an error page. */
export function open(
  state: VisitState,
  credentials: readonly Credential[],
  empty: SessionObject,
): Awaitable<void> {
  return attempt(
    () =>
      chain(findLive(state.core, credentials, state.facts.arrivedAt, state), (live) =>
        opened(state, credentials, live, empty),
      ),
    (error) => {
      fail(state, error, empty);
      // The caller replies with it; that reply's commit adds nothing.
      state.inert = true;
      throw error;
    },
  );
}

/**
 * {@link open} for a getter, which can neither wait nor throw: an async handler of Express 4 would reject unheard and take
 * the process with it. A failure becomes the reply when the app replies; until then the session is empty.
 */
export function openAtOnce(
  state: VisitState,
  credentials: readonly Credential[],
  empty: SessionObject,
): void {
  let opening: Awaitable<Live | null>;
  try {
    opening = findLive(state.core, credentials, state.facts.arrivedAt, state);
  } catch (error) {
    return fail(state, error, empty);
  }
  if (!isPromise(opening)) return opened(state, credentials, opening, empty);
  // An answer that comes late finds the request failed already: it must not fill the session.
  opening.catch(() => undefined);
  fail(state, new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE"), empty);
}

function fail(state: VisitState, error: unknown, empty: SessionObject): void {
  state.failure = error;
  state.session = empty;
}

function opened(
  state: VisitState,
  credentials: readonly Credential[],
  live: Live | null,
  empty: SessionObject,
): void {
  state.live = live;
  state.session = empty;
  const { activity, clock } = state.core;
  if (live === null) return activity.noteNone(credentials);
  fill(empty, live.data);
  if (state.facts.active) activity.noteUse(live, clock.now());
}
