/**
 * A session that has locked at its idle limit (NIST SP 800-63B-4, 2.2.3): writing that down, what a request may do with it,
 * and bringing it back.
 *
 * To the app `req.session` is empty, and stays so: nothing is written to the locked record but the steps of an unlocking.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { userOf } from "../identity.ts";
import { endOtherSide } from "../legacy.ts";
import { headerOver, type RecordHeader } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import { NO_PENDING } from "../record/pending.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import { Snapshot } from "../record/snapshot.ts";
import type { SignIn } from "./begin.ts";
import { changeUser, create } from "./change-user.ts";
import { mayUnlock } from "./judge-client.ts";
import { applyDelta, dataOf, deltaBetween, snapshotOf } from "./merge.ts";
import { refuseEnded, type VisitState } from "./state.ts";

/**
 * Writes down that a session has locked, once: from then on activity that some process has not recorded yet, and requests
 * that began before, no longer reach it.
 */
export function lockDown(
  core: Core,
  locked: Locked,
  presentedAt: number,
  reporter: Reporter,
  attempts: number = MOST_ATTEMPTS,
): Awaitable<Live | Locked | null> {
  const { credential, header } = locked;
  if (header.lock === "locked" || attempts <= 0) return locked;
  // A step begun before must not be taken up past the lock.
  const shut: RecordHeader = { ...header, lock: "locked", pending: NO_PENDING };
  return attempt<Live | Locked | null>(
    () =>
      chain(rewrite(core, locked, shut, reporter), (written) => {
        if (written === null) return lockAgain(core, locked, presentedAt, reporter, attempts - 1);
        reporter.report("session_locked", {}, { handle: credential.handle, user: header.user });
        return written;
      }),
    // Locked it is, whether or not the store can say so now.
    () => locked,
  );
}

// Another request has written to it meanwhile, or locked it first.
function lockAgain(
  core: Core,
  { credential }: Locked,
  presentedAt: number,
  reporter: Reporter,
  attempts: number,
): Awaitable<Live | Locked | null> {
  return chain(core.records.look(credential, presentedAt, core.clock.now(), reporter), (found) =>
    found instanceof Locked ? lockDown(core, found, presentedAt, reporter, attempts) : found,
  );
}

/** Gives a locked record another header. `null` if somebody was faster or the session is gone. */
export function rewrite(
  { store, records, clock }: Core,
  locked: Locked,
  header: RecordHeader,
  reporter: Reporter,
): Awaitable<Locked | null> {
  const { credential, seenAt } = locked;
  const { version, user, keyId, body } = locked.record;
  const { handle } = credential;
  // The body stays as it is, and so does what it is tied to.
  const stamped = headerOver(locked, version, version + 1, header, seenAt);
  const sealed = records.codec.sealHeader(handle, keyId, stamped);
  const next = { version: version + 1, expiresAt: header.endsAt, user, keyId, header: sealed, body };
  const written = store.ask("update", reporter, (it) => it.update(handle, version, next, clock.now()));
  return chain(written, (done) => (done ? new Locked(credential, next, stamped) : null));
}

/** What a request wrote while its session was locked: another user begins a session of their own, all else is dropped. */
export function commitLocked(state: VisitState, data: Snapshot): Awaitable<void> {
  const user = userOf(state.usable(), state.core.policy.identify);
  if (user !== null) return beginApart(state, data, user);
  state.report("session_write_dropped", {}, { handle: state.locked?.credential.handle ?? "" });
  state.replaceData(Snapshot.EMPTY);
  if (state.core.policy.onSuperseded === "fail") throw new HoldfastError("ERR_HOLDFAST_SESSION_LOCKED");
}

/** For verbs that promise the app something is stored. @throws {HoldfastError} `ERR_HOLDFAST_SESSION_LOCKED` */
export function refuseLockedWrite(state: VisitState): void {
  if (state.locked === null || state.snapshot(Snapshot.EMPTY) === Snapshot.EMPTY) return;
  if (userOf(state.usable(), state.core.policy.identify) === null) {
    throw new HoldfastError("ERR_HOLDFAST_SESSION_LOCKED");
  }
}

/** A user has been proved while the session was locked: its own user gets it back, any other one a session of their own. */
export function signInOverLocked(
  state: VisitState,
  locked: Locked,
  user: string,
  signIn: SignIn,
): Awaitable<void> {
  if (locked.header.user === user) return unlock(state, locked, user, signIn);
  return beginApart(state, state.snapshot(Snapshot.EMPTY), user, signIn);
}

// It has no part in the locked one, whoever's that was: a user who is assigned gets nothing of what they once proved.
function beginApart(state: VisitState, data: Snapshot, user: string, signIn?: SignIn): Awaitable<void> {
  if (!state.facts.storable) return state.facts.refuseInsecure();
  state.mustReachClient();
  return chain(endLocked(state), () => create(state, data, user, signIn));
}

/** Ends the locked session; true if it was there. */
export function endLocked(state: VisitState): Awaitable<boolean> {
  const { locked, core } = state;
  if (locked === null) return false;
  const { handle } = locked.credential;
  const removed = chain(endOtherSide(core.legacy, locked.header, state), () =>
    core.records.remove(handle, core.clock.now(), state),
  );
  return chain(removed, (existed) => {
    state.locked = null;
    state.cookie = "clear";
    if (existed) state.report("session_logout", {}, { handle, user: locked.header.user });
    return existed;
  });
}

/**
 * The data comes back under a new id, until the absolute limit that was. Of what the user had proved nothing comes back:
 * only what they have proved now counts (NIST SP 800-63B-4, 5.1).
 */
function unlock(state: VisitState, locked: Locked, user: string, signIn: SignIn): Awaitable<void> {
  const { core } = state;
  const { handle } = locked.credential;
  return attempt(
    () =>
      // Read again: one factor is enough for this session alone, and only while nobody has ended it.
      chain(
        core.records.look(locked.credential, state.facts.arrivedAt, core.clock.now(), state),
        (latest) => {
          const live = latest instanceof Locked ? core.records.unlock(latest, state) : null;
          if (live === null) return refuseEnded(state);
          if (!mayUnlock(state, live)) return chain(endLocked(state), () => refuseEnded(state));
          const mine = deltaBetween({}, dataOf(state.snapshot(Snapshot.EMPTY)));
          const data = snapshotOf(applyDelta(dataOf(live.data), mine));
          if (!data.fits(core.policy.maxBytes)) throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE");
          return chain(changeUser(state, live, data, user, { ...signIn, follows: true }), () => {
            state.locked = null;
            if (state.live === null) return;
            const previous = core.keys.newest.correlate(handle);
            state.report("session_unlocked", { previous }, { handle: state.live.credential.handle, user });
          });
        },
      ),
    (error) => {
      // The data must not stay with a session that nobody has unlocked.
      if (state.left !== undefined) {
        state.left = undefined;
        state.locked = null;
        state.replaceData(Snapshot.EMPTY);
      }
      throw error;
    },
  );
}
