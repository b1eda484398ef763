/**
 * Whom a CSRF token is for: a signed-in user's session, or a visitor.
 *
 * A session's handle changes with its user and survives renewal, and so do the tokens bound to it. Visitors have a
 * cookie of their own instead, whether they have a session or not, for the login form must not depend on one.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { scanCookies } from "../cookie/scan.ts";
import { withSessionCookie } from "../cookie/session-cookie.ts";
import { HoldfastError } from "../errors.ts";
import { markOwnCookie } from "../express/own-mark.ts";
import type { RequestSession } from "../express/request-session.ts";
import { actingUser } from "../session/record/header.ts";

/** Over HTTPS the prefix keeps sister hosts from planting one (RFC 6265bis 4.1.3.2). */
const NAMES = { https: "__Host-csrf", http: "csrf" } as const;
const VISITOR = /^[\w-]{22}$/;

/** New visitors, until their cookie comes back: by request, for its sessions share the cookie. */
const greeted = {
  https: new WeakMap<IncomingMessage, string>(),
  http: new WeakMap<IncomingMessage, string>(),
} as const;

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

function visitorOf(attached: RequestSession): string | undefined {
  const { transport, req } = attached;
  if (transport === "none") return undefined;
  const [value] = scanCookies(req.headers.cookie, NAMES[transport], 1);
  return value !== undefined && VISITOR.test(value) ? value : greeted[transport].get(req);
}

function greet(attached: RequestSession): string {
  const { transport, req, res, deployment } = attached;
  const visitor = deployment.random(16).toString("base64url");
  if (transport === "none") {
    attached.refuseInsecure();
    return visitor;
  }
  if (res.headersSent) {
    throw new HoldfastError(
      "ERR_HOLDFAST_HEADERS_SENT",
      "A new visitor's CSRF token needs a cookie. Ask for it before writing the reply.",
    );
  }
  const name = NAMES[transport];
  // Not Strict: a visitor who follows a link would get another cookie, and the forms of other tabs would fail.
  const header = `${name}=${visitor}; Path=/; HttpOnly${transport === "https" ? "; Secure" : ""}; SameSite=Lax`;
  markOwnCookie(res, name);
  res.setHeader("Set-Cookie", withSessionCookie(res.getHeader("Set-Cookie"), header, name));
  greeted[transport].set(req, visitor);
  return visitor;
}
