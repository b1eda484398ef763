/**
 * Defences for the whole app, with `session()` or without.
 *
 * @module
 */
import "./augment.ts";

export type { Exempt } from "../cross-site/exempt.ts";
export type { CrossOriginRules } from "../cross-site/options.ts";
export type { Middleware as Defence } from "../express/next.ts";
export { cookiePolicy } from "./cookie-policy.ts";
export type { CookieException, CookiePolicyOptions } from "./cookie-policy-options.ts";
export type { CookieReport } from "./cookie-report.ts";
export { type CrossOriginOptions, crossOrigin } from "./cross-origin.ts";
export type { HstsOptions } from "./hsts.ts";
export type { HttpsHosts } from "./https-hosts.ts";
export type { RequireHttpsOptions } from "./https-options.ts";
export type { OnRefusal, Refusal } from "./refusal.ts";
export {
  type CsrfTokenOptions,
  csrfToken,
  type RequireCsrfTokenOptions,
  requireCsrfToken,
} from "./require-csrf-token.ts";
export { requireHttps } from "./require-https.ts";
export { type ResourceIsolationOptions, resourceIsolation } from "./resource-isolation.ts";
