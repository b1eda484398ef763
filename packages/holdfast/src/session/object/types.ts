/**
 * The public shape of `req.session`.
 *
 * @module
 */
import type { Duration } from "../../duration.ts";
import type { IdTokenClaims } from "../federation/provider.ts";

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

/**
 * The app's pending steps, by purpose. Declare them as you do {@link SessionData}:
 *
 * @example
 * ```ts
 * declare module "holdfast" {
 *   interface PendingSteps { otp: { user: string } }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be augmented
export interface PendingSteps {}

/** What a step of this purpose holds; `unknown` for one that is not declared. */
export type PendingStep<Purpose extends string> = Purpose extends keyof PendingSteps
  ? PendingSteps[Purpose]
  : unknown;

/** The session's cookie as express-session's users know it. Only its life can be changed per session. */
export interface SessionCookieView {
  /** Life in milliseconds as it was set; `null`: until the browser closes. */
  readonly originalMaxAge: number | null;
  /**
   * Life in milliseconds from now; `undefined`: until the browser closes. Assigning re-sends the cookie. It is never
   * longer than the session's absolute limit or 400 days, and enforces nothing: the server's limits do.
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
  /**
   * The last activity, this request included if it counts as such; recorded ones are up to a tenth of the idle limit
   * old.
   */
  readonly lastSeenAt: Date;
  /** When it ends without further activity. */
  readonly idleExpiresAt: Date;
  /** When it ends whatever happens. */
  readonly absoluteExpiresAt: Date;
}

/** The device that a session is bound to (`deviceBound`). */
export interface DeviceBinding {
  /** Names the device's key for this session (RFC 7638): 43 characters, safe in lists and logs. */
  readonly thumbprint: string;
  readonly algorithm: "ES256" | "RS256";
  readonly boundAt: Date;
  /** When the device last proved that it has the key. */
  readonly provenAt: Date;
}

/** What {@link Session.signIn} may be told. */
export interface SignInOptions {
  /**
   * How the user has proved who they are: names of RFC 8176 such as `"pwd"`, `"otp"` or `"hwk"`, or the app's own. At
   * most 16, of at most 64 characters. Default none.
   */
  readonly methods?: readonly string[] | undefined;
  /** How strongly, 0 to 9; what a number means is the app's to say. Default 1. */
  readonly level?: number | undefined;
  /**
   * Keeps the cookie when the browser closes, until the absolute limit. Default false. Raises no level (NIST SP 800-63B
   * 5.1).
   */
  readonly remember?: boolean | undefined;
  /** Further keys an anonymous session hands on. Default none. */
  readonly keep?: readonly string[] | undefined;
  /**
   * The claims of the ID token that the user came with, which your OpenID Connect client has validated: then a logout at
   * the provider finds the session (`backChannelLogout`, `sessions.revokeFederated`). Kept are `iss`, `sub`, `iat` and
   * `sid`. A session that has ended there does not begin: `ERR_HOLDFAST_SUPERSEDED`. On a store that cannot list and end
   * a user's sessions: `ERR_HOLDFAST_STORE_CANNOT`. Default: none.
   */
  readonly idToken?: IdTokenClaims | undefined;
  /**
   * When the refresh token behind the session ends, as a Date or milliseconds since 1970: the absolute limit is no later
   * (RFC 10017). Give it where the provider says an end that does not move. Default: the absolute limit.
   */
  readonly refreshTokenExpiresAt?: Date | number | undefined;
}

/** What {@link Session.elevate} may be told. */
export interface ElevateOptions {
  /** How the user has proved more; added to the methods of the session. Default none. */
  readonly methods?: readonly string[] | undefined;
  /** From the session's own level up to 9. Default: the session's own, at least 1. */
  readonly level?: number | undefined;
}

/** What {@link Session.impersonate} and {@link Session.endImpersonation} may be told. */
export interface ImpersonationOptions {
  /** Keys of the data that go along. Default none. */
  readonly keep?: readonly string[] | undefined;
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

  /**
   * When the session began, was last used and will end; `undefined` for one not stored yet. Reading it is no activity.
   */
  readonly times: SessionTimes | undefined;
  /** When it ends, if nothing happens before; `undefined` for one not stored yet. */
  readonly expiresAt: Date | undefined;
  /** When {@link signIn} or {@link elevate} last proved the user; `undefined` if the user was only assigned. */
  readonly authenticatedAt: Date | undefined;
  /** How strongly the user has proved who they are, 0 to 9; 0 without a user, and for one who was only assigned. */
  readonly level: number;
  /** How they have; empty where nobody said. */
  readonly methods: readonly string[];
  /**
   * True if this client's session has locked at its idle limit (`onIdle: "lock"`): then everything here is empty, and
   * {@link signIn} of the same user brings the session back.
   */
  readonly locked: boolean;
  /** Whose session is locked, for the page that asks for their password; `undefined` where none is. */
  readonly lockedUser: string | undefined;

