/**
 * The checks behind the guards, for sockets and whatever else has a session and no reply to write.
 *
 * Each is false for `undefined`, a session that has been destroyed; and for any object that is no session of ours,
 * however much it looks like one.
 *
 * @module
 */
import { type Duration, parseDuration } from "../duration.ts";
import { levelOf } from "../session/authentication.ts";
import { SessionObject } from "../session/object/session-object.ts";
import type { Session } from "../session/object/types.ts";

/** Options of the checks, and guards, of what a user has proved. */
export interface ProofOptions {
  /**
   * True: while an operator impersonates the user, what the operator has proved counts. Default false: nobody passes
   * then, for the user has proved nothing.
   */
  readonly allowImpersonation?: boolean | undefined;
}

/** Milliseconds. */
const MOST_SKEW = 60_000;

/** True if the session has a user, signed in or assigned. */
export function isSignedIn(session: Session | undefined): boolean {
  const visit = SessionObject.visitOf(session);
  // A request may take long: to upload its body, or to be guarded.
  return visit !== undefined && visit.user !== null && !visit.over;
}

/**
 * True if the user proved who they are, by `signIn` or `elevate`, less than `within` ago (ASVS 7.5.1). The deployment's
 * clock says when now is. An assigned user has proved nothing.
 *
 * @param within - milliseconds, or text such as `"5m"`
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`
 */
export function isFresh(
  session: Session | undefined,
  within: Duration,
  { allowImpersonation = false }: ProofOptions = {},
): boolean {
  const ms = parseDuration(within, "within");
  const visit = SessionObject.visitOf(session);
  const provenAt = visit?.provenHeader(allowImpersonation)?.authenticatedAt ?? 0;
  if (visit === undefined || provenAt === 0 || visit.over) return false;
  const age = visit.core.clock.now() - provenAt;
  // Servers' clocks differ by seconds; one that was hours ahead has proved nothing.
  return age < ms && age >= -MOST_SKEW;
}

/**
 * True if the session has a user who has reached this level (ASVS 7.5.3). An assigned user has level 0.
 *
 * @param level - 0 to 9
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`
 */
export function hasLevel(
  session: Session | undefined,
  level: number,
  { allowImpersonation = false }: ProofOptions = {},
): boolean {
  const least = levelOf(level);
  const visit = SessionObject.visitOf(session);
  if (visit === undefined || visit.user === null || visit.over) return false;
  if (visit.impersonator !== undefined && !allowImpersonation) return false;
  return (visit.provenHeader(allowImpersonation)?.level ?? 0) >= least;
}
