/**
 * CSRF tokens for Express and `node:http`: made for a reply, required of requests that may change something.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Exempt, exemption } from "../cross-site/exempt.ts";
import { checkListener } from "../cross-site/options.ts";
import { isUnsafeRequest } from "../cross-site/unsafe-request.ts";
import { HoldfastError } from "../errors.ts";
import { attachmentOf } from "../express/attachment.ts";
import type { Middleware } from "../express/next.ts";
import { findSession, RequestSession } from "../express/request-session.ts";
import { deploymentOf } from "../express/session.ts";
import type { Sessions } from "../express/sessions.ts";
import { checkOptionNames } from "../option-checks.ts";
import { beforeHead, hookHeads } from "./before-head.ts";
import { bindingForReply, presentedBinding } from "./csrf-binding.ts";
import { isCsrfToken, makeCsrfToken } from "./csrf-token.ts";
import { endVisitAtSignIn, visitorOf } from "./csrf-visitor.ts";
import { answer, type OnRefusal, tell } from "./refusal.ts";

/** Options of {@link csrfToken}. */
export interface CsrfTokenOptions {
  /** Whose sessions tokens are bound to, where a request has several: what `session()` returned. Default: the one. */
  readonly sessions?: Sessions | undefined;
}

/** Options of {@link requireCsrfToken}. */
export interface RequireCsrfTokenOptions extends CsrfTokenOptions {
  /** The field of a parsed body, `req.body`, that holds the token. Default `"_csrf"`. */
  readonly field?: string | undefined;
  /** Requests that need no token: paths, compared exactly, or a function of the request. Default: none. */
  readonly exempt?: Exempt | undefined;
  /** Told of each refusal; the session reports `malicious_csrf` as well. Default: nobody. */
  readonly onRefusal?: OnRefusal | undefined;
}

const OWNER = "requireCsrfToken()";
const HEADER = "x-csrf-token";

/**
 * A CSRF token for a form or a script in this reply: 71 characters, another one at each call, all of them good until the
 * user signs in or out. For a signed-in user it is bound to the session, for others to a cookie, `__Host-csrf`. The
 * reply goes out with `Cache-Control: no-store`, whatever the app says of it.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` without `session()` before it, and between the assignment of a user
 * and the reply; `ERR_HOLDFAST_HEADERS_SENT`; `ERR_HOLDFAST_INSECURE_TRANSPORT`, as for sessions;
 * a store's error
 */
export function csrfToken(req: IncomingMessage, { sessions }: CsrfTokenOptions = {}): string {
  const attached = sessionBehind(req, sessions);
  const { deployment, res } = attached;
  const token = makeCsrfToken(deployment.core.keys, deployment.random, bindingForReply(attached));
  if (res.headersSent) return token;
  hookHeads();
  beforeHead(res, keepFromCaches);
  return token;
}

// Once the app has had its say: a page with a token is nobody else's, and may bring a visitor's cookie.
function keepFromCaches(res: ServerResponse): void {
  const given = String(res.getHeader("Cache-Control") ?? "");
  if (!/(?:^|[\s,])no-store(?:[\s,]|$)/i.test(given)) res.setHeader("Cache-Control", "no-store");
}

/**
 * Refuses requests that may change something unless they bring a CSRF token: 403, `ERR_HOLDFAST_CSRF_TOKEN` (NIST SP
 * 800-63B-4 5.1). It is looked for in the header `X-CSRF-Token`, then in the body, which must have been parsed before;
 * never in the URL, which ends up in logs. Adds `req.csrfToken()` to every request.
 *
 * @example
 * ```ts
 * app.use(express.urlencoded({ extended: false }), requireCsrfToken());
 * app.get("/transfer", (req, res) => res.render("transfer", { csrfToken: req.csrfToken() }));
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, at once
 */
export function requireCsrfToken(options: RequireCsrfTokenOptions = {}): Middleware {
  checkOptionNames(OWNER, options, ["sessions", "field", "exempt", "onRefusal"]);
  checkListener(OWNER, "onRefusal", options.onRefusal);
  const { sessions, field = "_csrf", onRefusal } = options;
  if (typeof field !== "string" || field === "")
    throw new HoldfastError("ERR_HOLDFAST_OPTION", `${OWNER}: \`field\` must be a name, such as "_csrf".`);
  if (sessions !== undefined) deploymentOf(sessions);
  const exempts = exemption(OWNER, options.exempt);
  hookHeads();
  return (req, res, next) => {
    const attached = sessionBehind(req, sessions);
    if (visitorOf(attached) !== undefined) endVisitAtSignIn(attached);
    Object.defineProperty(req, "csrfToken", {
      value: () => csrfToken(req, { sessions }),
      configurable: true,
      writable: true,
    });
    if (!isUnsafeRequest(req) || exempts(req)) return next();
    let reason: "no-token" | "wrong-token" | null;
    try {
      reason = refusalOf(attached, tokenIn(req, field));
    } catch (error) {
      return answer(req, res, next, error);
    }
    if (reason === null) return next();
    tell(req, { reason, reportOnly: false }, onRefusal);
    answer(req, res, next, new HoldfastError("ERR_HOLDFAST_CSRF_TOKEN"));
  };
}

function refusalOf(attached: RequestSession, token: string | undefined): "no-token" | "wrong-token" | null {
  if (token === undefined) return "no-token";
  const binding = presentedBinding(attached);
  if (binding === undefined) return "wrong-token";
  return isCsrfToken(attached.deployment.core.keys, binding, token) ? null : "wrong-token";
}

function tokenIn(req: IncomingMessage, field: string): string | undefined {
  const header = req.headers[HEADER];
  if (typeof header === "string") return header;
  if (!("body" in req) || typeof req.body !== "object" || req.body === null) return undefined;
  const value: unknown = Object.hasOwn(req.body, field) ? Reflect.get(req.body, field) : undefined;
  return typeof value === "string" ? value : undefined;
}

function sessionBehind(req: IncomingMessage, sessions: Sessions | undefined): RequestSession {
  const attached = attachmentOf(req);
  if (attached instanceof RequestSession) {
    const found =
      sessions === undefined
        ? attached.outer === undefined && attached
        : findSession(attached, deploymentOf(sessions));
    if (found instanceof RequestSession) return found;
    if (sessions === undefined) {
      throw new HoldfastError(
        "ERR_HOLDFAST_OPTION",
        "This request has several sessions. Say which one CSRF tokens are bound to: { sessions }.",
      );
    }
  }
  // Thrown, not handed to `next`: outside Express that might well ignore it and go on.
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "CSRF tokens need session() before them: app.use(session()).",
  );
}
