/**
 * Does a request that changes state come from the app's own pages? Browsers say so in Fetch Metadata; older ones
 * in `Origin` and `Referer` (OWASP CSRF Prevention; ASVS 3.5.1).
 *
 * @module
 */

/** The headers and facts a verdict is made from. */
export interface CrossSiteFacts {
  readonly method: string | undefined;
  /** `Sec-Fetch-Site` */
  readonly fetchSite: string | undefined;
  /** `Sec-Fetch-Mode` */
  readonly fetchMode?: string | undefined;
  /** `Sec-Purpose`, which is there if the browser acts ahead of its user: `prefetch`, `prefetch;prerender`. */
  readonly purpose?: string | undefined;
  readonly origin: string | undefined;
  readonly referer: string | undefined;
  readonly host: string | undefined;
  /** True if the request came over HTTPS. */
  readonly secure: boolean;
}

/** Why a request is refused, or `null` if it may pass. */
export type CrossSiteRefusal = "cross-site" | "other-origin" | "no-origin";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** True for methods that must not change anything (RFC 9110 9.2.1) and are therefore not checked. */
export function isSafeMethod(method: string | undefined): boolean {
  return method !== undefined && SAFE_METHODS.has(method);
}

/**
 * @param origins - the app's own origins, such as `https://example.com`; empty: the request's `Host` stands in, which a
 * browser does not let a page choose
 */
export function crossSiteRefusal(
  facts: CrossSiteFacts,
  origins: ReadonlySet<string>,
): CrossSiteRefusal | null {
  if (isSafeMethod(facts.method)) return null;
  // A trusted sister origin is cross-site to the browser: an explicit list is asked first.
  if (facts.origin !== undefined && origins.has(facts.origin)) return null;
  switch (facts.fetchSite) {
    case "same-origin":
      return null;
    case "none":
      // Typed, bookmarked or opened by the user: no page had a hand in it. A script that is told so, and does not
      // navigate, is an extension's; and Chromium says so too of what a page's speculation rules have it fetch ahead.
      if (facts.purpose === undefined && (facts.fetchMode ?? "navigate") === "navigate") return null;
      break;
    case "cross-site":
    case "same-site": // a sister host is another application
      return "cross-site";
    default: // absent or of a future specification: never a reason to allow
  }
  const source = facts.origin ?? originOf(facts.referer);
  if (source === undefined) return "no-origin";
  return isOwnOrigin(source, facts, origins) ? null : "other-origin";
}

/**
 * The rule for requests to upgrade to a WebSocket, whose method is GET: browsers send `Origin` with each, and ask for no
 * permission, so it alone counts and may not be missing (ASVS 4.4.2; RFC 6455 10.2).
 *
 * @param origins - as for {@link crossSiteRefusal}
 */
export function upgradeRefusal(
  facts: Pick<CrossSiteFacts, "origin" | "host" | "secure">,
  origins: ReadonlySet<string>,
): CrossSiteRefusal | null {
  if (facts.origin === undefined) return "no-origin";
  return isOwnOrigin(facts.origin, facts, origins) ? null : "other-origin";
}

/** What to tell whoever sent the request. */
export const crossSiteMessages: Readonly<Record<CrossSiteRefusal, string>> = {
  "cross-site": "The request comes from another site. Send it from the app's own pages.",
  "other-origin":
    "The request comes from another origin. If that origin is yours, add it to the `origin` option.",
  "no-origin":
    "The request has no Sec-Fetch-Site, Origin or Referer header, so it cannot be told from one that another site caused. " +
    "Send an Origin header with the app's own origin.",
};

function isOwnOrigin(
  source: string,
  facts: Pick<CrossSiteFacts, "host" | "secure">,
  origins: ReadonlySet<string>,
): boolean {
  if (origins.size > 0) return origins.has(source);
  const { host, secure } = facts;
  if (!host) return false;
  const own = `${secure ? "https" : "http"}://${host.toLowerCase()}`;
  if (source === own) return true;
  // Some clients and proxies name the default port in `Host`; browsers never do so in `Origin`.
  const port = secure ? ":443" : ":80";
  return own.endsWith(port) && source === own.slice(0, -port.length);
}

/** Scheme, host and port, the host no longer than a name may be (RFC 1035 2.3.4: 253 characters). */
const ORIGIN = /^https?:\/\/[^/?#\\]{1,259}(?=[/?#\\]|$)/i;

// The rest is not parsed: it says nothing of the origin, and a long host in Punycode takes the square of its length.
function originOf(referer: string | undefined): string | undefined {
  const [start] = ORIGIN.exec(referer ?? "") ?? [];
  return start !== undefined && URL.canParse(start) ? new URL(start).origin : undefined;
}
