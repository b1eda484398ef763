/**
 * The checks behind the guards, for sockets and whatever else has a session and no reply to write.
 *
 * Each is false for `undefined`, a session that has been destroyed; and for any object that is no session of ours, however
 * much it looks like one.
 *
 * @module
 */
import { type Duration, parseDuration } from "../duration.ts";
import { levelOf } from "../session/authentication.ts";
import { SessionObject } from "../session/object/session-object.ts";
import type { Session } from "../session/object/types.ts";

/** True if the session has a user, signed in or assigned. */
export function isSignedIn(session: Session | undefined): boolean {
  const user = SessionObject.visitOf(session)?.user;
  return user !== undefined && user !== null;
}

/**
 * True if the user proved who they are, by `signIn` or `elevate`, less than `within` ago (ASVS 7.5.1). The deployment's
 * clock says when now is. An assigned user has proved nothing.
 *
 * @param within - milliseconds, or text such as `"5m"`
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`
 */
export function isFresh(session: Session | undefined, within: Duration): boolean {
  const ms = parseDuration(within, "within");
  const visit = SessionObject.visitOf(session);
  const provenAt = visit?.authenticatedAt;
  return visit !== undefined && provenAt !== undefined && visit.core.clock.now() < provenAt.getTime() + ms;
}

/**
 * True if the session has a user who has reached this level (ASVS 7.5.3). An assigned user has level 0.
 *
 * @param level - 0 to 9
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`
 */
export function hasLevel(session: Session | undefined, level: number): boolean {
  const least = levelOf(level);
  const visit = SessionObject.visitOf(session);
  return visit !== undefined && visit.user !== null && visit.level >= least;
}
