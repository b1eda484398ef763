/**
 * May a request change something? Its method says so, and so may what asks the server to take it for another method:
 * `X-HTTP-Method-Override` and `_method`, which libraries such as `method-override` obey before or after the check
 * (ASVS 3.5.3). An override makes a request unsafe, never safe.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { textOf } from "./facts.ts";
import { isSafeMethod } from "./verdict.ts";

const OVERRIDES = ["x-http-method-override", "x-http-method", "x-method-override"];
const FIELD = "_method";
/**
 * `_method`, and what parsers of nested names make one of: `_method[]`, `_method[a]`, and `[_method]` and `._method`, of
 * which qs does; each character as it is or percent-encoded. A second `?` is the mark of a query to `URLSearchParams` and
 * qs if they are given what follows the first. Its value is anything but a safe method, or encoded: nobody encodes one.
 * In one pass, for parsing a long query costs many times what the rest of a request does.
 */
const OVERRIDE =
  /(?:^\?\??|&)(?:\[|%5b|\.|%2e)?(?:_|%5f)(?:m|%6d)(?:e|%65)(?:t|%74)(?:h|%68)(?:o|%6f)(?:d|%64)[^&=]*=(?!(?:GET|HEAD|OPTIONS|TRACE)?(?:&|$))/i;

/** True unless the request is safe by its method, and nothing in it asks to be taken for an unsafe one. */
export function isUnsafeRequest(req: IncomingMessage): boolean {
  if (!isSafeMethod(req.method)) return true;
  // What the request was before an override: it may have been made to look safe.
  if ("originalMethod" in req && isUnsafe(req.originalMethod)) return true;
  for (const name of OVERRIDES) {
    const value = textOf(req.headers[name]);
    if (value !== undefined && isUnsafe(value)) return true;
  }
  return overriddenInQuery(req) || overriddenInBody(req);
}

function overriddenInQuery(req: IncomingMessage): boolean {
  const url = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : (req.url ?? "");
  const at = url.indexOf("?");
  return at !== -1 && OVERRIDE.test(url.slice(at));
}

function overriddenInBody(req: IncomingMessage): boolean {
  if (!("body" in req) || typeof req.body !== "object" || req.body === null) return false;
  return FIELD in req.body && isUnsafe(req.body[FIELD]);
}

// Empty text overrides nothing; what is no text is nobody's safe method.
function isUnsafe(method: unknown): boolean {
  if (method === undefined || method === "") return false;
  return typeof method !== "string" || !isSafeMethod(method.trim().toUpperCase());
}
