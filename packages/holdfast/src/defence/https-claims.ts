/**
 * What a request over plain HTTP says of HTTPS: the headers of proxies that end TLS, and of browsers that use it.
 *
 * None of them is believed. But a redirect would come back as plain HTTP, and be redirected again, so the app has to know.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isLocalName, requestedName } from "./https-hosts.ts";

/** How proxies, load balancers and content networks say it; `X-Forwarded-Proto` is the one that can be trusted. */
const CLAIMS: readonly (readonly [header: string, says: RegExp])[] = [
  ["X-Forwarded-Proto", /^\s*https\s*$/i],
  ["Forwarded", /(?:^|[;\s])proto="?https"?(?:[;\s]|$)/i],
  ["X-Forwarded-Scheme", /^\s*https\s*$/i],
  ["X-Forwarded-Protocol", /^\s*(?:https|ssl)\s*$/i],
  ["X-Url-Scheme", /^\s*https\s*$/i],
  ["X-Forwarded-Ssl", /^\s*on\s*$/i],
  ["Front-End-Https", /^\s*on\s*$/i],
  ["CF-Visitor", /"scheme"\s*:\s*"https"/i],
  ["CloudFront-Forwarded-Proto", /^\s*https\s*$/i],
  ["Fastly-SSL", /^\s*1\s*$/],
  ["X-AppEngine-Https", /^\s*on\s*$/i],
  ["X-ARR-SSL", /\S/],
];

/**
 * The header by which a request claims HTTPS, if it does.
 *
 * @param trusted - the peer is a proxy of the app's: of a list of proxies the first entry is the client's, and the others
 * tell of connections between proxies. Of a stranger's list nothing is known
 */
export function claimOfHttps(req: IncomingMessage, trusted: boolean): string | undefined {
  for (const [header, says] of CLAIMS) {
    const value = req.headers[header.toLowerCase()];
    if (typeof value !== "string") continue;
    const entries = trusted ? value.split(",", 1) : value.split(",");
    if (entries.some((entry) => says.test(entry))) return header;
  }
  return isFromHttpsPage(req) ? "Sec-Fetch-Site" : undefined;
}

// Browsers send Fetch Metadata to trustworthy origins alone (W3C Fetch Metadata 2): HTTPS, and the own machine's names.
function isFromHttpsPage(req: IncomingMessage): boolean {
  if (req.headers["sec-fetch-site"] === undefined) return false;
  const name = requestedName(req);
  return name !== undefined && !isLocalName(name);
}
