/**
 * What a guard answers instead of letting a request go on.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "../errors.ts";
import type { Sessions } from "../express/sessions.ts";
import { localPath, withReturnTo } from "./return-to.ts";

/** Options of every guard. */
export interface GuardOptions {
  /**
   * Where a browser that asks for a page is sent, with 303 and the page it wanted in `returnTo`: a path of this origin,
   * such as `"/login"`. Default: nowhere; it gets the error as JSON, as every other client does.
   */
  readonly redirect?: string | undefined;
  /**
   * Whose session must satisfy the guard: what `session()` returned. Needed where a request has several. Default: the
   * one.
   */
  readonly sessions?: Sessions | undefined;
}

export type Answer = (req: IncomingMessage, res: ServerResponse, error: HoldfastError) => void;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for a `redirect` that is no path of this origin */
export function answerFor({ redirect }: GuardOptions = {}): Answer {
  if (redirect === undefined) return refuse;
  const page = localPath(redirect);
  if (page === undefined) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      '`redirect` must be a path of this origin, such as "/login".',
    );
  }
  return (req, res, error) => (wantsPage(req) ? send(req, res, page) : refuse(req, res, error));
}

// Only a page can be come back to: what a form or a script sends would be lost on the way.
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return (method === "GET" || method === "HEAD") && /\btext\/html\b/i.test(headers.accept ?? "");
}

function send(req: IncomingMessage, res: ServerResponse, page: string): void {
  // Within a router Express shortens `url`.
  const wanted = "originalUrl" in req ? req.originalUrl : req.url;
  res.statusCode = 303;
  res.setHeader("Location", withReturnTo(page, wanted));
  res.setHeader("Cache-Control", "no-store");
  res.end();
}

/** `{ "error": { "code", "message" } }` with the error's status. */
function refuse(_req: IncomingMessage, res: ServerResponse, { status, code, message }: HoldfastError): void {
  const body = `${JSON.stringify({ error: { code, message } })}\n`;
  res.statusCode = status;
  res.setHeader("Content-Type", "application/json; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(body));
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.end(body);
}
