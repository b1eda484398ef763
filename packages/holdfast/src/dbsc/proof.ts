/**
 * The proof that a browser sends: a JWS in compact form (RFC 7515) with the `typ` `dbsc+jwt`, signed by the device's key
 * over a challenge (W3C Device Bound Session Credentials).
 *
 * Reading checks the form and bounds every size; nothing is computed with keys before that.
 *
 * @module
 */
import { constants, type KeyObject, verify } from "node:crypto";
import { isSameText } from "../crypto/same-text.ts";
import { fromBase64url } from "./base64url.ts";
import { type Algorithm, keyObjectOf, type PublicJwk, publicJwkOf } from "./public-key.ts";

/** What is wrong with a proof. */
export type ProofFlaw =
  | "missing"
  | "malformed"
  | "type"
  | "algorithm"
  | "header"
  | "key"
  | "challenge"
  | "authorization"
  | "audience"
  | "signature";

/** A proof of sound form, its signature not yet verified: nothing in it is known to be true. */
export interface Proof {
  readonly algorithm: Algorithm;
  /** `undefined` where the header has none. */
  readonly jwk: PublicJwk | undefined;
  readonly challenge: string;
  /** What the offer gave the browser to bring back. It says which session is meant, so the session is found by it. */
  readonly authorization: string | undefined;
  readonly audience: string | undefined;
  /** What is signed. */
  readonly input: string;
  readonly signature: Buffer;
}

/** What a proof must be about. */
export interface Expected {
  /** Those outstanding. */
  readonly challenges: readonly string[];
  /** Where the proof must be sent to, if it says where. */
  readonly endpoint: string;
}

/** Longest proof, in characters: a registration with RSA 4096 has about 2,300. */
export const LONGEST_PROOF = 8192;

const COMPACT = /^([\w-]{1,4096})\.([\w-]{1,4096})\.([\w-]{1,1024})$/;

/** Header members that would name another key or change what is verified (RFC 7515 4.1, RFC 7797). */
const REFUSED = ["crit", "jku", "x5u", "x5c", "x5t", "x5t#S256", "kid", "b64", "zip", "enc"];

/** A proof, or what is wrong with its form. */
export function readProof(text: string | undefined): Proof | ProofFlaw {
  if (text === undefined) return "missing";
  if (text.length > LONGEST_PROOF) return "malformed";
  const [, head = "", body = "", tail = ""] = COMPACT.exec(text) ?? [];
  const header = objectIn(head);
  const payload = objectIn(body);
  const signature = fromBase64url(tail);
  if (header === null || payload === null || signature === null) return "malformed";
  if (header.get("typ") !== "dbsc+jwt") return "type";
  const algorithm = header.get("alg");
  if (algorithm !== "ES256" && algorithm !== "RS256") return "algorithm";
  if (REFUSED.some((name) => header.has(name))) return "header";
  const jwk = header.has("jwk") ? publicJwkOf(header.get("jwk"), algorithm) : undefined;
  if (jwk === null) return "key";
  const challenge = payload.get("jti");
  if (typeof challenge !== "string") return "challenge";
  const authorization = payload.get("authorization");
  if (authorization !== undefined && typeof authorization !== "string") return "authorization";
  const audience = payload.get("aud");
  if (audience !== undefined && typeof audience !== "string") return "audience";
  return { algorithm, jwk, challenge, authorization, audience, input: `${head}.${body}`, signature };
}

/** What is wrong with a registration: it brings the key by which it is verified. `null`: nothing. */
export function registrationFlaw(proof: Proof, expected: Expected): ProofFlaw | null {
  return proof.jwk === undefined ? "key" : flawUnder(proof, proof.jwk, expected);
}

/** What is wrong with a refresh: the key is the one on record, and the proof must not bring any. `null`: nothing. */
export function refreshFlaw(
  proof: Proof,
  key: { readonly algorithm: Algorithm; readonly jwk: PublicJwk },
  expected: Expected,
): ProofFlaw | null {
  if (proof.jwk !== undefined) return "key";
  if (proof.algorithm !== key.algorithm) return "algorithm";
  return flawUnder(proof, key.jwk, expected);
}

// The key and the signature last: they cost most, and a proof over no challenge of this session is worth nothing however it is signed.
function flawUnder(proof: Proof, jwk: PublicJwk, { challenges, endpoint }: Expected): ProofFlaw | null {
  if (proof.audience !== undefined && proof.audience !== endpoint) return "audience";
  if (!challenges.some((challenge) => isSameText(challenge, proof.challenge))) return "challenge";
  const key = keyObjectOf(jwk);
  if (key === null) return "key";
  return isSigned(proof, jwk.kty, key) ? null : "signature";
}

function isSigned({ input, signature }: Proof, kty: PublicJwk["kty"], key: KeyObject): boolean {
  const data = Buffer.from(input, "latin1");
  // RFC 7518 3.4: two numbers of 32 bytes, not DER.
  if (kty === "EC") {
    return signature.length === 64 && verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
  }
  return verify("sha256", data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
}

function objectIn(part: string): ReadonlyMap<string, unknown> | null {
  const bytes = part === "" ? null : fromBase64url(part);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value));
  } catch {
    return null;
  }
}
