/**
 * The public keys of devices: read from a JSON Web Key (RFC 7517), bounded before any arithmetic, named by a thumbprint
 * (RFC 7638).
 *
 * @module
 */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { fromBase64url } from "./base64url.ts";

/** The signatures that browsers are offered; never `none` (RFC 8725 3.1). */
export type Algorithm = "ES256" | "RS256";

/** A key as it is kept: nothing but what makes it up. */
export type PublicJwk =
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string }
  | { readonly kty: "RSA"; readonly n: string; readonly e: string };

/** Members of private and symmetric keys (RFC 7518 6.2.2, 6.3.2, 6.4.1). */
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const EC_COORDINATE = 32;
/** Bytes of an RSA modulus: 2048 bits at least (NIST SP 800-131A), 4096 at most, so that no key is slow to verify with. */
const SHORTEST_MODULUS = 256;
const LONGEST_MODULUS = 512;

/**
 * The public part of a JSON Web Key that fits the algorithm; `null` for anything else, private keys included. Nothing is
 * computed: whether the point is on the curve shows as the key is used.
 */
export function publicJwkOf(value: unknown, algorithm: Algorithm): PublicJwk | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (PRIVATE.some((member) => Object.hasOwn(value, member))) return null;
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  return algorithm === "ES256" ? ecKeyOf(members) : rsaKeyOf(members);
}

function ecKeyOf(members: ReadonlyMap<string, unknown>): PublicJwk | null {
  const [x, y] = [members.get("x"), members.get("y")];
  if (members.get("kty") !== "EC" || members.get("crv") !== "P-256") return null;
  if (!isBytes(x, EC_COORDINATE, EC_COORDINATE) || !isBytes(y, EC_COORDINATE, EC_COORDINATE)) return null;
  return { kty: "EC", crv: "P-256", x, y };
}

function rsaKeyOf(members: ReadonlyMap<string, unknown>): PublicJwk | null {
  const [n, e] = [members.get("n"), members.get("e")];
  if (members.get("kty") !== "RSA" || !isBytes(n, SHORTEST_MODULUS, LONGEST_MODULUS)) return null;
  // Its highest bit is set, so that it is as long as it says; 65537 to 2^32 is what NIST SP 800-56B allows and is quick.
  if ((fromBase64url(n)?.[0] ?? 0) < 0x80 || !isBytes(e, 3, 4)) return null;
  const exponent = fromBase64url(e) ?? Buffer.alloc(0);
  const value = exponent.readUIntBE(0, exponent.length);
  return value >= 65_537 && value % 2 === 1 ? { kty: "RSA", n, e } : null;
}

function isBytes(value: unknown, least: number, most: number): value is string {
  if (typeof value !== "string" || value.length > 2 * most) return false;
  const length = fromBase64url(value)?.length ?? -1;
  return length >= least && length <= most;
}

/** The key for verifying; `null` for a point that is not on the curve. */
export function keyObjectOf(jwk: PublicJwk): KeyObject | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: "jwk" });
  } catch {
    return null;
  }
}

/** RFC 7638: SHA-256 over the required members in their order, as 43 characters of base64url. */
export function thumbprintOf(jwk: PublicJwk): string {
  const members =
    jwk.kty === "EC"
      ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
      : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

/** True for a key as it is stored. */
export function isPublicJwk(value: unknown): value is PublicJwk {
  if (typeof value !== "object" || value === null || !("kty" in value)) return false;
  const texts = value.kty === "EC" ? ["crv", "x", "y"] : value.kty === "RSA" ? ["n", "e"] : ["kty", "none"];
  return texts.every((member) => typeof Reflect.get(value, member) === "string");
}
