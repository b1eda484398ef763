/**
 * What a session's record knows of the device it is bound to, or is offered to be. It stands in the header, which is read
 * without the client's cookie: a browser registers and refreshes in requests that may carry none.
 *
 * @module
 */
import { type Algorithm, isPublicJwk, type PublicJwk } from "../../dbsc/public-key.ts";

/** What the device is to sign next. */
export interface Challenge {
  /** 43 characters of base64url, of 256 random bits. */
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The device's key. Once it is there nothing replaces it but another sign-in. */
export interface BoundKey {
  /**
   * The name by which the browser knows the binding, made of the session's handle as it was registered. It stays when the
   * session gets another id.
   */
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly jwk: PublicJwk;
  /** RFC 7638. */
  readonly thumbprint: string;
  /** Milliseconds since 1970, as all times here. */
  readonly boundAt: number;
  /** When the device last proved that it has the key. */
  readonly provenAt: number;
}

export interface DeviceState {
  /** `undefined`: the binding is offered, and nobody has registered. */
  readonly key?: BoundKey | undefined;
  /** Those that may be signed, newest first. */
  readonly challenges: readonly Challenge[];
  /** Over which the key was registered, while it has proven nothing since: the browser may not know of it yet. */
  readonly registration?: Challenge | undefined;
}

/** True for a state as it is stored. */
export function isDeviceState(value: unknown): value is DeviceState {
  if (typeof value !== "object" || value === null || !("challenges" in value)) return false;
  if (!Array.isArray(value.challenges) || !value.challenges.every(isChallenge)) return false;
  if ("registration" in value && value.registration !== undefined && !isChallenge(value.registration))
    return false;
  return !("key" in value) || value.key === undefined || isBoundKey(value.key);
}

function isChallenge(value: unknown): value is Challenge {
  if (typeof value !== "object" || value === null || !("value" in value) || !("until" in value)) return false;
  return typeof value.value === "string" && typeof value.until === "number";
}

function isBoundKey(value: unknown): value is BoundKey {
  if (typeof value !== "object" || value === null || !("jwk" in value) || !isPublicJwk(value.jwk))
    return false;
  const { id, algorithm, thumbprint, boundAt, provenAt }: Partial<Record<keyof BoundKey, unknown>> = value;
  const isNamed = typeof id === "string" && typeof thumbprint === "string";
  const isTimed = typeof boundAt === "number" && typeof provenAt === "number";
  return isNamed && isTimed && algorithm === (value.jwk.kty === "EC" ? "ES256" : "RS256");
}
