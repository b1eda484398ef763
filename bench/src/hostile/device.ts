/**
 * A device's key, and the proofs that it signs, right or wrong.
 *
 * @module
 */
import { generateKeyPairSync, type JsonWebKey, randomBytes, sign } from "node:crypto";

export interface Device {
  readonly jwk: JsonWebKey;
  sign(input: string): Buffer;
}

export function newDevice(): Device {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    jwk: publicKey.export({ format: "jwk" }),
    sign: (input) => sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }),
  };
}

const encoded = (value: string | object): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A JWS of whatever header and payload, as text or to become JSON. */
export function jws(
  header: string | object,
  payload: string | object,
  signature: Buffer | ((input: string) => Buffer),
): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  const bytes = typeof signature === "function" ? signature(input) : signature;
  return `${input}.${bytes.toString("base64url")}`;
}

export const headerOf = (alg: "ES256" | "RS256", jwk?: JsonWebKey): object => ({ alg, typ: "dbsc+jwt", jwk });

/** An RSA key that nobody has, with a modulus of so many bits. */
export function strangeRsa(bits: number, { even = false }: { even?: boolean } = {}): JsonWebKey {
  const modulus = randomBytes(bits / 8);
  modulus[0] = (modulus[0] ?? 0) | 0x80;
  const last = modulus.length - 1;
  modulus[last] = even ? (modulus[last] ?? 0) & 0xfe : (modulus[last] ?? 0) | 1;
  return { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" };
}

/** Coordinates of the right length, of no point of P-256. */
export const OFF_THE_CURVE: JsonWebKey = {
  kty: "EC",
  crv: "P-256",
  x: Buffer.alloc(32, 1).toString("base64url"),
  y: Buffer.alloc(32, 1).toString("base64url"),
};

export const forgedSignature = (bytes: number): Buffer => Buffer.alloc(bytes, 0x5a);
