/**
 * The plain-HTTP port: sends browsers to HTTPS and does nothing else.
 *
 * Only GET and HEAD are redirected. A form posted here has already crossed the network in the clear; redirecting
 * it would hide that, so it is refused. The target is a host that the certificate covers, never just any `Host`
 * header, so this is no open redirect.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import { covers } from "./tls/certificate.ts";

/**
 * @param cert - PEM of the server's certificate: the hosts it covers are the ones redirected to
 * @param httpsPort - asked at each request, because it is known only once the HTTPS server listens
 */
export function createRedirectServer(cert: string, httpsPort: () => number): Server {
  const certificate = new X509Certificate(cert);
  return createServer((req, res) => {
    if (req.method !== "GET" && req.method !== "HEAD") {
      return answer(
        res,
        403,
        "This port only redirects to HTTPS. Send the request to the https:// address instead.",
      );
    }
    const target = redirectTarget(certificate, req.headers.host, req.url, httpsPort());
    if (target === undefined) return answer(res, 400, "This server does not know the host it was asked for.");
    res.setHeader("Location", target);
    answer(res, 308, `This application is served over HTTPS: ${target}`);
  });
}

/** The https URL for a plain-HTTP request, or `undefined` if its host is not one of ours. */
function redirectTarget(
  certificate: X509Certificate,
  host: string | undefined,
  path: string | undefined,
  httpsPort: number,
): string | undefined {
  // Letters, digits, dots and dashes, or an IPv6 address in brackets; nothing that a URL would read as more.
  const name = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.exec(host ?? "")?.[1];
  if (name === undefined || !covers(certificate, name.replace(/^\[|\]$/g, ""))) return undefined;
  try {
    const url = new URL(`https://${name}`);
    url.port = String(httpsPort);
    // Origin form is all that browsers send; any other form goes to the front page.
    const origin = url.origin;
    return path?.startsWith("/") ? origin + asciiPath(path) : `${origin}/`;
  } catch {
    return undefined;
  }
}

/** A path may start with two slashes and is put behind an origin: it cannot change the host. */
function asciiPath(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));
}

function answer(res: ServerResponse, status: number, message: string): void {
  res.statusCode = status;
  res.setHeader("Content-Type", "text/plain; charset=utf-8");
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.setHeader("Cache-Control", "no-store");
  // What a refused request still sends is not read.
  res.setHeader("Connection", "close");
  res.end(`${message}\n`);
}
