/**
 * The two requests that browsers make on their own: `register`, after a sign-in, and `refresh`, before one that needs a
 * bound cookie. Both count by what is signed: not by the session cookie, an origin or Fetch Metadata, which may be missing.
 *
 * Browsers take most answers for the end of the binding, so only these are given: success, 403 with a challenge, the end
 * in so many words, 4xx for what no browser sends, 503.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { settle } from "../../awaitable.ts";
import { challengeHeader, endJson, instructionsJson } from "../../dbsc/instructions.ts";
import { LONGEST_PROOF, readProof } from "../../dbsc/proof.ts";
import { stringIn } from "../../dbsc/structured-fields.ts";
import { HoldfastError } from "../../errors.ts";
import type { Proven } from "../../session/device-bound/grant.ts";
import type { Refresh } from "../../session/device-bound/refresh.ts";
import type { Reporter } from "../../session/events.ts";
import type { Credential } from "../../session/record/credentials.ts";
import type { Deployment } from "../deployment.ts";
import { genuine, sessionCookies } from "../incoming.ts";
import { markOwnCookie } from "../own-mark.ts";
import { statusOf } from "../refuse.ts";
import { reporterOf } from "../request-session.ts";
import { transportOf } from "../transport.ts";
import type { DeviceBound } from "./device-bound.ts";

const LONGEST_ID = 128;

/** Answers a request to `register` or `refresh`; false for any other one. */
export function answerDevice(
  deployment: Deployment,
  device: DeviceBound,
  req: IncomingMessage,
  res: ServerResponse,
): boolean {
  const path = pathOf(req);
  const { registerPath, refreshPath } = device.settings;
  if (path !== registerPath && path !== refreshPath) return false;
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  res.setHeader("X-Frame-Options", "DENY");
  if (req.method !== "POST") {
    res.setHeader("Allow", "POST");
    end(res, 405);
  } else if (transportOf(req, deployment.cookieSettings.http, deployment.proxy) !== "https") {
    end(res, 400);
  } else if (path === registerPath) {
    register(deployment, device, req, res, reporterOf(deployment, req));
  } else {
    refresh(deployment, device, req, res, reporterOf(deployment, req));
  }
  return true;
}

function register(
  deployment: Deployment,
  device: DeviceBound,
  req: IncomingMessage,
  res: ServerResponse,
  reporter: Reporter,
): void {
  const { registrations, cookie, settings } = device;
  const credentials = credentialsIn(deployment, req);
  const proof = proofIn(req);
  const endpoint = endpointOf(deployment, req, settings.registerPath, proof);
  settle(
    () => registrations.register(credentials, proof, endpoint, reporter),
    (outcome) => {
      if (res.headersSent) return;
      if (outcome === "unclear") return end(res, 503);
      if (typeof outcome === "string") return end(res, outcome === "missing" ? 400 : 403);
      grant(device, res, outcome);
      const { refreshPath } = settings;
      end(res, 200, instructionsJson({ id: outcome.id, refreshPath, cookie }));
    },
    (error) => end(res, unavailable(error)),
  );
}

function refresh(
  deployment: Deployment,
  device: DeviceBound,
  req: IncomingMessage,
  res: ServerResponse,
  reporter: Reporter,
): void {
  const id = stringIn(req.headers["sec-secure-session-id"], LONGEST_ID);
  if (id === undefined) return end(res, 400);
  const { refreshes, cookie, settings } = device;
  const credentials = credentialsIn(deployment, req);
  const proof = proofIn(req);
  const endpoint = endpointOf(deployment, req, settings.refreshPath, proof);
  settle(
    () => refreshes.refresh(id, credentials, proof, endpoint, reporter),
    (outcome: Refresh | "forged") => {
      if (res.headersSent) return;
      if (outcome === "forged") {
        end(res, 400);
      } else if (outcome === "unclear") {
        end(res, 503);
      } else if (outcome === "over" || outcome === "replaced") {
        // All bindings have one name for their cookies.
        if (outcome === "over") setCookie(res, cookie.name, cookie.clear());
        end(res, 200, endJson(id));
      } else if ("value" in outcome) {
        grant(device, res, outcome);
        end(res, 204);
      } else {
        res.setHeader("Secure-Session-Challenge", challengeHeader(outcome.challenge, id));
        end(res, 403);
      }
    },
    (error) => end(res, unavailable(error)),
  );
}

function grant({ cookie }: DeviceBound, res: ServerResponse, { id, challenge, value, life }: Proven): void {
  setCookie(res, cookie.name, cookie.set(value, life));
  res.setHeader("Secure-Session-Challenge", challengeHeader(challenge, id));
}

function setCookie(res: ServerResponse, name: string, header: string): void {
  markOwnCookie(res, name);
  res.setHeader("Set-Cookie", header);
}

function credentialsIn(deployment: Deployment, req: IncomingMessage): readonly Credential[] {
  return genuine(deployment, sessionCookies(deployment, req, "https"));
}

function proofIn(req: IncomingMessage): ReturnType<typeof readProof> {
  return readProof(stringIn(req.headers["secure-session-response"], LONGEST_PROOF));
}

// Nothing but a 5xx makes a browser try again later.
function unavailable(error: unknown): number {
  const status = error instanceof HoldfastError ? statusOf(error) : 500;
  return status >= 500 ? status : 503;
}

function end(res: ServerResponse, status: number, json?: string): void {
  // What stands before may have answered meanwhile, with a time-out.
  if (res.headersSent) return;
  res.statusCode = status;
  if (json !== undefined) res.setHeader("Content-Type", "application/json");
  if (status !== 204) res.setHeader("Content-Length", json === undefined ? 0 : Buffer.byteLength(json));
  res.end(json);
}

// Within a router Express shortens `url`.
function pathOf(req: IncomingMessage): string | undefined {
  const url = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : req.url;
  return url?.split("?", 1)[0];
}

// Behind a proxy `Host` may be another than the browser knows: what the proof names may be at any of the app's origins.
function endpointOf(
  { origins }: Deployment,
  req: IncomingMessage,
  path: string,
  proof: ReturnType<typeof proofIn>,
): string {
  const named = typeof proof === "string" ? undefined : proof.audience;
  for (const origin of origins) if (named === `${origin}${path}`) return named;
  const authority = req.headers.host ?? req.headers[":authority"];
  return `https://${String(authority)}${path}`;
}
