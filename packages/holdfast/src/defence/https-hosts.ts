/**
 * Where a plain-HTTP request is sent on to. Only hosts that the app has named: the `Host` header alone would let anybody
 * who can make a cache or a mail carry it send people elsewhere (CWE-601).
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { HoldfastError } from "../errors.ts";

/** Hosts served over HTTPS: names, with a port where it is not 443; or a function that knows them. */
export type HttpsHosts = string | readonly string[] | ((name: string) => string | undefined);

/** The host for a request to `name`; `undefined`: none of ours. */
export type HostFor = (name: string | undefined) => string | undefined;

// Letters, digits, dots and dashes, or an IPv6 address in brackets; nothing that a URL would read as more.
const HOST = /^([a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/;

/** No label is empty or longer than 63 characters (RFC 1035 2.3.4). */
const LABELS = /^(?:[^.]{1,63}\.)*[^.]{1,63}\.?$/;

const PATH = /^\/[\x21-\x7e]*$/;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function hostsFrom(option: HttpsHosts): {
  readonly hostFor: HostFor;
  readonly named: readonly string[];
} {
  if (typeof option === "function") {
    const hostFor: HostFor = (name) => {
      // A name that no URL can hold is nobody's, and is not the app's to judge.
      const host = name === undefined || !isHostName(name) ? undefined : option(name);
      return host === undefined ? undefined : checked(host);
    };
    return { hostFor, named: [] };
  }
  const hosts = (Array.isArray(option) ? option : [option]).map(checked);
  const [first] = hosts;
  if (first === undefined) throw wrongHost("nothing");
  const byName = new Map(hosts.map((host) => [nameOf(host), host]));
  return {
    hostFor: (name) => (name === undefined ? undefined : byName.get(name)) ?? first,
    named: [...byName.keys()],
  };
}

/** The name a request asks for, in lower case and without port; `undefined` for what is no host. */
export function requestedName(req: IncomingMessage): string | undefined {
  const authority = req.headers.host ?? req.headers[":authority"];
  return typeof authority === "string" ? HOST.exec(authority.toLowerCase())?.[1] : undefined;
}

/** True for `localhost`, names beneath it, and IP addresses. */
export function isLocalName(name: string): boolean {
  return /^(?:.+\.)?localhost\.?$/.test(name) || isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

/**
 * The https URL of a request's page on this host. Behind a host a path cannot change it, though it may begin with two
 * slashes. Browsers send a path in ASCII and nothing else; whatever else came goes to the front page.
 */
export function httpsUrl(host: string, req: IncomingMessage): string {
  // Within a router Express shortens `url`.
  const path = "originalUrl" in req ? req.originalUrl : req.url;
  return `https://${host}${typeof path === "string" && PATH.test(path) ? path : "/"}`;
}

function checked(host: unknown): string {
  const lower = typeof host === "string" ? host.toLowerCase() : "";
  if (!HOST.test(lower) || !isHostName(nameOf(lower)) || !URL.canParse(`https://${lower}`))
    throw wrongHost(String(host));
  return lower;
}

function isHostName(name: string): boolean {
  return (name.startsWith("[") || LABELS.test(name)) && URL.canParse(`https://${name}`);
}

function nameOf(host: string): string {
  return HOST.exec(host)?.[1] ?? host;
}

function wrongHost(what: string): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    'requireHttps(): `host` must be a host such as "example.com" or "localhost:3000", without scheme or path, ' +
      `a list of them, or a function that returns one; not ${what}.`,
  );
}
