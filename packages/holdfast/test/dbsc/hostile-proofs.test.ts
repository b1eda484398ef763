import assert from "node:assert/strict";
import { type JsonWebKey, webcrypto } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readProof, refreshFlaw, registrationFlaw } from "../../src/dbsc/proof.ts";
import { publicJwkOf } from "../../src/dbsc/public-key.ts";
import { type DeviceKey, jws, newDeviceKey } from "../support/device-keys.ts";

const CHALLENGE = "c".repeat(43);
const ENDPOINT = "https://app.example.com/device-bound/refresh";
const keys = [newDeviceKey(), newDeviceKey(), newDeviceKey("RS256")] as const;
const [own, other, rsa] = keys;

/** What a registration, and a refresh under `own`'s key, comes to. */
function accepted(text: string): readonly [registration: boolean, refresh: boolean] {
  const proof = readProof(text);
  if (typeof proof === "string") return [false, false];
  const expected = { challenges: [CHALLENGE], endpoint: ENDPOINT };
  const jwk = publicJwkOf(own.jwk, "ES256");
  assert.ok(jwk !== null);
  const refresh = refreshFlaw(proof, { algorithm: "ES256", jwk }, expected);
  return [registrationFlaw(proof, expected) === null, refresh === null];
}

/** The same by another implementation of signatures, and the rules as the protocol's page lists them. */
async function acceptable(text: string): Promise<readonly [registration: boolean, refresh: boolean]> {
  const parts = text.split(".");
  const [header, payload] = parts.slice(0, 2).map(jsonIn);
  if (text.length > 8192 || parts.length !== 3 || header === undefined || payload === undefined)
    return [false, false];
  const refused = ["crit", "jku", "x5u", "x5c", "x5t", "x5t#S256", "kid", "b64", "zip", "enc"];
  const isSound =
    header.typ === "dbsc+jwt" &&
    !refused.some((name) => name in header) &&
    payload.jti === CHALLENGE &&
    (payload.aud === undefined || payload.aud === ENDPOINT) &&
    ["undefined", "string"].includes(typeof payload.authorization);
  const { alg, jwk } = header;
  const signed = async (key: unknown): Promise<boolean> => isSound && (await isSigned(parts, alg, key));
  return [
    jwk !== undefined && !Object.keys(Object(jwk)).includes("d") && (await signed(jwk)),
    jwk === undefined && alg === "ES256" && (await signed(own.jwk)),
  ];
}

async function isSigned(
  [head, body, tail = ""]: readonly string[],
  alg: unknown,
  jwk: unknown,
): Promise<boolean> {
  const algorithm =
    alg === "ES256"
      ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
      : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (alg !== "ES256" && alg !== "RS256") return false;
  try {
    const { subtle } = webcrypto;
    const key = await subtle.importKey("jwk", jwk as JsonWebKey, algorithm, false, ["verify"]);
    return await subtle.verify(
      algorithm,
      key,
      Buffer.from(tail, "base64url"),
      Buffer.from(`${head}.${body}`),
    );
  } catch {
    return false;
  }
}

function jsonIn(part: string): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Mostly right, so that a flaw is mostly alone. */
const mostly = <T>(right: T, ...wrong: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant<unknown>(right) },
    ...wrong.map((it) => fc.constant(it)),
    fc.jsonValue(),
  );

const proofOf = (key: DeviceKey): fc.Arbitrary<string> =>
  fc
    .record({
      header: fc.record(
        {
          alg: mostly(key.algorithm, "none", "HS256", "RS256", "es256"),
          typ: mostly("dbsc+jwt", "jwt", "DBSC+JWT"),
          jwk: mostly(key.jwk, other.jwk, rsa.jwk, undefined, own.privateKey.export({ format: "jwk" })),
        },
        { requiredKeys: ["alg", "typ"] },
      ),
      extra: fc.oneof(
        { weight: 3, arbitrary: fc.constant({}) },
        fc.constantFrom({ kid: "1" }, { crit: [] }, { cty: "x" }),
      ),
      payload: fc.record(
        {
          jti: mostly(CHALLENGE, "c".repeat(42), [CHALLENGE]),
          aud: mostly(ENDPOINT, `${ENDPOINT}/`),
          authorization: mostly("s"),
          sub: fc.jsonValue(),
        },
        { requiredKeys: ["jti"] },
      ),
      signer: fc.oneof({ weight: 9, arbitrary: fc.constant(key) }, fc.constantFrom(...keys)),
    })
    .map(({ header, extra, payload, signer }) => jws(signer, { ...header, ...extra }, payload));

describe("A device's proof, beside another implementation", () => {
  it("is taken and refused alike, whatever stands in it", async () => {
    let good = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(proofOf(own), proofOf(rsa)), async (text) => {
        const found = accepted(text);
        assert.deepEqual(found, await acceptable(text));
        if (found.includes(true)) good += 1;
      }),
      { numRuns: 600 },
    );
    assert.ok(good > 60, `${good} were good`);
  });

  it("is never taken for more, with its characters changed, doubled or left out", async () => {
    const edit = fc.record({
      at: fc.nat(600),
      gone: fc.nat(2),
      instead: fc.string({ unit: fc.constantFrom("A", "_", "=", ".", "+", " ", "é"), maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(proofOf(own), edit, async (text, { at, gone, instead }) => {
        const changed = text.slice(0, at) + instead + text.slice(at + gone);
        const [registration, refresh] = accepted(changed);
        const [mayRegister, mayRefresh] = await acceptable(changed);
        assert.ok((!registration || mayRegister) && (!refresh || mayRefresh), changed);
      }),
      { numRuns: 500 },
    );
  });
});
