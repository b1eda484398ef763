import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { cleanText } from "../../src/clean-text.ts";
import { scanCookies } from "../../src/cookie/scan.ts";
import { withSessionCookie } from "../../src/cookie/session-cookie.ts";
import { isUnsafeRequest } from "../../src/cross-site/unsafe-request.ts";
import { vary } from "../../src/cross-site/vary.ts";
import { crossSiteRefusal } from "../../src/cross-site/verdict.ts";
import { isCsrfToken } from "../../src/defence/csrf-token.ts";
import { hardenCookie } from "../../src/defence/harden-cookie.ts";
import { claimOfHttps } from "../../src/defence/https-claims.ts";
import { requestedName } from "../../src/defence/https-hosts.ts";
import { firstProtocol } from "../../src/express/transport.ts";
import { safeReturnTo } from "../../src/guards/index.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { strongSecret } from "../support/session-app.ts";

/** Six times what Node takes for all headers of a request together. */
const LENGTH = 100_000;

/**
 * Milliseconds of the processor. What grows with the square of the length takes many seconds; the worst here, a
 * `Set-Cookie` of nothing but semicolons, takes 30.
 */
const MOST = 1000;

const keys = new KeyRing([strongSecret()]);
const { id } = keys.newest;

const rule = {
  httpOnly: true,
  sameSite: "Lax",
  partitioned: false,
  maxAge: 60_000,
  allowHttp: false,
  anyOctets: true,
} as const;
const facts = { https: true, local: false, now: 0 };

const request = (headers: Record<string, string>, url = "/") =>
  ({ method: "GET", url, headers }) as unknown as IncomingMessage;

const replyWith = (header: string) =>
  ({ getHeader: () => header, setHeader: () => undefined }) as unknown as ServerResponse;

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  Cookie: (text) => [scanCookies(text, "__Host-csrf", 4), scanCookies(text, "a", 4)],
  "a cookie to be replaced": (text) => withSessionCookie(["a=1", text], "a=2", "a"),
  "Set-Cookie": (text) => hardenCookie(text, () => rule, facts),
  "Expires and Max-Age": (text) => hardenCookie(`a=1; Expires=${text}; Max-Age=${text}`, () => rule, facts),
  Origin: (origin) => crossSiteRefusal(ask({ origin }), new Set()),
  Referer: (referer) => crossSiteRefusal(ask({ referer }), new Set(["https://example.com"])),
  "Sec-Fetch-Site": (fetchSite) => crossSiteRefusal(ask({ fetchSite }), new Set()),
  Host: (host) => [
    requestedName(request({ host })),
    crossSiteRefusal(ask({ host, origin: host }), new Set()),
  ],
  "X-Forwarded-Proto": (text) => [
    firstProtocol(text),
    claimOfHttps(request({ "x-forwarded-proto": text }), false),
  ],
  Forwarded: (text) => claimOfHttps(request({ forwarded: text }), true),
  "CF-Visitor": (text) => claimOfHttps(request({ "cf-visitor": text, "x-arr-ssl": text }), false),
  "X-HTTP-Method-Override": (text) => isUnsafeRequest(request({ "x-http-method-override": text })),
  "a query with _method": (text) => isUnsafeRequest(request({}, `/?${text}&_method=GET`)),
  "X-CSRF-Token": (text) => [isCsrfToken(keys, "x", text), isCsrfToken(keys, "x", `${id}.${text}`)],
  returnTo: (text) => [safeReturnTo(text, "/"), safeReturnTo(`/${text}`.slice(0, 2048), "/")],
  "a name in a log": (text) => cleanText(text),
  "Vary of the app": (text) => vary(replyWith(text), ["Origin"]),
};

function ask(given: Partial<Parameters<typeof crossSiteRefusal>[0]>): Parameters<typeof crossSiteRefusal>[0] {
  const nothing = { fetchSite: undefined, origin: undefined, referer: undefined, host: "example.com" };
  return { method: "POST", secure: true, ...nothing, ...given };
}

/** What is repeated, and what stands around it. */
const repeated = [
  ...[
    " ",
    "\t",
    ";",
    ",",
    "=",
    "a",
    "a=",
    "; a",
    " ;",
    "a ",
    "-",
    ".",
    "a.",
    "0",
    "1:",
    "%",
    "%41",
    "&",
    "&a=",
  ],
  ...[
    "/",
    "//",
    "/..",
    "/a/..",
    "\\",
    "@",
    ":",
    "[",
    "#",
    "?",
    '"',
    "https",
    "https,",
    " https",
    "proto=",
    ";proto",
  ],
  ...[
    '"scheme"',
    '"scheme" ',
    '"scheme":',
    "_method=",
    "_method[",
    "__Host-csrf",
    "__Host-csrf=",
    "\u0000",
    "\u00ff",
  ],
];
const around: readonly (readonly [string, string])[] = [
  ["", ""],
  ["a", "b"],
  ["a=", ";"],
  ["https://example.com/", "x"],
  ["/", "\n"],
];

describe("bounded time for a hostile", () => {
  for (const [what, parse] of Object.entries(parsers)) {
    it(what, () => {
      for (const part of repeated)
        for (const [before, after] of around) {
          const text = before + part.repeat(LENGTH / part.length) + after;
          const start = process.cpuUsage();
          parse(text);
          const { user, system } = process.cpuUsage(start);
          const took = (user + system) / 1000;
          assert.ok(took < MOST, `${JSON.stringify(part)} after ${JSON.stringify(before)}: ${took} ms`);
          if (process.env.SHOW_COSTS)
            console.log(Math.round(took), what, JSON.stringify([before, part, after]));
        }
    });
  }
});
