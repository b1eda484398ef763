/**
 * Keeps a user's pages and files out of other sites' pages: their tags, scripts and frames (ASVS 3.5.8; W3C Fetch
 * Metadata; resource isolation policy).
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { type Exempt, exemption } from "../cross-site/exempt.ts";
import { textOf } from "../cross-site/facts.ts";
import { checkListener, switchOf } from "../cross-site/options.ts";
import { vary } from "../cross-site/vary.ts";
import { HoldfastError } from "../errors.ts";
import { originsOf } from "../express/check-options.ts";
import type { Middleware } from "../express/next.ts";
import { checkOptionNames } from "../option-checks.ts";
import { answer, type OnRefusal, tell } from "./refusal.ts";

/** Options of {@link resourceIsolation}. */
export interface ResourceIsolationOptions {
  /**
   * Origins whose scripts may read what they ask for with CORS, such as `"https://shop.example.com"`. Tags and frames
   * name no origin. Default: none.
   */
  readonly origin?: string | readonly string[] | undefined;
  /** True: pages of sister hosts may embed everything, as this one's may. Default false. */
  readonly insecureAllowSameSite?: boolean | undefined;
  /** What other sites may embed: paths, compared exactly, or a function of the request. Default: nothing. */
  readonly exempt?: Exempt | undefined;
  /** True: nothing is refused, only reported, and no `Cross-Origin-Resource-Policy` sent. Default false. */
  readonly insecureReportOnly?: boolean | undefined;
  /** Told of each refusal; a session before it reports `malicious_csrf` as well. Default: nobody. */
  readonly onRefusal?: OnRefusal | undefined;
}

const OWNER = "resourceIsolation()";
const NAMES = ["origin", "insecureAllowSameSite", "exempt", "insecureReportOnly", "onRefusal"];
const READ_BY = ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Origin"];

/** What a navigation may be for: a tab of its own. */
const TABS: ReadonlySet<string | undefined> = new Set(["document", undefined]);

/**
 * Refuses GET and HEAD requests that another site's page causes, unless they open a tab: 403, `ERR_HOLDFAST_CROSS_SITE`.
 * For the pages and files of signed-in users; put what others may embed before it. Replies carry
 * `Cross-Origin-Resource-Policy`, which keeps them from such pages in browsers without Fetch Metadata too, unless the
 * app sets it otherwise, before or after.
 *
 * @example
 * ```ts
 * app.use("/assets", express.static("public"));
 * app.use(resourceIsolation());
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, at once
 */
export function resourceIsolation(options: ResourceIsolationOptions = {}): Middleware {
  checkOptionNames(OWNER, options, NAMES);
  checkListener(OWNER, "onRefusal", options.onRefusal);
  const origins = originsOf(options.origin);
  const exempts = exemption(OWNER, options.exempt);
  const sameSite = switchOf(OWNER, "insecureAllowSameSite", options.insecureAllowSameSite);
  const reportOnly = switchOf(OWNER, "insecureReportOnly", options.insecureReportOnly);
  const policy = sameSite ? "same-site" : "same-origin";
  return (req, res, next) => {
    if (req.method !== "GET" && req.method !== "HEAD") return next();
    vary(res, READ_BY);
    if (exempts(req)) return next();
    // An app that has set it, or sets it later, knows better what others may embed.
    if (!reportOnly && !res.hasHeader("Cross-Origin-Resource-Policy"))
      res.setHeader("Cross-Origin-Resource-Policy", policy);
    if (mayRead(req, origins, sameSite)) return next();
    tell(req, { reason: "embedded", reportOnly }, options.onRefusal);
    if (reportOnly) return next();
    const message = "Pages of other sites may link to this, and not embed it or read it.";
    answer(req, res, next, new HoldfastError("ERR_HOLDFAST_CROSS_SITE", message));
  };
}

function mayRead({ headers }: IncomingMessage, origins: ReadonlySet<string>, sameSite: boolean): boolean {
  if (headers.origin !== undefined && origins.has(headers.origin)) return true;
  switch (textOf(headers["sec-fetch-site"])) {
    case "same-site":
      return sameSite || isTab(headers);
    case "cross-site":
      return isTab(headers);
    default: // the app's own, the user's own, or a browser that does not say
      return true;
  }
}

// Not `Sec-Fetch-User`: Safari does not send it.
function isTab(headers: IncomingMessage["headers"]): boolean {
  return textOf(headers["sec-fetch-mode"]) === "navigate" && TABS.has(textOf(headers["sec-fetch-dest"]));
}
