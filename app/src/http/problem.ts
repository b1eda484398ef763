/**
 * A request that cannot be done, in words for whoever sent it.
 *
 * @module
 */

export class Problem extends Error {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, options: { retryAfter?: number } = {}) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

/** 429, with the wait in words and in `Retry-After`. */
export function tooManyAttempts(waitMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const minutes = Math.ceil(seconds / 60);
  const wait = seconds < 60 ? `${seconds} seconds` : minutes === 1 ? "a minute" : `${minutes} minutes`;
  return new Problem(429, "ERR_TOO_MANY_ATTEMPTS", `Too many attempts. Try again in ${wait}.`, {
    retryAfter: seconds,
  });
}
