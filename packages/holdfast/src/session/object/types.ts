/**
 * The public shape of `req.session`.
 *
 * @module
 */

/**
 * The app's session data. Add your own keys:
 *
 * @example
 * ```ts
 * declare module "holdfast" {
 *   interface SessionData { userId: string; visits: number }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be augmented
export interface SessionData {}

/** The session's cookie as express-session's users know it. Only its life can be changed per session. */
export interface SessionCookieView {
  /** Life in milliseconds as it was set; `null`: until the browser closes. */
  readonly originalMaxAge: number | null;
  /**
   * Life in milliseconds from now; `undefined`: until the browser closes. Assigning re-sends the cookie. It is never longer
   * than the session's absolute limit or 400 days, and enforces nothing: the server's limits do.
   */
  get maxAge(): number | undefined;
  set maxAge(life: number | null | undefined);
  /** The same as a date. */
  get expires(): Date | undefined;
  set expires(date: Date | null | undefined);
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: "lax" | "strict" | "none";
  readonly path: string;
  readonly domain: string | undefined;
}

/** The times of a stored session. */
export interface SessionTimes {
  readonly createdAt: Date;
  /** The last activity, this request included if it counts as such; recorded ones are up to a tenth of the idle limit old. */
  readonly lastSeenAt: Date;
  /** When it ends without further activity. */
  readonly idleExpiresAt: Date;
  /** When it ends whatever happens. */
  readonly absoluteExpiresAt: Date;
}

/**
 * `req.session`: your data as ordinary properties, and these names, which data cannot use.
 *
 * Changes are saved before the reply's first byte, later ones before its end; there is no need to call {@link save}.
 */
export interface Session {
  /** The same as {@link handle}. The secret session id itself is in the cookie alone. */
  readonly id: string;
  /** The session's public name, 22 characters: safe in lists, URLs and logs, worthless as a cookie. */
  readonly handle: string;
  readonly cookie: SessionCookieView;

  /** When the session began, was last used and will end; `undefined` for one not stored yet. Reading it is no activity. */
  readonly times: SessionTimes | undefined;
  /** When it ends, if nothing happens before; `undefined` for one not stored yet. */
  readonly expiresAt: Date | undefined;
  /** When {@link signIn} proved the user; `undefined` if the user was only assigned. */
  readonly authenticatedAt: Date | undefined;

  /**
   * Signs a user in whose password (or other proof) you have just checked: ends the present session, begins a new one
   * with a new id, sets `userId`. What this request wrote goes along, and `keep`. Resolves once the old
   * id is dead and the new session is stored (ASVS 7.2.4).
   *
   * @param options - `remember`: keep the cookie when the browser closes, until the absolute limit (default false);
   * `keep`: further keys an anonymous session hands on
   * @throws {HoldfastError} `ERR_HOLDFAST_USER`, `ERR_HOLDFAST_HEADERS_SENT`, `ERR_HOLDFAST_SUPERSEDED`,
   * `ERR_HOLDFAST_SESSION_ENDED`, `ERR_HOLDFAST_INSECURE_TRANSPORT`, `ERR_HOLDFAST_NOT_JSON`, `ERR_HOLDFAST_TOO_LARGE` or
   * a store's error
   */
  signIn(
    user: string | number,
    options?: { remember?: boolean | undefined; keep?: readonly string[] | undefined },
  ): Promise<void>;

  /**
   * Ends the session for good and deletes its cookie; `req.session` is an empty anonymous session from here on.
   * Once it has resolved no process accepts the session (ASVS 7.4.1).
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` or a store's error
   */
  signOut(): Promise<void>;

  /**
   * Changes the data atomically: `change` gets the newest data and may run again if another request was faster, so
   * that `update(s => { s.n++ })` counts every time. Saves at once.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` if the session is gone, `ERR_HOLDFAST_CONFLICT` after 200 attempts,
   * and what {@link save} throws
   */
  update(change: (session: Session & Partial<SessionData>) => unknown): Promise<void>;

  /**
   * Ends the session and begins an empty one with a new id; `keep` names what goes along (default: nothing).
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_HEADERS_SENT`, `ERR_HOLDFAST_SESSION_ENDED` or a store's error
   */
  regenerate(options?: { keep?: readonly string[] | undefined }): Promise<void>;
  regenerate(callback: (error?: unknown) => void): this;

  /**
   * Ends the session and deletes its cookie; `req.session` is `undefined` afterwards.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` or a store's error
   */
  destroy(): Promise<void>;
  destroy(callback: (error?: unknown) => void): this;

  /** Reads the data again, dropping this request's changes. @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` */
  reload(): Promise<void>;
  reload(callback: (error?: unknown) => void): this;

  /**
   * Saves now instead of with the reply.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_NOT_JSON`, `ERR_HOLDFAST_TOO_LARGE`, `ERR_HOLDFAST_SUPERSEDED`,
   * `ERR_HOLDFAST_SESSION_ENDED`, `ERR_HOLDFAST_INSECURE_TRANSPORT`, `ERR_HOLDFAST_HEADERS_SENT` or a store's error
   */
  save(): Promise<void>;
  save(callback: (error?: unknown) => void): this;

  /** Counts this request as activity even if little time has passed, and re-sends a persistent cookie. */
  touch(): this;
  /** The same as {@link touch}. */
  resetMaxAge(): this;
}
