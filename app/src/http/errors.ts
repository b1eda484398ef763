/**
 * The last stop: what was not found and what went wrong, as a page, as JSON `{ error, code }` or as one line of
 * text. Never a stack, never the words of an error that was not written for the client (ASVS 16.5.1).
 *
 * @module
 */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { HoldfastError } from "holdfast";
import { BusyError } from "../accounts/turnstile.ts";
import type { Services } from "../services.ts";
import { errorPage } from "../views/error.ts";
import type { Around } from "../views/layout.ts";
import { sendPage } from "../views/send.ts";
import { aroundForm } from "./around.ts";
import { currentUser } from "./current-user.ts";
import { isBrowser, wantsJson } from "./negotiate.ts";
import { Problem } from "./problem.ts";

/** For the end of the routes. */
export const notFound: RequestHandler = (_req, _res, next) => {
  next(nothingHere());
};

/** The same for what is not there and for what is not to be seen. */
export function nothingHere(): Problem {
  return new Problem(404, "ERR_NOT_FOUND", "There is nothing at this address.");
}

export function errorHandler(services: Services): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = asProblem(error);
    // An outage may come by twice: see where the two handlers are mounted.
    if (isOurs(problem) && res.locals.logged !== error) {
      res.locals.logged = error;
      services.log.error("request failed", { method: req.method, path: req.path, ...describe(error) });
    }
    // Half a reply is out: Express closes the connection, which the client sees as a failure.
    if (res.headersSent) return next(error);
    sendProblem(req, res, problem, aroundIfKnown(services, req));
  };
}

/** False for a browser that could not renew its device's proof: that is its own word, and an event already. */
function isOurs({ status, code }: Problem): boolean {
  return status >= 500 && code !== "ERR_HOLDFAST_DEVICE_PROOF_DELAYED";
}

/** Replies in the form the client understands. */
export function sendProblem(req: Request, res: Response, problem: Problem, around: Around = {}): void {
  res.status(problem.status).set("Cache-Control", "no-store").vary("Accept");
  if (problem.retryAfter !== undefined) res.set("Retry-After", String(problem.retryAfter));
  if (wantsJson(req)) res.json({ error: problem.message, code: problem.code });
  else if (isBrowser(req)) sendPage(res, errorPage(problem), around);
  else res.type("text/plain").send(`${problem.message}\n`);
}

/** Only errors that say themselves that their words are for the client keep them. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BusyError) {
    return new Problem(error.status, error.code, error.message, { retryAfter: error.retryAfter });
  }
  if (error instanceof HoldfastError && error.status !== 500) {
    return new Problem(
      error.status,
      error.code,
      error.message,
      error.status === 503 ? { retryAfter: 5 } : {},
    );
  }
  const { type, status } = properties(error);
  if (type === "entity.too.large") return new Problem(413, "ERR_TOO_LARGE", "The request is too large.");
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new Problem(status, "ERR_BAD_REQUEST", "The request could not be understood.");
  }
  if (properties(error).code === "SQLITE_BUSY") {
    return new Problem(503, "ERR_BUSY", "The database is busy. Try again in a moment.", { retryAfter: 1 });
  }
  return new Problem(500, "ERR_INTERNAL", "Something went wrong on our side. Try again in a moment.");
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  // What has a code is understood; a stack is for what is not.
  const { code } = properties(error);
  return { code, error: error.message, cause, stack: code === undefined ? error.stack : undefined };
}

function properties(error: unknown): { type?: unknown; status?: unknown; code?: unknown } {
  return typeof error === "object" && error !== null ? error : {};
}

/** The store may be what failed: an error page does without the name then. */
function aroundIfKnown(services: Services, req: Request): Around {
  try {
    const user = currentUser(services, req);
    return user ? aroundForm(services, user) : {};
  } catch {
    return {};
  }
}
