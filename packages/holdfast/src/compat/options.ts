import type { Duration } from "../duration.ts";
import type { OfRequest } from "./app-request.ts";
import type { CookieOptions } from "./cookie.ts";
import type { CompatSecret } from "./signature.ts";
import type { CompatStore } from "./types.ts";

/** Options of `holdfast/compat`: express-session's, with their defaults, and two more. */
export interface SessionOptions {
  /** Signs the cookie. A list is newest first; the others are still accepted. Default: `req.secret`. */
  secret?: CompatSecret | readonly CompatSecret[] | undefined;
  /** The cookie's name. Default `"connect.sid"`. */
  name?: string | undefined;
  /** The same as `name`. */
  key?: string | undefined;
  /** Default: a `MemoryStore`. */
  store?: CompatStore | undefined;
  /** Makes ids. Default: 24 random bytes. */
  genid?: OfRequest<string> | undefined;
  /** Writes sessions that did not change, too. Default `true`, which is deprecated. */
  resave?: boolean | undefined;
  /** Keeps sessions that nobody has written to. Default `true`, which is deprecated. */
  saveUninitialized?: boolean | undefined;
  /** Sends the cookie with each reply. Default `false`. */
  rolling?: boolean | undefined;
  /** Whether `X-Forwarded-Proto` is believed. Default: what Express's `trust proxy` says. */
  proxy?: boolean | undefined;
  /** What `req.session = null` does to the stored session. Default `"keep"`. */
  unset?: "destroy" | "keep" | undefined;
  /** The cookie's attributes, or what makes them for a request. */
  cookie?: CookieOptions | OfRequest<CookieOptions> | undefined;
  /**
   * A reply whose session could not be stored becomes an error. Default `false`, as in express-session: the reply goes
   * out, and the error to the error handlers after it.
   */
  strict?: boolean | undefined;
  /** How long the store has for an answer, before the request fails with a 503. Default `"10s"`. */
  storeTimeout?: Duration | undefined;
}
