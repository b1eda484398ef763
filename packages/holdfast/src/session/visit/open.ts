/**
 * Opening: from the genuine ids that came with a request to `req.session`.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { requireDevice } from "../device-bound/require-device.ts";
import { fill, type SessionObject } from "../object/session-object.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import { findLive } from "./find-live.ts";
import { hasOtherClient, judgeClient } from "./judge-client.ts";
import type { VisitState } from "./state.ts";

/** Finds the session and fills `empty` with it. Throws the store's coded error; what is left then is for an error page. */
export function open(
  state: VisitState,
  credentials: readonly Credential[],
  empty: SessionObject,
): Awaitable<void> {
  state.loadedAt = state.core.clock.now();
  return attempt(
    () =>
      chain(find(state, credentials), (live) => {
        requireDevice(state, live);
        return hasOtherClient(state, live)
          ? chain(judgeClient(state, live).stored, (left) => opened(state, credentials, left, empty))
          : opened(state, credentials, live, empty);
      }),
    (error) => {
      fail(state, error, empty);
      // The caller replies with it; that reply's commit adds nothing.
      state.inert = true;
      throw error;
    },
  );
}

// For who must wait anyway: of a request that need not, nothing can have come over.
function find(state: VisitState, credentials: readonly Credential[]): Awaitable<Live | Locked | null> {
  const { legacy } = state.core;
  const found = findLive(state.core, credentials, state.facts.arrivedAt, state, state.loadedAt);
  return legacy === undefined ? found : chain(found, (it) => legacy.settle(state, it));
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
  state.loadedAt = state.core.clock.now();
  let opening: Awaitable<Live | Locked | null>;
  try {
    opening = findLive(state.core, credentials, state.facts.arrivedAt, state, state.loadedAt);
    if (!isPromise(opening)) requireDevice(state, opening);
    if (!isPromise(opening) && hasOtherClient(state, opening)) opening = judgeAtOnce(state, opening);
  } catch (error) {
    return fail(state, error, empty);
  }
  if (!isPromise(opening)) return opened(state, credentials, opening, empty);
  // An answer that comes late finds the request failed already: it must not fill the session.
  opening.catch(() => undefined);
  fail(state, new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE"), empty);
}

function judgeAtOnce(state: VisitState, found: Live): Live | null {
  const { live, stored } = judgeClient(state, found);
  if (!isPromise(stored)) return stored;
  // The store's failure is reported; this request goes on as it was judged all the same.
  stored.catch(() => undefined);
  return live;
}

function fail(state: VisitState, error: unknown, empty: SessionObject): void {
  state.failure = error;
  state.session = empty;
}

function opened(
  state: VisitState,
  credentials: readonly Credential[],
  live: Live | Locked | null,
  empty: SessionObject,
): void {
  state.session = empty;
  const { activity } = state.core;
  if (live === null || live instanceof Locked) {
    state.locked = live;
    return activity.noteNone(credentials);
  }
  state.live = live;
  fill(empty, live.data);
  if (state.facts.active) activity.noteUse(live, state.loadedAt);
}
