/**
 * From options and profile to the limits that sessions begin with.
 *
 * What is written down stands, or stops the app. What is not, the numbers of a profile included, is shortened to the
 * absolute limit.
 *
 * @module
 */
import { formatDuration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import type { PolicyOptions } from "./policy.ts";
import { checkProfile, profiles } from "./profiles.ts";

type LimitOptions = Pick<
  PolicyOptions,
  "profile" | "idle" | "absolute" | "anonymousIdle" | "renew" | "renewGrace"
>;

/** The limits of a deployment, in milliseconds. */
export interface Limits {
  readonly idle: number;
  readonly absolute: number;
  readonly anonymousIdle: number;
  /** How long a secret is in use before another is offered; 0: for ever. */
  readonly renew: number;
  /** How long a secret is still accepted that has been replaced. */
  readonly renewGrace: number;
}

const IDLE = 30 * 60_000;
const ABSOLUTE = 12 * 3_600_000;
const ANONYMOUS_IDLE = 15 * 60_000;
const RENEW = 15 * 60_000;
const RENEW_GRACE = 30_000;

/**
 * The absolute limit in milliseconds, and whether the app chose it, by number or by profile.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, or `ERR_HOLDFAST_OPTION` for an unknown profile
 */
export function absoluteLimit(options: LimitOptions): {
  readonly absolute: number;
  readonly absoluteGiven: boolean;
} {
  if (options.absolute !== undefined) {
    return { absolute: parseDuration(options.absolute, "absolute"), absoluteGiven: true };
  }
  const profile = checkProfile(options.profile);
  const fixed = profile === undefined ? undefined : profiles[profile].absolute;
  return { absolute: fixed ?? ABSOLUTE, absoluteGiven: fixed !== undefined };
}

/**
 * @param cookieLife - the cookie's life as the cookie options give it: both idle limits, where nothing else says how
 * long a
 *   session may be idle
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`, `ERR_HOLDFAST_LIMITS`, or `ERR_HOLDFAST_OPTION` for an unknown
 * profile
 */
export function resolveLimits(options: LimitOptions, cookieLife: number | undefined): Limits {
  const profile = checkProfile(options.profile);
  const fixed = profile === undefined ? undefined : profiles[profile].idle;
  const { absolute } = absoluteLimit(options);
  const asked = options.idle === undefined && fixed === undefined ? cookieLife : undefined;
  const idle = within(absolute, "idle", options.idle, fixed ?? asked ?? IDLE);
  const anonymousIdle = within(
    absolute,
    "anonymousIdle",
    options.anonymousIdle,
    Math.min(asked ?? ANONYMOUS_IDLE, idle),
  );
  const renewGrace = parseDuration(options.renewGrace ?? RENEW_GRACE, "renewGrace");
  return { idle, absolute, anonymousIdle, renew: renewalOf(options.renew, renewGrace, idle), renewGrace };
}

function renewalOf(written: PolicyOptions["renew"], grace: number, idle: number): number {
  if (written === false) return 0;
  // Nobody who stays away for `idle` needs another.
  if (written === undefined) return Math.max(2 * grace, Math.min(RENEW, idle / 2));
  const renew = parseDuration(written, "renew");
  // A secret may be replaced again only when requests with the one before it have long arrived.
  if (renew < 2 * grace) {
    throw new HoldfastError(
      "ERR_HOLDFAST_LIMITS",
      `renew must be at least ${formatDuration(2 * grace)}, twice renewGrace: requests under way carry the secret before. ` +
        "Lengthen renew or shorten renewGrace.",
    );
  }
  if (renew <= idle) return renew;
  throw new HoldfastError(
    "ERR_HOLDFAST_LIMITS",
    `renew is longer than idle (${formatDuration(idle)}): whoever stays away for so long is signed out before. ` +
      "Shorten renew, lengthen idle, or write renew: false.",
  );
}

function within(absolute: number, name: string, written: unknown, otherwise: number): number {
  if (written === undefined) return Math.min(otherwise, absolute);
  const limit = parseDuration(written, name);
  if (limit <= absolute) return limit;
  throw new HoldfastError(
    "ERR_HOLDFAST_LIMITS",
    `${name} is longer than absolute (${formatDuration(absolute)}), so it could never end a session. ` +
      `Shorten ${name} or lengthen absolute.`,
  );
}
