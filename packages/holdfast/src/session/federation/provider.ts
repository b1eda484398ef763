/**
 * A session's tie to the OpenID Provider that vouched for its user, as the ID token says it.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";

/**
 * The claims of a validated ID token that are kept: what `tokens.claims()` of openid-client returns is one.
 *
 * @see OpenID Connect Core 1.0, section 2; for `sid`, Back-Channel Logout 1.0, section 2.1
 */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** Seconds since 1970. */
  readonly iat: number;
  /** Text, where the provider gives one. */
  readonly sid?: unknown;
}

/** Whose session at which provider: what {@link IdTokenClaims} say of it. */
export interface ProviderSession {
  readonly issuer: string;
  readonly subject: string;
  /** `undefined` where the provider gave none. */
  readonly sid?: string | undefined;
}

/** As a record's header has it. */
export interface Provider extends ProviderSession {
  /** When the ID token was issued, by the provider's clock. Seconds since 1970. */
  readonly issuedAt: number;
}

/**
 * Which sessions a logout at the provider ends. With `sid`: the one of this name, and sessions of `subject` that have no
 * `sid`. Without: all of `subject`.
 */
export interface ProviderLogout {
  readonly issuer: string;
  readonly subject?: string | undefined;
  readonly sid?: string | undefined;
}

/** OpenID Connect allows a `sub` 255 characters, and says nothing of the others. */
const LONGEST = 1_024;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function providerOf(claims: unknown): Provider {
  if (typeof claims === "object" && claims !== null) {
    const { iss, sub, iat, sid }: { iss?: unknown; sub?: unknown; iat?: unknown; sid?: unknown } = claims;
    const isTimed = typeof iat === "number" && Number.isFinite(iat) && iat > 0;
    if (isName(iss) && isName(sub) && isTimed && (sid === undefined || isName(sid)))
      return { issuer: iss, subject: sub, sid, issuedAt: iat };
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "`idToken` must be the claims of a validated ID token: `iss`, `sub`, `iat`, and `sid` where there is one.",
  );
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function logoutOf(value: unknown): ProviderLogout {
  if (typeof value === "object" && value !== null) {
    const { issuer, subject, sid }: { issuer?: unknown; subject?: unknown; sid?: unknown } = value;
    const areNames = isName(issuer) && (subject === undefined || isName(subject));
    if (areNames && (sid === undefined || isName(sid)) && (subject !== undefined || sid !== undefined))
      return { issuer, subject, sid };
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "revokeFederated() needs an `issuer`, and its `subject` or `sid` or both.",
  );
}

/** True for text that may name an issuer, a subject or a session. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST;
}

/** True for a tie as it is stored. */
export function isProvider(value: unknown): value is Provider {
  if (typeof value !== "object" || value === null) return false;
  const { issuer, subject, sid, issuedAt }: Partial<Record<keyof Provider, unknown>> = value;
  const isNamed = typeof issuer === "string" && typeof subject === "string";
  return isNamed && (sid === undefined || typeof sid === "string") && typeof issuedAt === "number";
}

/**
 * Where a session is entered, and a logout looks: a session has two places, and a logout ends those that have one of
 * its own. `"unnamed"`: those of a subject that have no `sid`.
 */
export interface Place {
  readonly kind: "sid" | "subject" | "unnamed";
  readonly text: string;
}

export function placesOf({ issuer, subject, sid }: ProviderSession): readonly Place[] {
  const own = sid === undefined ? place("unnamed", issuer, subject) : place("sid", issuer, sid);
  return [own, place("subject", issuer, subject)];
}

export function placesEndedBy({ issuer, subject, sid }: ProviderLogout): readonly Place[] {
  if (sid === undefined) return subject === undefined ? [] : [place("subject", issuer, subject)];
  const named = place("sid", issuer, sid);
  return subject === undefined ? [named] : [named, place("unnamed", issuer, subject)];
}

function place(kind: Place["kind"], issuer: string, name: string): Place {
  return { kind, text: JSON.stringify([kind, issuer, name]) };
}

/** True if the logout ends the session. */
export function isEndedBy(session: ProviderSession, logout: ProviderLogout): boolean {
  const ended = placesEndedBy(logout);
  return placesOf(session).some(({ text }) => ended.some((one) => one.text === text));
}
