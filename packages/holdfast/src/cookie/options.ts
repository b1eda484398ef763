/**
 * The `cookie` option of `session()`: what may be asked for. `resolveCookie` turns it into settings.
 *
 * @module
 */

import type { Duration } from "../duration.ts";

/**
 * How the session cookie is sent.
 *
 * Every default is the safe one; most apps need none of these. The cookie's dates never end a session: the
 * server does that by its own clock, with `idle` and `absolute`.
 */
export interface CookieOptions {
  /**
   * The path the cookie is sent for. Default `"/"`.
   *
   * A narrower path is no protection (pages of one origin reach each other) and costs the `__Host-` prefix:
   * the cookie is named `__Secure-…` instead (RFC 6265bis 4.1.3).
   */
  readonly path?: string | undefined;

  /**
   * Share the session with all subdomains of this domain. Default: none, so only the host that set it gets it.
   *
   * Every subdomain can then read, plant and overwrite the session cookie, and the `__Host-` prefix gives way to
   * `__Secure-` (ASVS 3.3.1, 3.3.3). A leading dot is dropped.
   */
  readonly domain?: string | null | undefined;

  /** Always `true`: scripts never see the session cookie (ASVS 3.3.4). `false` is refused. */
  readonly httpOnly?: boolean | undefined;

  /**
   * Send the cookie over HTTPS only. Default `true` (ASVS 3.3.1).
   *
   * `false` and `"auto"` exist for development: outside production they give a session, under the name without
   * prefix, to plain-HTTP requests that come from this machine to `localhost`, `127.0.0.1` or `[::1]` and through
   * no proxy. In production `"auto"` means `true` and `false` is refused; so the common
   * `secure: process.env.NODE_ENV === "production"` does what is meant.
   */
  readonly secure?: boolean | "auto" | undefined;

  /**
   * Which requests from other sites carry the cookie. Default `"lax"`: only links that open a page.
   * In any case; `true` means `"strict"`; `false` is refused, for browsers differ in what it means (ASVS 3.3.2).
   *
   * `"strict"` also leaves people who follow a link from elsewhere signed out on the first page. `"none"` sends the
   * cookie with every cross-site request, which leaves cross-site defence to the server; it needs HTTPS throughout.
   */
  readonly sameSite?: boolean | SameSiteOption | undefined;

  /**
   * Keep the cookie when the browser closes, for this long: milliseconds or `"7d"`. Default `null`: it goes when
   * the browser ends its session (NIST SP 800-63B-4, 5.1.1).
   *
   * At most 400 days (RFC 6265bis 5.5) and never beyond the absolute limit of the session.
   */
  readonly maxAge?: Duration | null | undefined;

  /**
   * Give the cookie its own jar under each top-level site that embeds this app (CHIPS). Default `false`.
   *
   * For an app shown in frames of other sites, with `sameSite: "none"`; needs HTTPS throughout.
   */
  readonly partitioned?: boolean | undefined;

  /** What Chromium deletes last when there are too many cookies. Default: not sent, which means `"medium"`. */
  readonly priority?: "low" | "medium" | "high" | undefined;

  /**
   * Send the session over plain HTTP to everybody, in production too. Default `false`.
   *
   * Whoever is on the network path can then read and take over any session. Only for networks where that is
   * accepted; behind a proxy that ends TLS, use HTTPS semantics with Express's `trust proxy` instead. Over HTTPS the
   * cookie keeps its prefix and `Secure`.
   */
  readonly insecureAllowHttp?: boolean | undefined;
}

/** Values of {@link CookieOptions.sameSite}, in lower case, upper case or as the standard writes them. */
export type SameSiteOption =
  | "lax"
  | "strict"
  | "none"
  | "Lax"
  | "Strict"
  | "None"
  | "LAX"
  | "STRICT"
  | "NONE";
