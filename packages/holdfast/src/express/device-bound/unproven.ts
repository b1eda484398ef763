/**
 * What a request gets whose session is refused for want of the device's proof.
 *
 * A browser that comes by a link from another site does not renew its bound cookie first; it does for what the app's own
 * pages ask for, and says so where it could not. So the first answer to a navigation is a page that asks for the same
 * again. When that comes without a proof too, or a page of the app sends something, the browser has none to give: it is
 * signed out, and the session lives on where its device is. Everything else gets the error.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isSafeMethod } from "../../cross-site/verdict.ts";
import { HoldfastError, type HoldfastErrorCode } from "../../errors.ts";
import type { RequestSession } from "../request-session.ts";

const PAGE =
  '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0">' +
  "<title>One moment</title><p>One moment: this page is loaded again.</p></html>\n";

/** Answers a navigation that is to come again; false for what is to get the error, if with its cookies deleted. */
export function answerUnproven({ deployment, req, res, visit }: RequestSession, error: unknown): boolean {
  const { sessionCookie, deviceBound } = deployment;
  if (deviceBound === undefined || !(error instanceof HoldfastError) || res.headersSent) return false;
  const next = nextStep(error.code, req.headers["sec-fetch-site"] === "same-origin");
  // The error is the app's to show: the deletion goes with whatever it replies.
  if (next === "sign out" && isSentByPage(req)) visit.cookie = "clear";
  if (next === "give up" || !isNavigation(req)) return false;
  if (next === "sign out")
    res.setHeader("Set-Cookie", [sessionCookie.clear(true), deviceBound.cookie.clear()]);
  res.statusCode = error.status;
  res.setHeader("Content-Type", "text/html; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(PAGE));
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.end(PAGE);
  return true;
}

/** @param own - true if a page of the app asked: the browser has tried to renew its proof, or says why not */
function nextStep(code: HoldfastErrorCode, own: boolean): "again" | "sign out" | "give up" {
  if (code === "ERR_HOLDFAST_DEVICE_REQUIRED") return "sign out";
  if (code === "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED") return own ? "sign out" : "again";
  return code === "ERR_HOLDFAST_DEVICE_PROOF_DELAYED" && !own ? "again" : "give up";
}

// Every browser that binds sessions sends Fetch Metadata.
function isNavigation({ method, headers }: IncomingMessage): boolean {
  return (method === "GET" || method === "HEAD") && headers["sec-fetch-mode"] === "navigate";
}

// A form or a script of the app's. What a browser fetches on its own, icons and workers among it, or reports, may go out
// without a renewal, and must not sign anybody out.
function isSentByPage({ method, headers }: IncomingMessage): boolean {
  if (isSafeMethod(method)) return false;
  const { "sec-fetch-mode": mode, "sec-fetch-dest": destination } = headers;
  return mode === "navigate" ? destination === "document" : mode !== "no-cors" && destination === "empty";
}
