/**
 * The rules a deployment's sessions live by, resolved and checked once at start.
 *
 * @module
 */

import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import type { UserLimit } from "../store/contract.ts";
import { type Identify, identifyByConvention } from "./identity.ts";

/** Options of {@link session} that say how long sessions live and what they may hold. */
export interface PolicyOptions {
  /**
   * A signed-in session ends after this long without activity. Default `"30m"`, or `cookie.maxAge` where that alone is
   * given, as with express-session. Longer is more comfortable and leaves an abandoned browser signed in for longer
   * (ASVS 7.3.1; OWASP: 15–30 minutes for low-value applications).
   */
  idle?: Duration | undefined;
  /**
   * A session ends this long after it began, whatever happens; a sign-in or another user begins a new one (ASVS 7.3.2). Default `"12h"`; at least `idle`.
   */
  absolute?: Duration | undefined;
  /**
   * The idle limit of sessions without a user: carts, counters, half-done sign-ins (OWASP "initial login timeout").
   * Default `"15m"` or `cookie.maxAge`, but no longer than `idle`.
   */
  anonymousIdle?: Duration | undefined;
  /**
   * Keys of the data that an anonymous session hands on to the user who signs in, beside what the signing-in request
   * itself wrote. Default none: whatever somebody planted before the sign-in stays behind.
   */
  keep?: readonly string[] | undefined;
  /**
   * Where the user is found in the data. Default: `userId`, a string or number `user`, `user.id`, `passport.user`.
   * When the answer changes, the session gets a new id and the old one is dead.
   */
  identify?: Identify | undefined;
  /** Largest data of one session, in bytes of JSON. Default 65,536. */
  maxBytes?: number | undefined;
  /**
   * What a request gets whose session ended, or changed its user, while it ran, and which changed data.
   * `"drop"` (default): the reply goes out without a session cookie, the change is dropped with an event.
   * `"fail"`: 409, `ERR_HOLDFAST_SUPERSEDED`.
   */
  onSuperseded?: "drop" | "fail" | undefined;
  /**
   * How many live sessions a user may have, over all browsers and processes (ASVS 7.1.2). Default: any number. A new limit
   * shows at a user's next sign-in.
   */
  maxSessions?: number | undefined;
  /**
   * What happens at a sign-in beyond `maxSessions`. `"evict-oldest"` (default): the user's sessions longest without
   * recorded activity end. `"reject"`: the sign-in fails with 403, `ERR_HOLDFAST_SESSION_LIMIT`.
   */
  onLimit?: "evict-oldest" | "reject" | undefined;
  /** True re-sends a persistent cookie with every reply, as express-session does; then every request that has a session loads it. Default false: when the data is saved. */
  rolling?: boolean | undefined;
}

/** {@link PolicyOptions}, resolved. Times in milliseconds. */
export interface Policy {
  readonly idle: number;
  readonly absolute: number;
  readonly anonymousIdle: number;
  readonly keep: readonly string[];
  readonly identify: Identify;
  readonly maxBytes: number;
  readonly onSuperseded: "drop" | "fail";
  readonly rolling: boolean;
  /** `undefined`: any number. */
  readonly userLimit: Pick<UserLimit, "most" | "beyond"> | undefined;
  /** Life of the cookie; `undefined`: until the browser closes. */
  readonly cookieLife: number | undefined;
}

const IDLE = 30 * 60_000;
const ABSOLUTE = 12 * 3_600_000;
const ANONYMOUS_IDLE = 15 * 60_000;
const MAX_BYTES = 65_536;

/** The absolute limit in milliseconds. @throws {HoldfastError} `ERR_HOLDFAST_DURATION` */
export function absoluteLimit(options: PolicyOptions): number {
  return options.absolute === undefined ? ABSOLUTE : parseDuration(options.absolute, "absolute");
}

/**
 * @param cookieLife - the cookie's life as the cookie options give it
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, `ERR_HOLDFAST_LIMITS` or `ERR_HOLDFAST_OPTION`, naming the option
 */
export function resolvePolicy(options: PolicyOptions, cookieLife: number | undefined): Policy {
  const absolute = absoluteLimit(options);
  const idle =
    options.idle === undefined ? Math.min(cookieLife ?? IDLE, absolute) : parseDuration(options.idle, "idle");
  const anonymousIdle =
    options.anonymousIdle === undefined
      ? Math.min(cookieLife ?? ANONYMOUS_IDLE, idle)
      : parseDuration(options.anonymousIdle, "anonymousIdle");
  if (idle > absolute || anonymousIdle > absolute) {
    const name = idle > absolute ? "idle" : "anonymousIdle";
    throw new HoldfastError(
      "ERR_HOLDFAST_LIMITS",
      `${name} is longer than absolute, so it could never end a session. Shorten ${name} or lengthen absolute.`,
    );
  }
  return Object.freeze({
    idle,
    absolute,
    anonymousIdle,
    keep: keysOf(options.keep),
    identify: identifierOf(options.identify),
    maxBytes: sizeOf(options.maxBytes),
    onSuperseded: supersededOf(options.onSuperseded),
    rolling: options.rolling === true,
    userLimit: userLimitOf(options),
    cookieLife,
  });
}

function userLimitOf({ maxSessions, onLimit }: PolicyOptions): Policy["userLimit"] {
  if (onLimit !== undefined && onLimit !== "evict-oldest" && onLimit !== "reject") {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", '`onLimit` must be "evict-oldest" or "reject".');
  }
  if (maxSessions === undefined) {
    if (onLimit === undefined) return undefined;
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "`onLimit` needs a limit: set `maxSessions`, such as 3.");
  }
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "`maxSessions` must be a positive whole number, such as 3.",
    );
  }
  return { most: maxSessions, beyond: onLimit === "reject" ? "reject" : "evict" };
}

function keysOf(keep: unknown): readonly string[] {
  if (keep === undefined) return [];
  if (Array.isArray(keep) && keep.every((key) => typeof key === "string")) return [...keep];
  throw new HoldfastError("ERR_HOLDFAST_OPTION", 'keep must be an array of key names, such as ["cart"].');
}

function identifierOf(identify: unknown): Identify {
  if (identify === undefined) return identifyByConvention;
  if (typeof identify === "function") return identify as Identify;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "identify must be a function from the session's data to a user's name, such as (data) => data.account?.id.",
  );
}

function sizeOf(maxBytes: unknown): number {
  if (maxBytes === undefined) return MAX_BYTES;
  if (typeof maxBytes === "number" && Number.isInteger(maxBytes) && maxBytes > 0) return maxBytes;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "maxBytes must be a positive whole number of bytes, such as 65536.",
  );
}

function supersededOf(policy: unknown): "drop" | "fail" {
  if (policy === undefined || policy === "drop" || policy === "fail") return policy ?? "drop";
  throw new HoldfastError("ERR_HOLDFAST_OPTION", 'onSuperseded must be "drop" or "fail".');
}
