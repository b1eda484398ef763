/**
 * A logout token's form and signature (RFC 7515, RFC 8725). What its header says of keys (`jwk`, `jku`, `x5u`, `x5c`) is not
 * looked at: only the provider's own count.
 *
 * @module
 */
import { compactVerify, errors } from "jose";
import type { LogoutFlaw } from "../session/federation/logout-flaw.ts";
import { type LogoutToken, readLogoutClaims } from "./logout-claims.ts";
import type { BackChannelLogoutSettings } from "./options.ts";

export async function readLogoutToken(
  token: string,
  settings: BackChannelLogoutSettings,
  now: number,
): Promise<LogoutToken | LogoutFlaw> {
  const parts = token.split(".");
  const [header, payload] = parts;
  if (parts.length !== 3 || !parts.every(isCanonical)) return "malformed";
  const flaw = headerFlaw(jsonIn(header), settings);
  if (flaw !== null) return flaw;
  const signed = await isSigned(token, settings).catch(() => undefined);
  if (signed === undefined) return "keys_unavailable";
  if (!signed) return "signature";
  return readLogoutClaims(jsonIn(payload), settings, now);
}

function headerFlaw(
  header: unknown,
  { algorithms, allowsUntyped }: BackChannelLogoutSettings,
): LogoutFlaw | null {
  if (typeof header !== "object" || header === null) return "malformed";
  const { typ, alg, crit }: { typ?: unknown; alg?: unknown; crit?: unknown } = header;
  // Nothing is known here that could be critical.
  if (crit !== undefined) return "critical";
  if (!isLogoutType(typ) && !(allowsUntyped && isUntyped(typ))) return "type";
  return typeof alg === "string" && algorithms.includes(alg) ? null : "algorithm";
}

function isLogoutType(typ: unknown): boolean {
  // A media type; `application/` may be left out (RFC 7515, 4.1.9).
  return typeof typ === "string" && /^(?:application\/)?logout\+jwt$/i.test(typ);
}

function isUntyped(typ: unknown): boolean {
  return typ === undefined || (typeof typ === "string" && /^jwt$/i.test(typ));
}

/** Rejects where the provider's keys cannot be had. */
async function isSigned(token: string, { keys, algorithms }: BackChannelLogoutSettings): Promise<boolean> {
  try {
    await compactVerify(token, keys, { algorithms });
    return true;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return isSignedByOneOf(token, error, algorithms);
    if (isRefusal(error)) return false;
    throw error;
  }
}

async function isSignedByOneOf(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  algorithms: string[],
): Promise<boolean> {
  for await (const key of candidates) {
    try {
      await compactVerify(token, key, { algorithms });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return false;
}

// All else is trouble with the keys: the token may well be genuine.
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  );
}

// Text that decodes to the same bytes as other text is refused: a token is one text.
function isCanonical(part: string): boolean {
  return part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;
}

function jsonIn(part: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
