/**
 * What a request's headers tell of the page that sent it.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { CrossSiteFacts } from "./verdict.ts";

/**
 * @param method - what to take the request for
 * @param ownHost - `Host` and scheme to compare with where no origin is configured; left out: they count for nothing
 */
export function crossSiteFacts(
  req: IncomingMessage,
  method: string | undefined,
  ownHost?: { readonly secure: boolean },
): CrossSiteFacts {
  const { origin, referer, host } = req.headers;
  return {
    method,
    fetchSite: textOf(req.headers["sec-fetch-site"]),
    fetchMode: textOf(req.headers["sec-fetch-mode"]),
    purpose: textOf(req.headers["sec-purpose"]),
    origin,
    referer,
    host: ownHost === undefined ? undefined : (host ?? authorityOf(req)),
    secure: ownHost?.secure ?? true,
  };
}

/** A header that should come once; several values make one that nobody knows. */
export function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header;
}

// HTTP/2 has no Host header but in its place a pseudo-header.
function authorityOf(req: IncomingMessage): string | undefined {
  const authority = req.headers[":authority"];
  return typeof authority === "string" ? authority : undefined;
}
