/**
 * `req.session.pend` and `takePending`: a step that has begun, remembered for a short time and taken up once (WSTG-ATHN:
 * a marker of one step proves nothing to another).
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { parseDuration } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import { userOf } from "../identity.ts";
import { actingUser } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import { others, type Pending, pendingFor } from "../record/pending.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import { Snapshot } from "../record/snapshot.ts";
import { create } from "./change-user.ts";
import { rewrite } from "./locked.ts";
import { refuseEnded, type VisitState } from "./state.ts";

const MOST_STEPS = 8;
const MOST_BYTES = 4096;
const LONGEST_PURPOSE = 64;

/** Begins a step, in place of one begun for the same purpose. */
export function pend(state: VisitState, purpose: string, value: unknown, within: unknown): Awaitable<void> {
  checkPurpose(purpose);
  const ms = parseDuration(within, "within");
  const json = jsonOf(value);
  ownUser(state);
  state.mustBeStorable();
  return chain(stored(state), (live) =>
    edit(state, live, MOST_ATTEMPTS, (latest, now) => {
      const rest = others(latest.header.pending, purpose, now);
      if (rest.length >= MOST_STEPS) {
        throw new HoldfastError(
          "ERR_HOLDFAST_TOO_LARGE",
          `A session has at most ${MOST_STEPS} pending steps.`,
        );
      }
      const sealed = state.core.records.codec.sealPending(latest.credential, latest.header, purpose, json);
      return [...rest, { purpose, until: now + ms, value: sealed }];
    }),
  );
}

/** Takes up a step; `undefined` if none was begun, its time is over, or somebody else has taken it. */
export function takePending(state: VisitState, purpose: string): Awaitable<unknown> {
  checkPurpose(purpose);
  ownUser(state);
  const live = state.live ?? state.locked;
  if (live === null) return undefined;
  state.mustBeStorable();
  // Whoever must prove anew who they are is in the middle of nothing.
  if (state.unproven) return undefined;
  let json: string | null = null;
  const taken = edit(state, live, MOST_ATTEMPTS, (latest, now) => {
    const { credential, header } = latest;
    const step = pendingFor(header.pending, purpose, now);
    json = step === undefined ? null : state.core.records.codec.openPending(credential, header, step);
    return step === undefined ? undefined : others(header.pending, purpose, now);
  });
  return chain(taken, () => (json === null ? undefined : JSON.parse(json)));
}

// A step is the user's who began it, and goes when the user changes.
function ownUser(state: VisitState): void {
  const user = userOf(state.usable(), state.core.policy.identify);
  // While a session is locked nobody is the request's user.
  const owner = state.locked === null ? (state.live === null ? user : actingUser(state.live.header)) : null;
  if (owner === user) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_USER",
    "This request has assigned another user. Save the session first.",
  );
}

/** The stored session of the visit, locked or not; one without data if there was none. */
function stored(state: VisitState): Awaitable<Live | Locked> {
  const known = state.live ?? state.locked;
  if (known !== null) return known;
  const user = userOf(state.usable(), state.core.policy.identify);
  return chain(create(state, state.snapshot(Snapshot.EMPTY), user), () => {
    if (state.live === null) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
    return state.live;
  });
}

/**
 * Changes what is pending in the newest record, and nothing else: what the request has changed in the data is still its own
 * to save, and will be merged. The store lets only one of several through, so a step is taken once.
 *
 * @param change - `undefined`: there is nothing to change
 */
function edit(
  state: VisitState,
  before: Live | Locked,
  attempts: number,
  change: (latest: Live | Locked, now: number) => readonly Pending[] | undefined,
): Awaitable<void> {
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  const { records, clock } = state.core;
  const { arrivedAt } = state.facts;
  return chain(records.look(before.credential, arrivedAt, clock.now(), state), (latest) => {
    // What has locked meanwhile is another matter: it waits for its user.
    if (latest === null || latest instanceof Locked !== before instanceof Locked) return refuseEnded(state);
    const now = clock.now();
    const pending = change(latest, now);
    if (pending === undefined) return undefined;
    const writing =
      latest instanceof Locked
        ? rewrite(state.core, latest, { ...latest.header, pending }, state)
        : records.amend(latest, { pending }, state.seenNow(latest), now, state);
    return chain<unknown, void>(writing, (saved) =>
      saved === null ? edit(state, before, attempts - 1, change) : undefined,
    );
  });
}

function checkPurpose(purpose: unknown): void {
  if (typeof purpose === "string" && purpose !== "" && purpose.length <= LONGEST_PURPOSE) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    'A step\'s purpose must be a name of at most 64 characters, such as "otp".',
  );
}

function jsonOf(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new HoldfastError("ERR_HOLDFAST_NOT_JSON", undefined, { cause: error });
  }
  if (json === undefined) throw new HoldfastError("ERR_HOLDFAST_NOT_JSON");
  if (Buffer.byteLength(json) > MOST_BYTES) {
    throw new HoldfastError(
      "ERR_HOLDFAST_TOO_LARGE",
      `A pending step has at most ${MOST_BYTES} bytes of JSON.`,
    );
  }
  return json;
}
