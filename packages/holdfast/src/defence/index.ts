/**
 * Defences for the whole app, with `session()` or without.
 *
 * @module
 */
export { cookiePolicy, type Defence } from "./cookie-policy.ts";
export type { CookieException, CookiePolicyOptions } from "./cookie-policy-options.ts";
export type { CookieReport } from "./cookie-report.ts";
export type { HstsOptions } from "./hsts.ts";
export type { HttpsHosts } from "./https-hosts.ts";
export type { RequireHttpsOptions } from "./https-options.ts";
export { requireHttps } from "./require-https.ts";
