/**
 * Every error a user of Holdfast can meet: one class, one table.
 *
 * Codes are stable: match on `error.code`, never on the message. `status` is the HTTP status a reply
 * should carry; Express and most error middleware read it from the error.
 *
 * @module
 */

/** Every stable error code. */
export type HoldfastErrorCode =
  | "ERR_HOLDFAST_OPTION"
  | "ERR_HOLDFAST_OPTION_UNKNOWN"
  | "ERR_HOLDFAST_DURATION"
  | "ERR_HOLDFAST_LIMITS"
  | "ERR_HOLDFAST_STORE_OPTION"
  | "ERR_HOLDFAST_SECRET_MISSING"
  | "ERR_HOLDFAST_SECRET_WEAK"
  | "ERR_HOLDFAST_KEY_FILE"
  | "ERR_HOLDFAST_KEYS_CORRUPT"
  | "ERR_HOLDFAST_KEYS_FORMAT"
  | "ERR_HOLDFAST_KEYS_SECRET"
  | "ERR_HOLDFAST_KEYS_UNAVAILABLE"
  | "ERR_HOLDFAST_KEYS_ELSEWHERE"
  | "ERR_HOLDFAST_KEYS_FULL"
  | "ERR_HOLDFAST_KEY_UNKNOWN"
  | "ERR_HOLDFAST_COOKIE_NAME"
  | "ERR_HOLDFAST_COOKIE_OPTION"
  | "ERR_HOLDFAST_COOKIE_INSECURE"
  | "ERR_HOLDFAST_INSECURE_TRANSPORT"
  | "ERR_HOLDFAST_RESERVED_NAME"
  | "ERR_HOLDFAST_NOT_JSON"
  | "ERR_HOLDFAST_TOO_LARGE"
  | "ERR_HOLDFAST_USER"
  | "ERR_HOLDFAST_SESSION_LIMIT"
  | "ERR_HOLDFAST_LEVEL_LOWERED"
  | "ERR_HOLDFAST_SIGN_IN_REQUIRED"
  | "ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED"
  | "ERR_HOLDFAST_LEVEL_REQUIRED"
  | "ERR_HOLDFAST_SESSION_LOCKED"
  | "ERR_HOLDFAST_IMPERSONATING"
  | "ERR_HOLDFAST_WITHIN_UPDATE"
  | "ERR_HOLDFAST_HEADERS_SENT"
  | "ERR_HOLDFAST_SESSION_ENDED"
  | "ERR_HOLDFAST_SUPERSEDED"
  | "ERR_HOLDFAST_CONFLICT"
  | "ERR_HOLDFAST_CROSS_SITE"
  | "ERR_HOLDFAST_STORE_UNAVAILABLE"
  | "ERR_HOLDFAST_STORE_FULL"
  | "ERR_HOLDFAST_STORE_CORRUPT"
  | "ERR_HOLDFAST_STORE_SCHEMA"
  | "ERR_HOLDFAST_STORE_CLOSED"
  | "ERR_HOLDFAST_STORE_CANNOT"
  | "ERR_HOLDFAST_STORE_CLIENT"
  | "ERR_HOLDFAST_STORE_REFUSED"
  | "ERR_HOLDFAST_SQLITE_DRIVER"
  | "ERR_HOLDFAST_AUDIT_FILE"
  | "ERR_HOLDFAST_AUDIT_WRITE"
  | "ERR_HOLDFAST_AUDIT_FULL"
  | "ERR_HOLDFAST_AUDIT_CHANGED"
  | "ERR_HOLDFAST_AUDIT_CLOSED"
  | "ERR_HOLDFAST_TOO_MANY_GUESSES"
  | "ERR_HOLDFAST_OVERLOADED"
  | "ERR_HOLDFAST_NOT_A_REQUEST"
  | "ERR_HOLDFAST_HTTPS_REQUIRED"
  | "ERR_HOLDFAST_HOST_UNKNOWN"
  | "ERR_HOLDFAST_PROXY_UNTRUSTED"
  | "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED"
  | "ERR_HOLDFAST_DEVICE_PROOF_DELAYED"
  | "ERR_HOLDFAST_DEVICE_REQUIRED"
  | "ERR_HOLDFAST_CSRF_TOKEN";

/**
 * HTTP status and default message of each code. Messages say what to do; none carries a secret (ASVS 16.5.1).
 */
