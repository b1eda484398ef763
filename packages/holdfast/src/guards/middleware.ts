/**
 * Guards: middleware that lets a request go on or answers it.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { settle } from "../awaitable.ts";
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError, type HoldfastErrorCode } from "../errors.ts";
import { type Attached, attachmentOf } from "../express/attachment.ts";
import { expressAppOf } from "../express/express-hooks.ts";
import type { Middleware, Next } from "../express/next.ts";
import { refuse } from "../express/refuse.ts";
import type { Sessions } from "../express/sessions.ts";
import { levelOf } from "../session/authentication.ts";
import { SessionObject } from "../session/object/session-object.ts";
import type { Session } from "../session/object/types.ts";
import type { Sight } from "../session/visit/look-again.ts";
import { type Answer, answerFor, type GuardOptions } from "./answer.ts";
import { hasLevel, isFresh, isSignedIn, type ProofOptions } from "./checks.ts";

/** Options of the guards that ask what a user has proved. */
export interface ProofGuardOptions extends GuardOptions, ProofOptions {}

/** See {@link Middleware}. */
export type Guard = Middleware;

/**
 * Lets signed-in users pass; others get 401, `ERR_HOLDFAST_SIGN_IN_REQUIRED`, or `ERR_HOLDFAST_SESSION_LOCKED` where
 * their session waits to be unlocked.
 *
 * @example
 * ```ts
 * app.get("/account", requireUser({ redirect: "/login" }), showAccount);
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for a `redirect` that is no path of this origin
 */
export function requireUser(options?: GuardOptions): Guard {
  return guard(options, () => null);
}

/**
 * Lets users pass who have proved who they are less than `within` ago (ASVS 7.5.1); others who are signed in get 403,
 * `ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED`, or `ERR_HOLDFAST_IMPERSONATING` where somebody acts as them; and who is not,
 * 401 as with {@link requireUser}.
 *
 * @param within - milliseconds, or text such as `"5m"`
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, or as {@link requireUser} does
 */
export function requireFreshSignIn(within: Duration, options?: ProofGuardOptions): Guard {
  const ms = parseDuration(within, "within");
  return guard(options, (session) =>
    isFresh(session, ms, options) ? null : unproven(session, "ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED"),
  );
}

/**
 * Lets users pass who have reached `level` (ASVS 7.5.3); others who are signed in get 403,
 * `ERR_HOLDFAST_LEVEL_REQUIRED`, or `ERR_HOLDFAST_IMPERSONATING` where somebody acts as them; and who is not, 401 as
 * with {@link requireUser}.
 *
 * @param level - 0 to 9
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`
 */
export function requireLevel(level: number, options?: ProofGuardOptions): Guard {
  const least = levelOf(level);
  return guard(options, (session) =>
    hasLevel(session, least, options) ? null : unproven(session, "ERR_HOLDFAST_LEVEL_REQUIRED"),
  );
}

function unproven(session: Session, lacks: HoldfastErrorCode): HoldfastErrorCode {
  return session.impersonator === undefined ? lacks : "ERR_HOLDFAST_IMPERSONATING";
}

function sessionOf(req: IncomingMessage, attached: Attached, sessions: Sessions | undefined): unknown {
  if (sessions !== undefined) return sessions.get(req);
  if (attached.outer === undefined) return attached.session;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "This request has several sessions. Say which one the guard is about: requireUser({ sessions }).",
  );
}

/** @param missing - what a signed-in user lacks; `null`: nothing */
function guard(
  options: GuardOptions | undefined,
  missing: (session: Session) => HoldfastErrorCode | null,
): Guard {
  const answer: Answer = answerFor(options);
  return (req, res, next) => {
    const attached = attachmentOf(req);
    // Thrown, not handed to `next`: outside Express that might well ignore it and go on.
    if (attached === undefined) {
      throw new HoldfastError(
        "ERR_HOLDFAST_OPTION",
        "A guard needs session() before it: app.use(session()).",
      );
    }
    const session = sessionOf(req, attached, options?.sessions);
    const judge = (sight: Sight): void => {
      const isOwn = session instanceof SessionObject;
      const lacks =
        sight === "there" && isOwn && isSignedIn(session)
          ? missing(session)
          : sight === "locked" || (isOwn && session.locked)
            ? "ERR_HOLDFAST_SESSION_LOCKED"
            : "ERR_HOLDFAST_SIGN_IN_REQUIRED";
      if (lacks === null) next();
      else answer(req, res, new HoldfastError(lacks));
    };
    // A request that has waited for its body must not pass with a session that was revoked meanwhile.
    settle(
      () => SessionObject.visitOf(session)?.lookAgain() ?? "gone",
      judge,
      (error) => fail(req, res, next, error),
    );
  };
}

// On bare `node:http` there is nobody whom `next` would tell of an error.
function fail(req: IncomingMessage, res: ServerResponse, next: Next, error: unknown): void {
  if (expressAppOf(req) === undefined) refuse(res, res, error);
  else next(error);
}
