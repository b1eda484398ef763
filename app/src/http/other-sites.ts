/**
 * Refuses what another site makes a browser send to us without a session: chiefly logging a visitor in to somebody
 * else's account. Requests that carry a session are checked by the session middleware before this one.
 *
 * A client that sends neither header is no browser; it has no visitor to trick, so it may log in.
 *
 * @module
 */
import type { Request, RequestHandler } from "express";
import { Problem } from "./problem.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export function refuseOtherSites(): RequestHandler {
  return (req, _res, next) => {
    if (SAFE_METHODS.has(req.method) || comesFromHere(req)) return next();
    next(
      new Problem(
        403,
        "ERR_CROSS_SITE",
        "The request comes from another site. Send it from the app's own pages.",
      ),
    );
  };
}

function comesFromHere(req: Request): boolean {
  const site = req.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return true;
  if (site === "cross-site" || site === "same-site") return false;
  const source = req.get("origin") ?? req.get("referer");
  if (source === undefined) return true;
  return URL.canParse(source) && new URL(source).origin === `https://${req.get("host")?.toLowerCase()}`;
}
