/**
 * The check against forged requests for every request, with a session or without.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { crossSiteFacts } from "../cross-site/facts.ts";
import {
  CROSS_ORIGIN_RULES,
  type CrossOriginRules,
  checkListener,
  resolveRules,
} from "../cross-site/options.ts";
import { isUnsafeRequest } from "../cross-site/unsafe-request.ts";
import { JUDGED_BY, vary } from "../cross-site/vary.ts";
import { type CrossSiteRefusal, crossSiteMessages, crossSiteRefusal } from "../cross-site/verdict.ts";
import { HoldfastError } from "../errors.ts";
import { originsOf } from "../express/check-options.ts";
import type { Middleware } from "../express/next.ts";
import { answer, type OnRefusal, tell } from "./refusal.ts";

/** Options of {@link crossOrigin}. */
export interface CrossOriginOptions extends CrossOriginRules {
  /**
   * The app's own origins, such as `"https://example.com"`, and those of others that it trusts as much: for browsers
   * without Fetch Metadata, and for sister sites that may send forms here. `Host` never takes its place. Default: none,
   * so that Fetch Metadata alone can let a browser's request pass.
   */
  readonly origin?: string | readonly string[] | undefined;
  /** Told of each refusal; a session before it reports `malicious_csrf` as well. Default: nobody. */
  readonly onRefusal?: OnRefusal | undefined;
}

const OWNER = "crossOrigin()";

/**
 * Refuses requests that may change something unless they come from the app's own pages: 403, `ERR_HOLDFAST_CROSS_SITE`
 * (ASVS 3.5.1; OWASP CSRF Prevention). `session()` does so for requests with a session; this does it for all, the login
 * form's included, and sees through method overrides.
 *
 * Fetch Metadata decides; where a browser sends none, or what nobody knows, `Origin` does, else `Referer`. A request
 * without any of them passes if it has no cookie either: then it is no browser's, or has nothing to abuse.
 *
 * @example
 * ```ts
 * app.use(session({ secret, origin: "https://example.com" }));
 * app.use(crossOrigin({ origin: "https://example.com" }));
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, at once
 */
export function crossOrigin(options: CrossOriginOptions = {}): Middleware {
  const { exempts, reportOnly } = resolveRules(OWNER, options, [
    ...CROSS_ORIGIN_RULES,
    "origin",
    "onRefusal",
  ]);
  checkListener(OWNER, "onRefusal", options.onRefusal);
  const { onRefusal } = options;
  const origins = originsOf(options.origin);
  return (req, res, next) => {
    if (!isUnsafeRequest(req)) return next();
    vary(res, JUDGED_BY);
    const reason = checkCrossOrigin(req, origins);
    if (reason === null || exempts(req)) return next();
    tell(req, { reason, reportOnly }, onRefusal);
    if (reportOnly) return next();
    answer(req, res, next, new HoldfastError("ERR_HOLDFAST_CROSS_SITE", crossSiteMessages[reason]));
  };
}

/** Why a request that may change something is refused, or `null`. */
function checkCrossOrigin(req: IncomingMessage, origins: ReadonlySet<string>): CrossSiteRefusal | null {
  const facts = crossSiteFacts(req, undefined);
  const isSilent = facts.fetchSite === undefined && facts.origin === undefined && facts.referer === undefined;
  if (isSilent && req.headers.cookie === undefined) return null;
  return crossSiteRefusal(facts, origins);
}
