/**
 * One policy for all cookies of an app.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { cleanText } from "../clean-text.ts";
import { attachmentOf } from "../express/attachment.ts";
import type { Middleware } from "../express/next.ts";
import { ownCookies } from "../express/own-cookies.ts";
import { RequestSession } from "../express/request-session.ts";
import { isHttps, isLocal } from "../express/transport.ts";
import { beforeHead, hookHeads } from "./before-head.ts";
import {
  type CookiePolicyOptions,
  type CookiePolicySettings,
  resolveCookiePolicy,
} from "./cookie-policy-options.ts";
import type { CookieReport } from "./cookie-report.ts";
import { type HardenedCookie, hardenCookie } from "./harden-cookie.ts";
import { hookSetters, type SetBy, watchCookies } from "./set-by.ts";

/**
 * Hardens every `Set-Cookie` header of the replies that pass, whoever sets it and how: `HttpOnly`, `Secure`, `SameSite`,
 * what a `__Host-` or `__Secure-` name demands, a longest life, one header for each cookie (ASVS 3.3.1 to 3.3.4;
 * RFC 6265bis 4.1). Cookies with control characters or octets that no cookie may have are not sent. It sees the reply's
 * head last, so it may stand anywhere before the handlers. The library's own cookies, those
 * of `session()`, device-bound sessions and CSRF tokens, are left as they are.
 *
 * @example
 * ```ts
 * app.use(cookiePolicy({ except: { "XSRF-TOKEN": { httpOnly: false } } }));
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION`, at once
 */
export function cookiePolicy(options: CookiePolicyOptions = {}): Middleware {
  const settings = resolveCookiePolicy(options);
  hookHeads();
  if (!settings.production) hookSetters();
  return (req, res, next) => {
    const direct = isHttps(req, undefined);
    const setBy = settings.production ? undefined : watchCookies(res);
    beforeHead(res, () => {
      try {
        applyPolicy(settings, req, res, direct || isSessionSecure(req), setBy);
      } catch (error) {
        // Nobody expects writeHead() to throw, and what nobody has judged does not go out.
        if (!settings.reportOnly) res.removeHeader("set-cookie");
        warn("no cookie could be judged", error);
      }
    });
    next();
  };
}

/** On bare `node:http` behind a proxy, `session({ proxy })` knows. */
function isSessionSecure(req: IncomingMessage): boolean {
  const attached = attachmentOf(req);
  return attached instanceof RequestSession && attached.transport === "https";
}

function applyPolicy(
  settings: CookiePolicySettings,
  req: IncomingMessage,
  res: ServerResponse,
  https: boolean,
  setBy: SetBy | undefined,
): void {
  const existing = res.getHeader("set-cookie");
  if (existing === undefined) return;
  // Node sends as text whatever is in the list.
  const headers = Array.isArray(existing) ? existing.map(String) : [String(existing)];
  const own = ownCookies(req, res);
  const ruleFor = (name: string) => (own.has(name) ? undefined : settings.ruleFor(name));
  const facts = {
    https,
    // As for sessions over plain HTTP: outside production, from this machine, through no proxy.
    local: !https && !settings.production && isLocal(req),
    now: settings.clock.now(),
  };
  const cookies = headers.map((header) => hardenCookie(header, ruleFor, facts));
  const last = new Map(cookies.map((cookie, index) => [cookie.key, index]));
  const kept = cookies.filter(({ header, key }, index) => header !== undefined && last.get(key) === index);
  cookies.forEach((cookie, index) => {
    const line = setBy?.get(headers[index] ?? "");
    const replaced = cookie.refused === undefined && last.get(cookie.key) !== index;
    tell(settings, cookie, replaced, line);
  });
  if (settings.reportOnly) return;
  if (kept.length === 0) return res.removeHeader("set-cookie");
  const mended = kept.map(({ header = "" }) => header);
  if (mended.length !== headers.length || mended.some((header, index) => header !== headers[index]))
    res.setHeader("Set-Cookie", mended);
}

function tell(
  { report, reportOnly }: CookiePolicySettings,
  { name, changes, refused }: HardenedCookie,
  replaced: boolean,
  setBy: string | undefined,
): void {
  const all = replaced ? [...changes, "left out, for a later one replaces it"] : changes;
  if (all.length === 0 && refused === undefined) return;
  const told: CookieReport = { name: cleanText(name), changes: all, refused, setBy, reportOnly };
  try {
    report(told);
  } catch (error) {
    // The head is on its way: nobody could take care of the error.
    warn("`onReport` threw", error);
  }
}

function warn(what: string, error: unknown): void {
  const why = error instanceof Error ? cleanText(`${error.name}: ${error.message}`) : "no Error was thrown";
  process.emitWarning(`cookiePolicy(): ${what}: ${why}`, "HoldfastWarning");
}
