/**
 * The claims of a logout token: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6.
 *
 * @module
 */
import type { LogoutFlaw } from "../session/federation/logout-flaw.ts";
import { isName, type ProviderLogout } from "../session/federation/provider.ts";

/** What a token is held to. */
export interface LogoutRules {
  readonly issuer: string;
  readonly clientId: string;
  /** Milliseconds. */
  readonly maxTokenAge: number;
  /** Milliseconds. */
  readonly clockTolerance: number;
}

/** A token that may be carried out. */
export interface LogoutToken extends ProviderLogout {
  /** Its `jti`. */
  readonly id: string;
  /** Seconds since 1970, by the provider's clock. */
  readonly issuedAt: number;
  /** From then on it is refused for its age. Milliseconds since 1970. */
  readonly until: number;
}

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
/** Keycloak's word that offline sessions end as well. */
const OTHER_EVENTS: ReadonlySet<string> = new Set(["revoke_offline_access"]);

/** @param claims - of a token whose signature has been verified */
export function readLogoutClaims(
  claims: unknown,
  { issuer, clientId, maxTokenAge, clockTolerance }: LogoutRules,
  now: number,
): LogoutToken | LogoutFlaw {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return "malformed";
  const { iss, aud, iat, exp, nbf, jti, events, sub, sid }: Partial<Record<string, unknown>> =
    claims as object;
  if (iss !== issuer) return "issuer";
  if (!isOnly(aud, clientId)) return "audience";
  if (!isTime(iat) || iat * 1000 > now + clockTolerance) return "issued_at";
  const until = Math.ceil(iat * 1000) + maxTokenAge + clockTolerance;
  if (now >= until) return "issued_at";
  if (!isTime(exp) || now >= exp * 1000 + clockTolerance) return "expiry";
  if (nbf !== undefined && (!isTime(nbf) || nbf * 1000 > now + clockTolerance)) return "issued_at";
  if (!isName(jti)) return "token_id";
  if (!areLogoutEvents(events)) return "events";
  // So that no logout token can be taken for an ID token, nor one of those for a logout token.
  if ("nonce" in claims) return "nonce";
  if ((sub !== undefined && !isName(sub)) || (sid !== undefined && !isName(sid))) return "session";
  if (sub === undefined && sid === undefined) return "session";
  return { issuer, subject: sub, sid, id: jti, issuedAt: iat, until };
}

// Another audience might send on to us what it was sent (OpenID Connect Core 1.0, 3.1.3.7).
function isOnly(aud: unknown, clientId: string): boolean {
  return Array.isArray(aud) ? aud.length === 1 && aud[0] === clientId : aud === clientId;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function areLogoutEvents(events: unknown): boolean {
  if (!isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(Reflect.get(events, EVENT)))
    return false;
  return Object.keys(events).every((name) => name === EVENT || OTHER_EVENTS.has(name));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
