/**
 * The cookie that stands for a visitor where a CSRF token has no user to be for.
 *
 * It ends with the visit: a sign-in takes it away, so that no token of before is good again once the user has signed out
 * at a shared screen (OWASP CSRF Prevention: the token changes at login).
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { scanCookies } from "../cookie/scan.ts";
import { SessionCookie, withSessionCookie } from "../cookie/session-cookie.ts";
import type { CookieSettings } from "../cookie/settings.ts";
import { HoldfastError } from "../errors.ts";
import { attachmentOf } from "../express/attachment.ts";
import { markOwnCookie } from "../express/own-mark.ts";
import type { RequestSession } from "../express/request-session.ts";
import { beforeHead } from "./before-head.ts";

/** Over HTTPS the prefix keeps sister hosts from planting one (RFC 6265bis 4.1.3.2). */
const NAMES = { https: "__Host-csrf", http: "csrf" } as const;
const VISITOR = /^[\w-]{22}$/;

/** New visitors, until their cookie comes back: by request, for its sessions share the cookie. */
const greeted = {
  https: new WeakMap<IncomingMessage, string>(),
  http: new WeakMap<IncomingMessage, string>(),
} as const;

/** The visitor whose cookie came with the request, or was made for its reply. */
export function visitorOf({ transport, req }: RequestSession): string | undefined {
  if (transport === "none") return undefined;
  const [value] = scanCookies(req.headers.cookie, NAMES[transport], 1);
  return value !== undefined && VISITOR.test(value) ? value : greeted[transport].get(req);
}

/**
 * A new visitor, with a cookie.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_HEADERS_SENT`; `ERR_HOLDFAST_INSECURE_TRANSPORT` over plain HTTP in production
 */
export function greet(attached: RequestSession): string {
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
  send(attached, cookieOf(deployment.cookieSettings).set(visitor, transport === "https"));
  greeted[transport].set(req, visitor);
  return visitor;
}

/** Has the reply take the visitor's cookie away if the session has a user by then. */
export function endVisitAtSignIn(attached: RequestSession): void {
  // Several sessions share the cookie: the other one may have no user.
  if (attached.outer !== undefined || attachmentOf(attached.req) !== attached) return;
  beforeHead(attached.res, () => {
    // Nobody has looked at the session: nobody has signed in.
    if (!attached.engaged) return;
    const { live } = attached.visit;
    if (live === null || live.header.user === null) return;
    send(attached, cookieOf(attached.deployment.cookieSettings).clear(attached.transport === "https"));
  });
}

function send({ transport, res }: RequestSession, header: string): void {
  const name = NAMES[transport === "https" ? "https" : "http"];
  markOwnCookie(res, name);
  res.setHeader("Set-Cookie", withSessionCookie(res.getHeader("Set-Cookie"), header, name));
}

const cookies = new WeakMap<CookieSettings, SessionCookie>();

/** Where the session's cookie travels within frames of other sites, so does this one. */
function cookieOf(settings: CookieSettings): SessionCookie {
  const known = cookies.get(settings);
  if (known !== undefined) return known;
  const cookie = new SessionCookie({
    ...settings,
    secureName: NAMES.https,
    plainName: NAMES.http,
    path: "/",
    domain: undefined,
    // Never Strict: a visitor who follows a link would get another cookie, and the forms of other tabs would fail.
    sameSite: settings.sameSite === "None" ? "None" : "Lax",
    priority: undefined,
  });
  cookies.set(settings, cookie);
  return cookie;
}
