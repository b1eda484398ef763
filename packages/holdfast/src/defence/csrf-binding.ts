/**
 * Whom a CSRF token is for: a signed-in user's session, or a visitor.
 *
 * A session's handle changes with its user and survives renewal, and so do the tokens bound to it. Visitors have a
 * cookie of their own instead, whether they have a session or not, for the login form must not depend on one.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type { RequestSession } from "../express/request-session.ts";
import { actingUser } from "../session/record/header.ts";
import { greet, visitorOf } from "./csrf-visitor.ts";

/** Whom a token that came with this request must be for; `undefined`: there is nobody. */
export function presentedBinding(attached: RequestSession): string | undefined {
  const session = sessionBinding(attached);
  if (session !== undefined) return session;
  const visitor = visitorOf(attached);
  return visitor === undefined ? undefined : `visitor.${visitor}`;
}

/**
 * Whom a token in the reply is for; a new visitor gets a cookie.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_HEADERS_SENT`; `ERR_HOLDFAST_INSECURE_TRANSPORT` over plain HTTP in production;
 * `ERR_HOLDFAST_OPTION` for a user who was assigned, for the session's handle changes with the reply; a store's error
 */
export function bindingForReply(attached: RequestSession): string {
  const session = sessionBinding(attached);
  const { visit } = attached;
  if (visit.user !== (visit.live === null ? null : actingUser(visit.live.header))) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "The session's user has just changed, and its handle changes with the reply. Call req.session.signIn() or save(), " +
        "wait for it, and then ask for the CSRF token; or redirect.",
    );
  }
  return session ?? `visitor.${visitorOf(attached) ?? greet(attached)}`;
}

function sessionBinding({ visit }: RequestSession): string | undefined {
  visit.look();
  if (visit.failure !== undefined) throw visit.failure;
  const { live } = visit;
  return live === null || live.header.user === null ? undefined : `session.${live.credential.handle}`;
}
