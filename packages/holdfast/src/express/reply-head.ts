/**
 * The status and headers of a reply that is held back.
 *
 * @module
 */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { type AnyHeaders, setHeaders } from "./set-headers.ts";

/**
 * Applies the headers given to `writeHead` at once, for what `writeHead` is given itself would replace ours of the
 * same name.
 *
 * @returns what is left for `writeHead`: the status and its text
 */
export function takeHeaders(res: ServerResponse, args: readonly unknown[]): readonly unknown[] {
  const [status, reasonOrHeaders, headers] = args;
  const reason = typeof reasonOrHeaders === "string";
  if (typeof status === "number") res.statusCode = status;
  // `writeHead(200, undefined, headers)` is allowed as well.
  const given = reason ? headers : (headers ?? reasonOrHeaders);
  if (given !== undefined && given !== null) setHeaders(res, given as AnyHeaders);
  return reason ? [status, reasonOrHeaders] : [status];
}

/**
 * Remembers the head as it is now; the function returned puts it back. An app that has sent its reply may go on to
 * touch the response (an error page after `res.json()`), and without us the head would be out by then.
 */
export function captureHead(res: ServerResponse): () => void {
  const { statusCode } = res;
  // HTTP/2 has no status message, and warns whoever reads it.
  const statusMessage = Object.hasOwn(res, "statusMessage") ? res.statusMessage : "";
  const headers = copy(res.getHeaders());
  return () => {
    res.statusCode = statusCode;
    if (Object.hasOwn(res, "statusMessage")) res.statusMessage = statusMessage;
    for (const name of res.getHeaderNames()) if (headers[name] === undefined) res.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && !isDeepStrictEqual(res.getHeader(name), value)) res.setHeader(name, value);
    }
  };
}

// Lists of values are changed in place by appendHeader().
function copy(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
  );
}

const ABOUT_THE_BODY = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-range",
  "content-disposition",
  "content-language",
  "transfer-encoding",
  "trailer",
  "etag",
  "last-modified",
  "accept-ranges",
  "location",
  "refresh",
  "set-cookie",
  "cache-control",
  "expires",
] as const satisfies readonly (keyof OutgoingHttpHeaders)[];

/**
 * Takes the head back for an error reply. What the app said about the reply it meant to give does not hold for the
 * error; its security headers do.
 */
export function clearHead(res: ServerResponse, status: number): void {
  res.statusCode = status;
  if (Object.hasOwn(res, "statusMessage")) res.statusMessage = "";
  for (const name of ABOUT_THE_BODY) res.removeHeader(name);
}
