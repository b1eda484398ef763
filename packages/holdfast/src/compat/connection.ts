import type { IncomingMessage } from "node:http";
import { firstProtocol } from "../express/transport.ts";

/** True if the request came over HTTPS, as far as the `proxy` option lets it be known. */
export function isSecure(req: IncomingMessage, proxy: unknown): boolean {
  const socket: unknown = Reflect.get(req, "socket") ?? Reflect.get(req, "connection");
  if (typeof socket === "object" && socket !== null && Reflect.get(socket, "encrypted")) return true;
  if (proxy === false) return false;
  if (proxy === true) return firstProtocol(req.headers["x-forwarded-proto"]) === "https";
  return Reflect.get(req, "secure") === true;
}

/** The path that the client asked for, wherever the middleware is mounted. */
export function pathOf(req: IncomingMessage): string {
  const original: unknown = Reflect.get(req, "originalUrl");
  const url = typeof original === "string" && original !== "" ? original : (req.url ?? "");
  if (url.startsWith("/")) return url.split(/[?#]/, 1)[0] ?? "/";
  return URL.canParse(url) ? new URL(url).pathname : "/";
}

/** RFC 6265 section 5.1.4: `/admin` covers `/admin` and `/admin/users`, not `/administrator`. */
export function covers(cookiePath: string, path: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return cookiePath.endsWith("/") || path.length === cookiePath.length || path[cookiePath.length] === "/";
}