  /**
   * Signs a user in whose password (or other proof) you have just checked: ends the present session, begins a new one
   * with a new id, sets `userId`. What this request wrote goes along, and `keep`. Resolves once the old
   * id is dead and the new session is stored (ASVS 7.2.4).
   *
   * `level` and `methods` replace those of a session the same user had. Where that session is {@link locked}, its data
   * comes back, and its absolute limit stays; if it has been ended meanwhile, nobody is signed in
   * (`ERR_HOLDFAST_SESSION_ENDED`).
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_USER`, `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_HEADERS_SENT`,
   * `ERR_HOLDFAST_SUPERSEDED`, `ERR_HOLDFAST_SESSION_ENDED`, `ERR_HOLDFAST_SESSION_LIMIT`,
   * `ERR_HOLDFAST_INSECURE_TRANSPORT`, `ERR_HOLDFAST_NOT_JSON`, `ERR_HOLDFAST_TOO_LARGE` or a store's error
   */
  signIn(user: string | number, options?: SignInOptions): Promise<void>;

  /**
   * The user of this session has just proved more, say with a second factor: the session gets a new id and a higher
   * level, and keeps its data, its absolute limit and how long its cookie lives. Resolves once the old id is dead and
   * the new session is stored (ASVS 7.2.4, 7.5.3). A session that has ended meanwhile stays ended.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_SIGN_IN_REQUIRED` without a user in the stored session,
   * `ERR_HOLDFAST_LEVEL_LOWERED`, and what {@link signIn} throws
   */
  elevate(options?: ElevateOptions): Promise<void>;

  /** The device that the session is bound to; `undefined` for one that any browser with its cookie may use. */
  readonly deviceBound: DeviceBinding | undefined;

  /**
   * Who acts as the session's user; `undefined` for a user who acts as themselves. `userId` is then who is
   * impersonated, who has proved nothing: `level` is 0, `authenticatedAt` undefined, and {@link elevate} and {@link
   * regenerate} are refused.
   */
  readonly impersonator: string | undefined;

  /**
   * Lets the session's user, an operator, act as another: a new id, `userId`, and no data but that of `keep`. The
   * session stays the operator's: it is in their list, ends with theirs, and no later than it would have. It ends at
   * its idle limit under `onIdle: "lock"` too. Whether they may is for the app to check before. Resolves once the old
   * id is dead and the new session is stored.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_SIGN_IN_REQUIRED` without a user in the stored session,
   * `ERR_HOLDFAST_IMPERSONATING` where one is impersonated already, `ERR_HOLDFAST_USER` for the operator themselves,
   * and what {@link elevate} throws
   */
  impersonate(user: string | number, options?: ImpersonationOptions): Promise<void>;

  /**
   * Ends the impersonation: a new id, the operator's `userId`, level and time of sign-in again, and no data but that of
   * `keep`; what they had before it is gone. Does nothing where nobody is impersonated.
   *
   * @throws {HoldfastError} what {@link impersonate} throws
   */
  endImpersonation(options?: ImpersonationOptions): Promise<void>;

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
   * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` if the session is gone, `ERR_HOLDFAST_CONFLICT` after 200
   * attempts, and what {@link save} throws
   */
  update(change: (session: Session & Partial<SessionData>) => unknown): Promise<void>;

  /**
   * Remembers that a step has begun, such as a password that waits for its second factor: outside the data, where no
   * guard takes it for a sign-in, until it is taken, its time is over or the id changes. Saves at once; makes a session
   * if there was none. A step begun for the same purpose is replaced (OWASP WSTG: one marker for each step).
   *
   * @param purpose - a name of at most 64 characters
   * @param value - JSON, at most 4,096 bytes; at most 8 steps at once
   * @param within - milliseconds, or text such as `"5m"`
   * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, `ERR_HOLDFAST_NOT_JSON`, `ERR_HOLDFAST_TOO_LARGE`,
   * `ERR_HOLDFAST_OPTION` for the purpose, and what {@link update} throws
   */
  pend<Purpose extends string>(
    purpose: Purpose,
    value: PendingStep<Purpose>,
    within: Duration,
  ): Promise<void>;

  /**
   * Takes up a step: its value, once, whoever asks at the same time; `undefined` where there is none.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for the purpose, and what {@link update} throws
   */
  takePending<Purpose extends string>(purpose: Purpose): Promise<PendingStep<Purpose> | undefined>;

  /**
   * Ends the session and begins an empty one with a new id; `keep` names what goes along (default: nothing).
   *
   * With a callback, as in express-session, `req.session` is another object afterwards, and what the one before held can
   * still be read there: Passport's `keepSessionInfo` copies from it.
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
