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

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    referrerPolicy: { policy: "same-origin" },
    xFrameOptions: { action: "deny" },
    // requireHttps() sees to it.
    strictTransportSecurity: false,
  });
}
