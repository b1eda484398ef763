/**
 * Who is asking: a browser, a program that wants JSON, or something like curl.
 *
 * @module
 */
import type { Request } from "express";

/** True with `Accept: application/json` (before HTML) or a JSON body. */
export function wantsJson(req: Request): boolean {
  if (req.is("json") === "json") return true;
  return req.accepts(["html", "json"]) === "json";
}

/** True if the client named HTML itself; `*` + `/*` alone does not make a browser. */
export function isBrowser(req: Request): boolean {
  return !wantsJson(req) && /\btext\/html\b/i.test(req.get("accept") ?? "");
}
