/**
 * Rules about what a browser gets: the session cookie, and the headers beside it. Where a rule about programs asks for
 * the same, this is that rule, looking elsewhere.
 *
 * @module
 */
import type { Rule } from "../finding.ts";
import type { Library } from "../libraries.ts";
import { COOKIE_RULES } from "../rules/cookie.ts";
import { LIFE_RULES, tooLong } from "../rules/life.ts";
import type { Reply } from "./reply.ts";
import { lifeOf, type SetCookie } from "./set-cookie.ts";

/** A rule about one cookie of a reply. */
export interface CookieRule extends Rule {
  readonly look: (cookie: SetCookie, reply: Reply, now: number) => string | undefined;
  readonly instead: (library: Library) => string | undefined;
}

/** A rule about a reply that sets a session cookie. */
export interface ReplyRule extends Rule {
  readonly look: (reply: Reply) => string | undefined;
  readonly instead: string;
}

const DAY = 24 * 60 * 60 * 1000;
const YEAR = 31_536_000;

const KNOWN_NAMES =
  /^(?:connect\.sid|sessionId|session|express[:.]sess|koa[.:]sess|PHPSESSID|JSESSIONID|ASP\.NET_SessionId|laravel_session|_session_id|sails\.sid)$/;

export const COOKIE_LOOKS: readonly CookieRule[] = [
  also("secure-missing", ({ attributes }, { local, https }) =>
    attributes.has("secure") || (local && https === false) ? undefined : "no `Secure`",
  ),
  also("http-only-off", ({ attributes }) => (attributes.has("httponly") ? undefined : "no `HttpOnly`")),
  also("same-site", ({ attributes }) => {
    const sameSite = attributes.get("samesite")?.toLowerCase();
    if (sameSite === undefined) return "no `SameSite`";
    if (sameSite !== "none")
      return ["lax", "strict"].includes(sameSite) ? undefined : "an unknown `SameSite`";
    return attributes.has("secure")
      ? "`SameSite=None`"
      : "`SameSite=None` without `Secure`: browsers refuse it";
  }),
  also("name-default", ({ name }, { local, https }) =>
    KNOWN_NAMES.test(name) && !(local && https === false) ? "a library's default name" : undefined,
  ),
  also("name-prefix", ({ name, attributes }, { local, https }) =>
    /^__(?:host|secure)-/i.test(name) ||
    KNOWN_NAMES.test(name) ||
    attributes.has("domain") ||
    (local && https === false)
      ? undefined
      : "a name without prefix",
  ),
  also("host-prefix-refused", ({ name, attributes }) => {
    if (/^__secure-/i.test(name) && !attributes.has("secure")) return "a `__Secure-` name without `Secure`";
    if (!/^__host-/i.test(name)) return undefined;
    const fits = attributes.has("secure") && !attributes.get("domain") && attributes.get("path") === "/";
    return fits ? undefined : "a `__Host-` name with a Domain, without Secure, or without `Path=/`";
  }),
  also("domain-shared", ({ attributes }) =>
    attributes.get("domain") ? "a `Domain`, which shares it with every subdomain" : undefined,
  ),
  also("max-age-long", (cookie, _reply, now) => {
    // Rounded, for the clocks of server and doctor differ.
    const long = tooLong(Math.round((lifeOf(cookie, now) ?? 0) / DAY));
    return long === undefined ? undefined : `a life of ${long}`;
  }),
];

export const REPLY_RULES: readonly ReplyRule[] = [
  {
    id: "cookie-twice",
    level: "warning",
    row: "COOK-08",
    source: "RFC 6265bis 4.1.1",
    why: "Which of the two the browser keeps is left to the order in which they are written.",
    look: ({ setCookies }) => {
      const names = setCookies.map((header) =>
        header
          .replace(/^\s*set-cookie:/i, "")
          .split("=")[0]
          ?.trim(),
      );
      return new Set(names).size < names.length ? "the reply sets one cookie more than once" : undefined;
    },
    instead: "one middleware for sessions, and no res.cookie with its name",
    holdfast: "session({ … })  // one Set-Cookie at most, whatever the request did",
  },
  {
    id: "cacheable",
    level: "warning",
    row: "HTTP-01",
    source: "ASVS 14.3.2; OWASP Session Management",
    why: "A cache on the way may keep the reply, and hand one visitor's session to the next.",
    look: ({ headers }) =>
      headers === undefined || /\bno-store\b/i.test(headers.get("cache-control") ?? "")
        ? undefined
        : "a session cookie without `Cache-Control: no-store`",
    instead: 'res.set("Cache-Control", "no-store")',
    holdfast: "session({ … })  // sends it beside its cookies",
  },
  {
    id: "hsts",
    level: "warning",
    row: "HTTP-03",
    source: "ASVS 3.4.1; OWASP WSTG-SESS-09",
    why: "Whoever types the address without https:// comes over plain HTTP first, where the network can answer instead.",
    look: ({ headers, https, local }) => {
      if (headers === undefined || https !== true || local) return undefined;
      const given = headers.get("strict-transport-security");
      if (given === undefined) return "no `Strict-Transport-Security`";
      const seconds = Number(/max-age="?(\d+)/i.exec(given)?.[1] ?? 0);
      return seconds < YEAR ? "`Strict-Transport-Security` of less than a year" : undefined;
    },
    instead: 'res.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")',
    holdfast: "the same: the header is the app's, or the proxy's",
  },
  {
    id: "plain-http",
    level: "error",
    row: "HTTP-04",
    source: "NIST SP 800-63B-4 5.1; OWASP Session Management",
    why: "Sessions and passwords travel in the clear for whoever comes by that address.",
    look: ({ plainHttp, https, local }) => {
      if (plainHttp === "sets-cookie") return "http:// sets a cookie";
      if (plainHttp === "answers") return "http:// answers, and does not send on to https://";
      return https === false && !local ? "the page itself is over plain HTTP" : undefined;
    },
    instead: 'res.redirect(308, new URL(req.originalUrl, "https://example.com").href)  // with your own host',
    holdfast: "the same; over plain HTTP no session is kept",
  },
];

/** The rule of that name about programs, with another look. */
function also(id: string, look: CookieRule["look"]): CookieRule {
  const rule = [...COOKIE_RULES, ...LIFE_RULES].find((one) => one.id === id);
  if (rule === undefined) throw new TypeError(`There is no rule ${id}.`);
  return { ...rule, look };
}
