/**
 * Nothing over plain HTTP.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { cleanText } from "../clean-text.ts";
import { HoldfastError, type HoldfastErrorCode } from "../errors.ts";
import type { Middleware, Next } from "../express/next.ts";
import { isHttps, isLocal, isTrustedPeer } from "../express/transport.ts";
import { claimOfHttps } from "./https-claims.ts";
import { httpsUrl, isLocalName, requestedName } from "./https-hosts.ts";
import { type HttpsSettings, type RequireHttpsOptions, resolveHttps } from "./https-options.ts";
import { answer } from "./refusal.ts";

/**
 * Sends browsers that come over plain HTTP on to HTTPS (GET and HEAD, 308), refuses every other method with 403, for
 * what it carried has been in the clear already, and tells browsers to come over HTTPS from then on (RFC 6797; ASVS
 * 3.4.1). `Strict-Transport-Security` is never sent to `localhost` or an IP address, where it would bind every other
 * program there.
 *
 * HTTPS is a connection that Node has decrypted, or the word of a proxy that the app has declared to trust. That word
 * from anybody else, or in another header than `X-Forwarded-Proto`, is an error, `ERR_HOLDFAST_PROXY_UNTRUSTED`: either
 * somebody pretends, or the app is behind a proxy that it does not know of, and a redirect would go round in circles.
 *
 * Outside production the developer's own machine is let in over plain HTTP, by the rule of `cookie.secure: "auto"`,
 * unless `host` names the host it asks for.
 *
 * @example
 * ```ts
 * app.use(requireHttps({ host: "example.com", exempt: ["/healthz"] }));
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION`, at once
 */
export function requireHttps(options: RequireHttpsOptions = {}): Middleware {
  const settings = resolveHttps(options);
  return (req, res, next) => {
    if (isHttps(req, settings.proxy)) {
      if (settings.hsts !== undefined && mayPin(settings, req))
        res.setHeader("Strict-Transport-Security", settings.hsts);
      return next();
    }
    if (isExempt(settings, req)) return next();
    const trusted = isTrustedPeer(req, settings.proxy);
    const claim = claimOfHttps(req, trusted);
    if (claim !== undefined) {
      const message = untrusted(req, claim, trusted);
      settings.warn(message);
      return deny(req, res, next, "ERR_HOLDFAST_PROXY_UNTRUSTED", settings.production ? undefined : message);
    }
    const name = requestedName(req);
    if (isOwnMachine(settings, req, name)) return next();
    if (settings.hostFor === undefined || !isRead(req))
      return deny(req, res, next, "ERR_HOLDFAST_HTTPS_REQUIRED");
    let host: string | undefined;
    try {
      host = settings.hostFor(name);
    } catch (error) {
      return fail(req, res, next, error);
    }
    if (host === undefined) return deny(req, res, next, "ERR_HOLDFAST_HOST_UNKNOWN");
    redirect(req, res, httpsUrl(host, req));
  };
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

// By the exact path: what a router makes of others must not open them.
function isExempt({ exempt }: HttpsSettings, req: IncomingMessage): boolean {
  if (exempt.size === 0 || !isRead(req)) return false;
  const url = "originalUrl" in req ? req.originalUrl : req.url;
  return typeof url === "string" && exempt.has(url.split("?", 1)[0] ?? "");
}

function isOwnMachine(settings: HttpsSettings, req: IncomingMessage, name: string | undefined): boolean {
  if (settings.production || !isLocal(req)) return false;
  // A function is asked, and what it does not know is refused.
  if (settings.hostFor !== undefined && settings.named.length === 0) return false;
  return name === undefined || !settings.named.includes(name);
}

// Behind a proxy the Host header may be the inner one, such as localhost:3000: the app's own word stands before it.
function mayPin({ named }: HttpsSettings, req: IncomingMessage): boolean {
  const direct = "encrypted" in req.socket && req.socket.encrypted === true;
  const name = direct ? requestedName(req) : (named[0] ?? requestedName(req));
  return name !== undefined && !isLocalName(name);
}

function untrusted(req: IncomingMessage, header: string, trusted: boolean): string {
  const peer = cleanText(req.socket.remoteAddress ?? "an unknown address");
  const said =
    header === "Sec-Fetch-Site"
      ? `A request from ${peer} has \`Sec-Fetch-Site\`, which browsers send over HTTPS`
      : `A request from ${peer} says by \`${header}\` that a proxy received it over HTTPS`;
  return trusted
    ? `${said}, but \`X-Forwarded-Proto\` of the proxy there, which requireHttps() trusts, does not, so it was refused: a ` +
        "redirect would go round in circles. Have the proxy set `X-Forwarded-Proto` to what its client spoke; behind " +
        "another proxy, to what that one says."
    : `${said}, but that address is no proxy which requireHttps() trusts, so it was refused. If it is yours, have it set ` +
        '`X-Forwarded-Proto`, and declare it: under Express `app.set("trust proxy", …)` with its address, otherwise ' +
        "`requireHttps({ proxy: true })`. If not, somebody reaches this port past the proxy and pretends.";
}

function redirect(req: IncomingMessage, res: ServerResponse, url: string): void {
  const body = `This is served over HTTPS: ${url}\n`;
  res.statusCode = 308;
  res.setHeader("Location", url);
  res.setHeader("Content-Type", "text/plain; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(body));
  res.setHeader("X-Content-Type-Options", "nosniff");
  // Browsers keep a 308 for good otherwise, and none could be mended.
  res.setHeader("Cache-Control", "no-store");
  closeAfter(req, res);
  res.end(body);
}

function deny(
  req: IncomingMessage,
  res: ServerResponse,
  next: Next,
  code: HoldfastErrorCode,
  message?: string,
): void {
  fail(req, res, next, new HoldfastError(code, message));
}

function fail(req: IncomingMessage, res: ServerResponse, next: Next, error: unknown): void {
  closeAfter(req, res);
  answer(req, res, next, error);
}

/** What the client still sends in the clear is not read. HTTP/2 has no such header. */
function closeAfter(req: IncomingMessage, res: ServerResponse): void {
  if (req.httpVersionMajor < 2) res.setHeader("Connection", "close");
}
