import { constants, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import type { Algorithm } from "../../src/dbsc/public-key.ts";

/** A device's key pair, as a browser's secure hardware holds it. */
export interface DeviceKey {
  readonly algorithm: Algorithm;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
}

export function newDeviceKey(algorithm: Algorithm = "ES256", modulusLength: number = 2048): DeviceKey {
  const { privateKey, publicKey } =
    algorithm === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength });
  return { algorithm, privateKey, jwk: publicKey.export({ format: "jwk" }) };
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The signature of `input` as JOSE has it. */
export function signatureOf({ algorithm, privateKey }: DeviceKey, input: string): Buffer {
  const data = Buffer.from(input);
  return algorithm === "ES256"
    ? sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" })
    : sign("sha256", data, { key: privateKey, padding: constants.RSA_PKCS1_PADDING });
}

/** A signed proof with this header and payload, whatever they are. */
export function jws(key: DeviceKey, header: object, payload: object): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${signatureOf(key, input).toString("base64url")}`;
}

export function registrationProof(key: DeviceKey, challenge: string, authorization: string): string {
  const header = { alg: key.algorithm, typ: "dbsc+jwt", jwk: key.jwk };
  return jws(key, header, { jti: challenge, authorization });
}

export function refreshProof(key: DeviceKey, challenge: string): string {
  return jws(key, { alg: key.algorithm, typ: "dbsc+jwt" }, { jti: challenge });
}
