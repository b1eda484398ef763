/**
 * What becomes of a request that a defence refuses: it is told, and answered.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { guardedCall } from "../cross-site/guarded-call.ts";
import { attachmentOf } from "../express/attachment.ts";
import { expressAppOf } from "../express/express-hooks.ts";
import type { Next } from "../express/next.ts";
import { refuse } from "../express/refuse.ts";
import { reportForgedRequest } from "../express/report-forged-request.ts";
import { RequestSession } from "../express/request-session.ts";

/** Why a request was refused, or would have been. */
export interface Refusal {
  /**
   * `"cross-site"`, `"other-origin"`, `"no-origin"`: of a request that may change something. `"embedded"`: another site
   * asks for a page or a file of this one. `"no-token"`, `"wrong-token"`: the CSRF token.
   */
  readonly reason: "cross-site" | "other-origin" | "no-origin" | "embedded" | "no-token" | "wrong-token";
  /** True: the request went on. */
  readonly reportOnly: boolean;
}

/** Told of each refusal. What it throws changes nothing: `process.emitWarning` is told of it, once. */
export type OnRefusal = (refusal: Refusal, req: IncomingMessage) => void;

/** Tells `onRefusal`, and the session before it, whose `malicious_csrf` event says the same, unless it has. */
export function tell(req: IncomingMessage, refusal: Refusal, onRefusal?: OnRefusal): void {
  const attached = attachmentOf(req);
  if (attached instanceof RequestSession) reportForgedRequest(attached, refusal.reason, refusal.reportOnly);
  if (onRefusal !== undefined) guardedCall("`onRefusal`", onRefusal, () => onRefusal(refusal, req));
}

/**
 * Under Express the app's error handler answers; on bare `node:http` nobody else would. No cache may keep the reply: some
 * keep a 403 by its URL alone, and would give it to everybody after one request with the headers that it is for.
 */
export function answer(req: IncomingMessage, res: ServerResponse, next: Next, error: unknown): void {
  if (!res.headersSent) res.setHeader("Cache-Control", "no-store");
  if (expressAppOf(req) === undefined) refuse(res, res, error);
  else next(error);
}