export const errorTable: Readonly<Record<HoldfastErrorCode, readonly [status: number, message: string]>> = {
  ERR_HOLDFAST_OPTION: [500, "An option of session() is not valid."],
  ERR_HOLDFAST_OPTION_UNKNOWN: [500, "session() was given an option it does not know."],
  ERR_HOLDFAST_DURATION: [
    500,
    'A duration must be a positive number of milliseconds or a string such as "30s", "15m", "12h" or "7d".',
  ],
  ERR_HOLDFAST_LIMITS: [500, "The time limits contradict each other."],
  ERR_HOLDFAST_STORE_OPTION: [500, "The store given to session() is not a Holdfast store."],
  ERR_HOLDFAST_SECRET_MISSING: [
    500,
    "session() needs a secret. Make one with `npx holdfast keygen` and pass it as { secret: process.env.SESSION_SECRET }.",
  ],
  ERR_HOLDFAST_SECRET_WEAK: [
    500,
    "The session secret is too weak. Make one with `npx holdfast keygen` and pass it as { secret: process.env.SESSION_SECRET }.",
  ],
  ERR_HOLDFAST_KEY_FILE: [500, "The key file cannot be used."],
  ERR_HOLDFAST_KEYS_CORRUPT: [500, "The stored keys are damaged. They are left as they are."],
  ERR_HOLDFAST_KEYS_FORMAT: [
    500,
    "The stored keys were written by a newer version of Holdfast. Upgrade this process.",
  ],
  ERR_HOLDFAST_KEYS_SECRET: [500, "The stored keys are wrapped under another secret than was given."],
  ERR_HOLDFAST_KEYS_UNAVAILABLE: [503, "The session keys cannot be loaded. Try again in a moment."],
  ERR_HOLDFAST_KEYS_ELSEWHERE: [
    500,
    "These keys are made elsewhere. Rotate and revoke them there: in the `secret` option, or in the vault.",
  ],
  ERR_HOLDFAST_KEYS_FULL: [
    409,
    "There are too many keys in use for another one. Wait until one has retired.",
  ],
  ERR_HOLDFAST_KEY_UNKNOWN: [404, "There is no key with this id."],
  ERR_HOLDFAST_COOKIE_NAME: [500, "The cookie name is not valid."],
  ERR_HOLDFAST_COOKIE_OPTION: [500, "A cookie option is not valid."],
  ERR_HOLDFAST_COOKIE_INSECURE: [
    500,
    "The cookie options would expose the session. Remove them, or name the risk with an option that says `insecure`.",
  ],
  ERR_HOLDFAST_INSECURE_TRANSPORT: [
    500,
    "The session was changed on a plain-HTTP request, so nothing was stored and no cookie was sent. " +
      "Serve the app over HTTPS; behind a proxy that ends TLS, set Express's `trust proxy`.",
  ],
  ERR_HOLDFAST_RESERVED_NAME: [
    500,
    "That name belongs to the session's own interface. Store the data under another key.",
  ],
  ERR_HOLDFAST_NOT_JSON: [500, "Session data must be JSON: no BigInt, cycle, function or symbol."],
  ERR_HOLDFAST_TOO_LARGE: [
    500,
    "The session's data is larger than `maxBytes` allows. Keep large data elsewhere, under a key.",
  ],
  ERR_HOLDFAST_USER: [500, "A user must be a non-empty string or a finite number."],
  ERR_HOLDFAST_SESSION_LIMIT: [
    403,
    "This user is signed in in as many places as is allowed. Sign out in one of them first.",
  ],
  ERR_HOLDFAST_LEVEL_LOWERED: [500, "elevate() cannot lower a session's level. Use signIn()."],
  ERR_HOLDFAST_SIGN_IN_REQUIRED: [401, "Sign in first."],
  ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED: [403, "This needs a recent sign-in. Confirm who you are."],
  ERR_HOLDFAST_LEVEL_REQUIRED: [403, "This needs a stronger sign-in. Confirm who you are in a further way."],
  ERR_HOLDFAST_SESSION_LOCKED: [401, "The session is locked. Confirm who you are to go on."],
  ERR_HOLDFAST_IMPERSONATING: [
    403,
    "This cannot be done in another user's name. End the impersonation first.",
  ],
  ERR_HOLDFAST_WITHIN_UPDATE: [
    500,
    "This cannot be done within update(), which may run again. Do it before or after.",
  ],
  ERR_HOLDFAST_HEADERS_SENT: [
    500,
    "The session's id can no longer change: the reply's headers have been sent. Do it before writing the reply.",
  ],
  ERR_HOLDFAST_SESSION_ENDED: [409, "The session has ended. Sign in again."],
  ERR_HOLDFAST_SUPERSEDED: [
    409,
    "The session ended or got a new id while this request was running; its changes were dropped. Send the request again.",
  ],
  ERR_HOLDFAST_CONFLICT: [503, "The session is being changed by too many requests at once. Try again."],
  ERR_HOLDFAST_CROSS_SITE: [403, "The request comes from another site."],
  ERR_HOLDFAST_STORE_UNAVAILABLE: [503, "The session store did not answer. Try again in a moment."],
  ERR_HOLDFAST_STORE_FULL: [503, "The session store is full."],
  ERR_HOLDFAST_STORE_CORRUPT: [500, "What the session store holds cannot be read as Holdfast's."],
  ERR_HOLDFAST_STORE_SCHEMA: [
    500,
    "The session store was written by a newer version of Holdfast. Upgrade this process.",
  ],
  ERR_HOLDFAST_STORE_CLOSED: [503, "The session store has been closed."],
  ERR_HOLDFAST_STORE_CANNOT: [501, "The session store cannot do this. Use one that can."],
  ERR_HOLDFAST_STORE_CLIENT: [500, "The client given to the session store is not one that it can use."],
  ERR_HOLDFAST_STORE_REFUSED: [
    500,
    "The session store's server refused: check the user, the password and the permissions.",
  ],
  ERR_HOLDFAST_SQLITE_DRIVER: [
    500,
    "No SQLite driver found. Run on Node 22.13 or later, `npm install libsql`, or pass a better-sqlite3 handle.",
  ],
  ERR_HOLDFAST_AUDIT_FILE: [500, "The audit trail's file cannot be used."],
  ERR_HOLDFAST_AUDIT_WRITE: [500, "The audit trail cannot be written. Its events wait in memory."],
  ERR_HOLDFAST_AUDIT_FULL: [
    500,
    "The audit trail has no room left for events that wait; new ones are dropped.",
  ],
  ERR_HOLDFAST_AUDIT_CHANGED: [500, "The audit trail's file is not as it was left."],
  ERR_HOLDFAST_AUDIT_CLOSED: [500, "An event came after the audit trail was closed and was not written."],
  ERR_HOLDFAST_TOO_MANY_GUESSES: [
    429,
    "Too many invalid session cookies have come from this address. Delete the cookie, or try again later.",
  ],
  ERR_HOLDFAST_OVERLOADED: [503, "There are too many requests at once. Try again in a moment."],
  ERR_HOLDFAST_NOT_A_REQUEST: [
    500,
    "The session middleware was called with something that is no HTTP request. " +
      "Socket.IO takes the middleware itself: `io.engine.use(sessions)`.",
  ],
  ERR_HOLDFAST_HTTPS_REQUIRED: [
    403,
    "The request came over plain HTTP, where anybody on the way could read it; nothing was done. " +
      "Send it to the https:// address, and replace the passwords and tokens that were in it.",
  ],
  ERR_HOLDFAST_HOST_UNKNOWN: [400, "This server does not know the host it was asked for."],
  ERR_HOLDFAST_PROXY_UNTRUSTED: [
    403,
    "The request says that a proxy received it over HTTPS, but not in a way that this server trusts.",
  ],
  ERR_HOLDFAST_DEVICE_PROOF_REQUIRED: [
    401,
    "This session is bound to a device, and the request came without the device's proof. Send it again from a page of this " +
      "site; if that does not help, sign in again.",
  ],
  ERR_HOLDFAST_DEVICE_PROOF_DELAYED: [
    503,
    "The browser could not renew the proof of the device that this session is bound to. Try again in a moment.",
  ],
  ERR_HOLDFAST_DEVICE_REQUIRED: [
    401,
    "Only sessions that are bound to a device are accepted. Sign in again with a browser that binds them.",
  ],
  ERR_HOLDFAST_CSRF_TOKEN: [403, "The form has expired. Load the page again, and send it once more."],
};

