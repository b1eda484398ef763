/**
 * Is this request's connection safe for a session cookie? Decided per request, from the connection itself or from a
 * proxy that the app has declared to trust, never from a header alone.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { CookieSettings } from "../cookie/settings.ts";
import { HoldfastError } from "../errors.ts";

/** How a request's session cookie travels; `"none"`: not at all. */
export type Transport = "https" | "http" | "none";

/** @throws {HoldfastError} `ERR_HOLDFAST_NOT_A_REQUEST` for an object without a connection */
export function transportOf(
  req: IncomingMessage,
  http: CookieSettings["http"],
  proxy: boolean | undefined,
): Transport {
  if (req.socket === undefined) throw new HoldfastError("ERR_HOLDFAST_NOT_A_REQUEST");
  if (isHttps(req, proxy)) return "https";
  if (http === "insecure") return "http";
  return http === "local-development" && isLocal(req) ? "http" : "none";
}

export function isHttps(req: IncomingMessage, proxy: boolean | undefined): boolean {
  const { socket } = req;
  if ("encrypted" in socket && socket.encrypted === true) return true;
  if (proxy === false) return false;
  if (proxy === true) return firstProtocol(req.headers["x-forwarded-proto"]) === "https";
  // Express works this out from its `trust proxy` setting.
  return "app" in req && "secure" in req && req.secure === true;
}

/** True if this request comes from a proxy that the app has declared to trust, whatever that one says. */
export function isTrustedPeer(req: IncomingMessage, proxy: boolean | undefined): boolean {
  if (proxy !== undefined) return proxy;
  if (!("app" in req) || typeof req.app !== "function" || !("get" in req.app)) return false;
  const { app } = req;
  const trusts: unknown = typeof app.get === "function" ? app.get("trust proxy fn") : undefined;
  return typeof trusts === "function" && Boolean(trusts(req.socket.remoteAddress, 0));
}

/** The scheme that the client spoke, as the proxy in front says. */
export function firstProtocol(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(",", 1)[0]?.trim().toLowerCase();
}

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

const TRACE_OF_A_PROXY = /^(?:forwarded|x-forwarded-.*|x-real-ip|via)$/;

// A proxy on this machine makes every visitor a loopback peer, so any trace of one rules local development out.
export function isLocal(req: IncomingMessage): boolean {
  if (!LOOPBACK.test(req.socket.remoteAddress ?? "") || !LOCAL_HOST.test(req.headers.host ?? ""))
    return false;
  for (const name in req.headers) if (TRACE_OF_A_PROXY.test(name)) return false;
  return true;
}
