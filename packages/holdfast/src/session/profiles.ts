/**
 * Limits by the name of the standard that asks for them.
 *
 * A profile fixes what its standard gives a number for; the rest keeps its default. Where the standard gives a range,
 * the profile takes a round number in the middle of it, and the rule is the range's upper end: shorter is stricter.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";

/** Values of {@link PolicyOptions.profile}. */
export type ProfileName =
  | "owasp-low"
  | "owasp-high-value"
  | "nist-aal1"
  | "nist-aal2"
  | "nist-aal3"
  | "pci-dss";

/** The longest that a standard allows one limit to be. */
export interface LimitRule {
  readonly limit: "idle" | "absolute";
  /** Milliseconds. */
  readonly longest: number;
  /** How the standard puts it; of OWASP's advice it is SHOULD. */
  readonly level: "MUST" | "SHALL" | "SHOULD";
}

/** What a profile sets, in milliseconds, and what its standard asks for. */
export interface Profile {
  /** Standard and section. */
  readonly source: string;
  readonly idle?: number;
  readonly absolute?: number;
  readonly rules: readonly LimitRule[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const OWASP = "OWASP Session Management Cheat Sheet, Session Expiration";

/** Every profile, in the order in which they are shown. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  /**
   * Applications of low risk: idle 20 minutes, of a range of 15 to 30; absolute 6 hours, of a range of 4 to 8
   * (OWASP Session Management Cheat Sheet, Session Expiration).
   */
  "owasp-low": {
    source: OWASP,
    idle: 20 * MINUTE,
    absolute: 6 * HOUR,
    rules: [
      { limit: "idle", longest: 30 * MINUTE, level: "SHOULD" },
      { limit: "absolute", longest: 8 * HOUR, level: "SHOULD" },
    ],
  },
  /**
   * Applications of high value: idle 3 minutes, of a range of 2 to 5; absolute 6 hours, of a range of 4 to 8
   * (OWASP Session Management Cheat Sheet, Session Expiration).
   */
  "owasp-high-value": {
    source: OWASP,
    idle: 3 * MINUTE,
    absolute: 6 * HOUR,
    rules: [
      { limit: "idle", longest: 5 * MINUTE, level: "SHOULD" },
      { limit: "absolute", longest: 8 * HOUR, level: "SHOULD" },
    ],
  },
  /** Assurance level 1: absolute 30 days (SHOULD); an idle limit is optional (NIST SP 800-63B-4, 2.1.3). */
  "nist-aal1": {
    source: "NIST SP 800-63B-4, 2.1.3",
    absolute: 30 * DAY,
    rules: [{ limit: "absolute", longest: 30 * DAY, level: "SHOULD" }],
  },
  /** Assurance level 2: idle 1 hour (SHOULD), absolute 24 hours (SHOULD) (NIST SP 800-63B-4, 2.2.3). */
  "nist-aal2": {
    source: "NIST SP 800-63B-4, 2.2.3",
    idle: HOUR,
    absolute: 24 * HOUR,
    rules: [
      { limit: "idle", longest: HOUR, level: "SHOULD" },
      { limit: "absolute", longest: 24 * HOUR, level: "SHOULD" },
    ],
  },
  /** Assurance level 3: idle 15 minutes (SHOULD), absolute 12 hours (SHALL) (NIST SP 800-63B-4, 2.3.3). */
  "nist-aal3": {
    source: "NIST SP 800-63B-4, 2.3.3",
    idle: 15 * MINUTE,
    absolute: 12 * HOUR,
    rules: [
      { limit: "idle", longest: 15 * MINUTE, level: "SHOULD" },
      { limit: "absolute", longest: 12 * HOUR, level: "SHALL" },
    ],
  },
  /** Card data: idle 15 minutes (MUST); no absolute limit is asked for (PCI DSS 4.0.1, 8.2.8). */
  "pci-dss": {
    source: "PCI DSS 4.0.1, 8.2.8",
    idle: 15 * MINUTE,
    rules: [{ limit: "idle", longest: 15 * MINUTE, level: "MUST" }],
  },
};

/** The names of {@link profiles}, in their order. */
export const profileNames: readonly ProfileName[] = Object.keys(profiles).filter(isProfileName);

/** The `profile` option, checked. @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, naming the profiles there are */
export function checkProfile(name: unknown): ProfileName | undefined {
  if (name === undefined || isProfileName(name)) return name;
  const known = profileNames.map((each) => `"${each}"`).join(", ");
  throw new HoldfastError("ERR_HOLDFAST_OPTION", `\`profile\` must be one of ${known}.`);
}

/** The rules of a profile's standard that these limits, in milliseconds, break. */
export function brokenRules(
  name: ProfileName,
  limits: Readonly<Record<LimitRule["limit"], number>>,
): readonly LimitRule[] {
  return profiles[name].rules.filter(({ limit, longest }) => limits[limit] > longest);
}

function isProfileName(name: unknown): name is ProfileName {
  return typeof name === "string" && Object.hasOwn(profiles, name);
}
