/**
 * The rules a deployment's sessions live by, resolved and checked once at start.
 *
 * @module
 */

import {
  type DeviceBoundLevel,
  type DeviceBoundOptions,
  type DeviceBoundSettings,
  deviceBoundSettings,
} from "../dbsc/settings.ts";
import type { Duration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import type { UserLimit } from "../store/contract.ts";
import { type Identify, identifyByConvention } from "./identity.ts";
import { checkProfile, type ProfileName } from "./profiles.ts";
import { type Limits, resolveLimits } from "./resolve-limits.ts";

/** Options of {@link session} that say how long sessions live and what they may hold. */
export interface PolicyOptions {
  /**
   * The limits of a standard: `"owasp-low"` (idle 20 minutes, absolute 6 hours), `"owasp-high-value"` (3 minutes, 6
   * hours), `"nist-aal1"` (30 days absolute), `"nist-aal2"` (1 hour, 24 hours), `"nist-aal3"` (15 minutes, 12 hours),
   * `"pci-dss"` (15 minutes idle). Default none. `idle`, `absolute` and `anonymousIdle` beside it deviate from it;
   * {@link Sessions.policy} says whether the result still meets the standard. It sets limits and nothing else of a
   * standard: not who is authenticated, nor how.
   */
  profile?: ProfileName | undefined;
  /**
   * A signed-in session ends after this long without activity. Default: the profile's, else `cookie.maxAge`, as with
   * express-session, else `"30m"`; at most `absolute`. Longer is more comfortable and leaves an abandoned browser
   * signed in for longer (ASVS 7.3.1; OWASP: 15–30 minutes for low-value applications).
   */
  idle?: Duration | undefined;
  /**
   * What happens when `idle` has passed and `absolute` has not. `"end"` (default): the session ends. `"lock"`: it is
   * kept, and useless, until its own user signs in again with it: then its data comes back under a new id (NIST SP
   * 800-63B-4, 2.2.3, allows one factor for that at AAL2). Kinder to half-done work; a session's data stays stored
   * until `absolute`. Sessions without a user end.
   */
  onIdle?: "end" | "lock" | undefined;
  /**
   * A session ends this long after it began, whatever happens; a sign-in or another user begins a new one (ASVS 7.3.2).
   * Default: the profile's, else `"12h"`. Shorter than an `idle` or `anonymousIdle` that is written down:
   * `ERR_HOLDFAST_LIMITS`.
   */
  absolute?: Duration | undefined;
  /**
   * The idle limit of sessions without a user: carts, counters, half-done sign-ins (OWASP "initial login timeout").
   * Default `"15m"`, or `cookie.maxAge` where that sets `idle`; at most `idle`.
   */
  anonymousIdle?: Duration | undefined;
  /**
   * After this long the client is given another secret for the same session, and the old one is refused soon after the
   * new one has come back (OWASP "renewal timeout"). Default `"15m"`, or half of `idle` where that is shorter; at least
   * twice `renewGrace` and at most `idle` (`ERR_HOLDFAST_LIMITS`). `false`: never.
   */
  renew?: Duration | false | undefined;
  /**
   * How long a secret is still accepted that has been replaced, for requests that were on their way. Default `"30s"`.
   * Longer where a proxy keeps uploads back until they are complete, or the processes' clocks differ; a copied cookie
   * is good for as much longer.
   */
  renewGrace?: Duration | undefined;
  /**
   * What happens to a session when a secret is presented that had been replaced before. `"revoke"` (default): it ends,
   * for one of the two who hold its cookie has copied it. `"alert"`: the request is anonymous, and an event tells.
   */
  onReplay?: "revoke" | "alert" | undefined;
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
   * How many live sessions a user may have, over all browsers and processes (ASVS 7.1.2). Default: any number. A new
   * limit shows at a user's next sign-in.
   */
  maxSessions?: number | undefined;
  /**
   * What happens at a sign-in beyond `maxSessions`. `"evict-oldest"` (default): the user's sessions that would end
   * first do so now, as a rule those longest without recorded activity. `"reject"`: the sign-in fails with 403,
   * `ERR_HOLDFAST_SESSION_LIMIT`, and the visitor keeps the session they had; only of sign-ins at the very same moment
   * some lose an anonymous one.
   */
  onLimit?: "evict-oldest" | "reject" | undefined;
  /**
   * True re-sends a persistent cookie with every reply, as express-session does; then every request that has a session
   * loads it. Default false: when the data is saved.
   */
  rolling?: boolean | undefined;
  /**
   * Binds sessions to a key that the browser's device keeps and nobody can copy (W3C Device Bound Session Credentials),
   * so that a stolen cookie stops working within minutes: `"offer"`, to browsers that can; `"require"`, of all; or
   * `{ level, life, path }`. Default `"off"`. Needs HTTPS, a cookie without `domain` and `partitioned`, and a store on the
   * server that writes atomically (`ERR_HOLDFAST_STORE_CANNOT`). See docs/guide/device-bound.md.
   */
  deviceBound?: DeviceBoundLevel | DeviceBoundOptions | undefined;
}

/** {@link PolicyOptions}, resolved. Times in milliseconds. */
export interface Policy extends Limits {
  readonly profile: ProfileName | undefined;
  readonly onIdle: "end" | "lock";
  readonly keep: readonly string[];
  readonly identify: Identify;
  readonly maxBytes: number;
  readonly onSuperseded: "drop" | "fail";
  readonly onReplay: "revoke" | "alert";
  readonly rolling: boolean;
  /** `undefined`: any number. */
  readonly userLimit: Pick<UserLimit, "most" | "beyond"> | undefined;
  /** Life of the cookie; `undefined`: until the browser closes. */
  readonly cookieLife: number | undefined;
  /** `undefined`: no sessions are bound. */
  readonly deviceBound: DeviceBoundSettings | undefined;
}

const MAX_BYTES = 65_536;

/**
 * @param cookieLife - the cookie's life as the cookie options give it
 * @param cookiePath - its path
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, `ERR_HOLDFAST_LIMITS` or `ERR_HOLDFAST_OPTION`, naming the option
 */
export function resolvePolicy(
  options: PolicyOptions,
  cookieLife: number | undefined,
  cookiePath: string = "/",
): Policy {
  return Object.freeze({
    ...resolveLimits(options, cookieLife),
    profile: checkProfile(options.profile),
    onIdle: choiceOf("onIdle", options.onIdle, ["end", "lock"]),
    keep: keysOf(options.keep),
    identify: identifierOf(options.identify),
    maxBytes: sizeOf(options.maxBytes),
    onSuperseded: choiceOf("onSuperseded", options.onSuperseded, ["drop", "fail"]),
    onReplay: choiceOf("onReplay", options.onReplay, ["revoke", "alert"]),
    rolling: options.rolling === true,
    userLimit: userLimitOf(options),
    cookieLife,
    deviceBound: deviceBoundSettings(options.deviceBound, cookiePath),
  });
}

function userLimitOf({ maxSessions, onLimit }: PolicyOptions): Policy["userLimit"] {
  const beyond = choiceOf("onLimit", onLimit, ["evict-oldest", "reject"]);
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
  return { most: maxSessions, beyond: beyond === "reject" ? "reject" : "evict" };
}

function keysOf(keep: unknown): readonly string[] {
  if (keep === undefined) return [];
  if (Array.isArray(keep) && keep.every((key) => typeof key === "string")) return [...keep];
  throw new HoldfastError("ERR_HOLDFAST_OPTION", '`keep` must be an array of key names, such as ["cart"].');
}

function identifierOf(identify: unknown): Identify {
  if (identify === undefined) return identifyByConvention;
  if (typeof identify === "function") return identify as Identify;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "`identify` must be a function from the session's data to a user's name, such as (data) => data.account?.id.",
  );
}

function sizeOf(maxBytes: unknown): number {
  if (maxBytes === undefined) return MAX_BYTES;
  if (typeof maxBytes === "number" && Number.isInteger(maxBytes) && maxBytes > 0) return maxBytes;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "`maxBytes` must be a positive whole number of bytes, such as 65536.",
  );
}

/** One of two words; the first where the option is left out. */
function choiceOf<const Word extends string>(
  option: string,
  value: unknown,
  words: readonly [Word, Word],
): Word {
  const [first, second] = words;
  if (value === undefined || value === first) return first;
  if (value === second) return second;
  throw new HoldfastError("ERR_HOLDFAST_OPTION", `\`${option}\` must be "${first}" or "${second}".`);
}