/**
 * The only class of error that `session()` and its stores throw on purpose.
 *
 * @example
 * ```ts
 * app.use((err, req, res, next) => {
 *   if (err instanceof HoldfastError && err.code === "ERR_HOLDFAST_STORE_UNAVAILABLE") res.status(err.status).render("busy");
 *   else next(err);
 * });
 * ```
 */
export class HoldfastError extends Error {
  /** Stable; see {@link HoldfastErrorCode}. */
  readonly code: HoldfastErrorCode;
  /** HTTP status for a reply, 400 to 599. */
  readonly status: number;
  readonly #retryAfter: number | undefined;

  /**
   * @param code - a row of the error table
   * @param message - replaces the row's message where more can be said; never contains a secret
   * @param options - `cause`: the error underneath; `retryAfter`: seconds, instead of 5 with a 503 and none otherwise
   */
  constructor(
    code: HoldfastErrorCode,
    message?: string,
    options?: ErrorOptions & { readonly retryAfter?: number },
  ) {
    const [status, text] = errorTable[code];
    super(message ?? text, options);
    this.name = "HoldfastError";
    this.code = code;
    this.status = status;
    this.#retryAfter = options?.retryAfter ?? (status === 503 ? 5 : undefined);
  }

  /** What the reply should carry: `Retry-After` with a 503 or 429. Express's default error handler sends it. */
  get headers(): Readonly<Record<string, string>> {
    return this.#retryAfter === undefined ? {} : { "Retry-After": String(this.#retryAfter) };
  }

  /** The same as `status`: the name some error middleware reads instead. */
  get statusCode(): number {
    return this.status;
  }
}
