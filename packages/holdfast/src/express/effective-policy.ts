/**
 * What a deployment does about the life of its sessions, for people who must judge it.
 *
 * @module
 */
import type { CookieSettings, HttpPolicy } from "../cookie/settings.ts";
import { formatDuration } from "../duration.ts";
import { touchInterval } from "../session/limits.ts";
import type { Policy } from "../session/policy.ts";
import {
  brokenRules,
  type LimitRule,
  type ProfileName,
  profileNames,
  profiles,
} from "../session/profiles.ts";
import type { Limits } from "../session/resolve-limits.ts";
import type { Deployment } from "./deployment.ts";

/** A length of time. */
export interface PolicyDuration {
  readonly ms: number;
  /** As it may be written in options: `"15m"`, `"1d"`. */
  readonly text: string;
}

/** Whether the limits are what a standard asks for. Its other requirements are not looked at. */
export interface StandardVerdict {
  readonly profile: ProfileName;
  /** Standard and section. */
  readonly source: string;
  readonly met: boolean;
  /** The rules that are not kept; none if `met`. */
  readonly broken: readonly BrokenRule[];
}

/** A rule that a limit does not keep. */
export interface BrokenRule {
  readonly limit: LimitRule["limit"];
  /** The longest that the standard allows. */
  readonly longest: PolicyDuration;
  readonly level: LimitRule["level"];
}

/** What {@link Sessions.policy} returns: plain data that JSON carries as it is, without any secret. */
export interface EffectivePolicy {
  /** The `profile` option, or `null`. Options beside it may have changed its limits: see `standards`. */
  readonly profile: ProfileName | null;
  /** With these a session begins, and it keeps them. */
  readonly limits: Readonly<Record<Exclude<keyof Limits, "renew" | "renewGrace">, PolicyDuration>>;
  /** The secret in the cookie is replaced after `every`; `null`: never. */
  readonly renewal: {
    readonly every: PolicyDuration;
    /** How long a replaced one is still accepted. */
    readonly grace: PolicyDuration;
    /** What its use after that does to the session. */
    readonly onReplay: Policy["onReplay"];
  } | null;
  /** What becomes of a session whose idle limit passes. */
  readonly onIdle: Policy["onIdle"];
  readonly activity: {
    /** Which requests move the idle limit; with the `isActivity` option, those that it says true for. */
    readonly counts: "every request" | "requests that isActivity accepts";
    /**
     * The shortest time between two records of it. A process that did not serve the session may end it so much early.
     */
    readonly recordedEvery: PolicyDuration;
  };
  /** How many live sessions a user may have, and what a further sign-in does; `null`: any number. */
  readonly sessionsPerUser: { readonly most: number; readonly beyond: "evict-oldest" | "reject" } | null;
  /** What gives a session a new id and ends the old one (ASVS 7.2.4). */
  readonly newIdAt: readonly (
    | "sign-in"
    | "elevate"
    | "impersonation"
    | "change of user"
    | "sign-out"
    | "regenerate"
  )[];
  /** The cookie over HTTPS. */
  readonly cookie: {
    readonly name: string;
    readonly secure: true;
    readonly httpOnly: true;
    readonly sameSite: CookieSettings["sameSite"];
    readonly path: string;
    /** `null`: this host only. */
    readonly domain: string | null;
    readonly partitioned: boolean;
    /** `null`: until the browser closes. A sign-in with `remember` keeps it until the absolute limit. */
    readonly maxAge: PolicyDuration | null;
    /** Who gets a session over plain HTTP: nobody, this machine's own browser in development, or everybody. */
    readonly plainHttp: HttpPolicy;
  };
  /** Every standard that has a profile, whichever was asked for. */
  readonly standards: readonly StandardVerdict[];
}

/** What {@link Sessions.policy} returns. */
export function effectivePolicy({ core, cookieSettings, isActivity }: Deployment): EffectivePolicy {
  const { profile, idle, absolute, anonymousIdle } = core.policy;
  return {
    profile: profile ?? null,
    limits: {
      idle: durationOf(idle),
      absolute: durationOf(absolute),
      anonymousIdle: durationOf(anonymousIdle),
    },
    renewal: renewalOf(core.policy),
    onIdle: core.policy.onIdle,
    activity: {
      counts: isActivity === undefined ? "every request" : "requests that isActivity accepts",
      recordedEvery: durationOf(touchInterval(idle)),
    },
    sessionsPerUser: limitOf(core.policy.userLimit),
    newIdAt: ["sign-in", "elevate", "impersonation", "change of user", "sign-out", "regenerate"],
    cookie: cookieFacts(cookieSettings),
    standards: profileNames.map((name) => verdict(name, core.policy)),
  };
}

function renewalOf({ renew, renewGrace, onReplay }: Policy): EffectivePolicy["renewal"] {
  return renew === 0 ? null : { every: durationOf(renew), grace: durationOf(renewGrace), onReplay };
}

function limitOf(limit: Policy["userLimit"]): EffectivePolicy["sessionsPerUser"] {
  if (limit === undefined) return null;
  return { most: limit.most, beyond: limit.beyond === "evict" ? "evict-oldest" : "reject" };
}

function verdict(profile: ProfileName, limits: Limits): StandardVerdict {
  const broken = brokenRules(profile, limits).map(({ limit, longest, level }) => ({
    limit,
    longest: durationOf(longest),
    level,
  }));
  return { profile, source: profiles[profile].source, met: broken.length === 0, broken };
}

function cookieFacts(settings: CookieSettings): EffectivePolicy["cookie"] {
  const { secureName, sameSite, path, domain, partitioned, maxAge, http } = settings;
  return {
    name: secureName,
    secure: true,
    httpOnly: true,
    sameSite,
    path,
    domain: domain ?? null,
    partitioned,
    maxAge: maxAge === undefined ? null : durationOf(maxAge),
    plainHttp: http,
  };
}

function durationOf(ms: number): PolicyDuration {
  return { ms, text: formatDuration(ms) };
}
