/**
 * Security headers for every reply.
 *
 * @module
 */
import type { RequestHandler } from "express";
import helmet from "helmet";

/** Scripts, styles and images come from files of ours alone; nothing is inline, nothing is framed. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
};

/** One year and all subdomains (ASVS 3.4.1). */
const STRICT_TRANSPORT_SECURITY = { maxAge: 31_536_000, includeSubDomains: true };

export function securityHeaders(): RequestHandler {
  const common = {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    referrerPolicy: { policy: "same-origin" },
    xFrameOptions: { action: "deny" },
  } as const;
  const elsewhere = helmet({ ...common, strictTransportSecurity: STRICT_TRANSPORT_SECURITY });
  // HSTS ignores ports: on localhost it would force every other program a developer runs there onto HTTPS.
  const onLocalhost = helmet({ ...common, strictTransportSecurity: false });
  return (req, res, next) => (isLocalhost(req.hostname) ? onLocalhost : elsewhere)(req, res, next);
}

function isLocalhost(hostname: string | undefined): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(hostname ?? "");
}
