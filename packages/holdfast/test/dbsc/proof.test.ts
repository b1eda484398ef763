import assert from "node:assert/strict";
import { createHash, createHmac, createPublicKey, sign } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ProofFlaw, readProof, refreshFlaw, registrationFlaw } from "../../src/dbsc/proof.ts";
import { type PublicJwk, publicJwkOf, thumbprintOf } from "../../src/dbsc/public-key.ts";
import {
  type DeviceKey,
  jws,
  newDeviceKey,
  refreshProof,
  registrationProof,
  signatureOf,
} from "../support/device-keys.ts";

const ec = newDeviceKey();
const rsa = newDeviceKey("RS256");
const other = newDeviceKey();
const CHALLENGE = "c".repeat(43);
const SESSION = "s".repeat(22);
const ENDPOINT = "https://app.example.com/device-bound/register";

function stored(key: DeviceKey): { algorithm: DeviceKey["algorithm"]; jwk: PublicJwk } {
  const jwk = publicJwkOf(key.jwk, key.algorithm);
  assert.ok(jwk !== null);
  return { algorithm: key.algorithm, jwk };
}

function register(text: string | undefined): ProofFlaw | null {
  const proof = readProof(text);
  if (typeof proof === "string") return proof;
  return registrationFlaw(proof, { challenges: [CHALLENGE], endpoint: ENDPOINT });
}

function refresh(text: string | undefined, key: DeviceKey = ec): ProofFlaw | null {
  const proof = readProof(text);
  if (typeof proof === "string") return proof;
  return refreshFlaw(proof, stored(key), { challenges: ["older", CHALLENGE], endpoint: ENDPOINT });
}

const header = { alg: "ES256", typ: "dbsc+jwt", jwk: ec.jwk };
const payload = { jti: CHALLENGE, authorization: SESSION };
const unsigned = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The proof with its signature put in another way. */
function signed(make: (input: string) => Buffer, head: object = header): string {
  const input = `${unsigned(head)}.${unsigned(payload)}`;
  return `${input}.${make(input).toString("base64url")}`;
}

describe("A device's proof", () => {
  it("of a registration is good with ES256 and RS256, and with claims nobody knows", () => {
    assert.equal(register(registrationProof(ec, CHALLENGE, SESSION)), null);
    assert.equal(register(registrationProof(rsa, CHALLENGE, SESSION)), null);
    assert.equal(register(jws(ec, header, { ...payload, aud: ENDPOINT, iat: 1, sub: {} })), null);
  });

  it("of a refresh is good with ES256 and RS256, over any challenge that is outstanding", () => {
    assert.equal(refresh(refreshProof(ec, CHALLENGE)), null);
    assert.equal(refresh(refreshProof(ec, "older")), null);
    assert.equal(refresh(refreshProof(rsa, CHALLENGE), rsa), null);
  });

  const { d: _, ...withoutPrivate } = ec.privateKey.export({ format: "jwk" });
  assert.deepEqual(withoutPrivate, ec.jwk);
  const largeKey = newDeviceKey("RS256", 1024);
  const der = (input: string): Buffer => sign("sha256", Buffer.from(input), ec.privateKey);
  const publicPem = createPublicKey({ key: ec.jwk, format: "jwk" }).export({ type: "spki", format: "pem" });

  const mutations: readonly (readonly [what: string, flaw: ProofFlaw, proof: () => string])[] = [
    ["another `typ`", "type", () => jws(ec, { ...header, typ: "jwt" }, payload)],
    ["no `typ`", "type", () => jws(ec, { alg: "ES256", jwk: ec.jwk }, payload)],
    ["`alg` none", "algorithm", () => `${signed(() => Buffer.of(0), { ...header, alg: "none" })}`],
    [
      "`alg` HS256, keyed with the public key",
      "algorithm",
      () => signed((it) => createHmac("sha256", publicPem).update(it).digest(), { ...header, alg: "HS256" }),
    ],
    ["an `alg` that the key does not fit", "key", () => jws(ec, { ...header, alg: "RS256" }, payload)],
    ["no key", "key", () => jws(ec, { alg: "ES256", typ: "dbsc+jwt" }, payload)],
    [
      "a private key",
      "key",
      () => jws(ec, { ...header, jwk: ec.privateKey.export({ format: "jwk" }) }, payload),
    ],
    ["a symmetric key", "key", () => jws(ec, { ...header, jwk: { kty: "oct", k: "AAAA" } }, payload)],
    [
      "a point that is not on the curve",
      "key",
      () => jws(ec, { ...header, jwk: { ...ec.jwk, y: ec.jwk.x } }, payload),
    ],
    ["another curve", "key", () => jws(ec, { ...header, jwk: { ...ec.jwk, crv: "P-384" } }, payload)],
    ["a short RSA key", "key", () => registrationProof(largeKey, CHALLENGE, SESSION)],
    [
      "an RSA key that is shorter than it says",
      "key",
      () => {
        const n = Buffer.concat([Buffer.of(0), Buffer.alloc(255, 0xff)]).toString("base64url");
        return jws(rsa, { alg: "RS256", typ: "dbsc+jwt", jwk: { ...rsa.jwk, n } }, payload);
      },
    ],
    [
      "an RSA exponent of 1",
      "key",
      () => jws(rsa, { alg: "RS256", typ: "dbsc+jwt", jwk: { ...rsa.jwk, e: "AQ" } }, payload),
    ],
    ["`crit`", "header", () => jws(ec, { ...header, crit: ["b64"] }, payload)],
    ["`jku`", "header", () => jws(ec, { ...header, jku: "https://evil.example/keys" }, payload)],
    ["`x5u`", "header", () => jws(ec, { ...header, x5u: "https://evil.example/cert" }, payload)],
    ["`kid`", "header", () => jws(ec, { ...header, kid: "../../dev/null" }, payload)],
    ["another key's signature", "signature", () => jws(other, header, payload)],
    ["a signature in DER", "signature", () => signed(der)],
    ["a signature of zeros", "signature", () => signed(() => Buffer.alloc(64))],
    [
      "another payload than was signed",
      "signature",
      () => {
        const [head, , tail] = jws(ec, header, { ...payload, jti: "x" }).split(".");
        return `${head}.${unsigned(payload)}.${tail}`;
      },
    ],
    ["another challenge", "challenge", () => registrationProof(ec, "d".repeat(43), SESSION)],
    ["no challenge", "challenge", () => jws(ec, header, { authorization: SESSION })],
    [
      "an authorization that is no text",
      "authorization",
      () => jws(ec, header, { ...payload, authorization: 1 }),
    ],
    ["another audience", "audience", () => jws(ec, header, { ...payload, aud: "https://evil.example/" })],
    ["a list of audiences", "audience", () => jws(ec, header, { ...payload, aud: [ENDPOINT] })],
    ["two parts", "malformed", () => jws(ec, header, payload).split(".").slice(0, 2).join(".")],
    ["four parts", "malformed", () => `${jws(ec, header, payload)}.AA`],
    ["padding", "malformed", () => `${jws(ec, header, payload)}==`],
    ["more than 8 KiB", "malformed", () => jws(ec, header, { ...payload, pad: "x".repeat(8192) })],
    ["a payload that is a list", "malformed", () => jws(ec, header, [CHALLENGE])],
  ];
  for (const [what, flaw, proof] of mutations) {
    it(`of a registration is refused with ${what}`, () => assert.equal(register(proof()), flaw));
  }

  it("of a refresh is refused with a key of its own, even the one on record", () => {
    assert.equal(refresh(jws(ec, header, { jti: CHALLENGE })), "key");
    assert.equal(refresh(jws(other, { ...header, jwk: other.jwk }, { jti: CHALLENGE })), "key");
  });

  it("of a refresh is refused under another key, or another algorithm than the one on record", () => {
    assert.equal(refresh(refreshProof(other, CHALLENGE)), "signature");
    assert.equal(refresh(refreshProof(rsa, CHALLENGE)), "algorithm");
    assert.equal(refresh(refreshProof(ec, "spent")), "challenge");
    assert.equal(refresh(undefined), "missing");
  });

  it("is refused with any bit changed", () => {
    const whole = refreshProof(ec, CHALLENGE);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(6), (at, bit) => {
        const changed = whole.charCodeAt(at) ^ (1 << bit);
        const text = whole.slice(0, at) + String.fromCharCode(changed) + whole.slice(at + 1);
        assert.notEqual(refresh(text), null);
      }),
      { numRuns: 300 },
    );
  });

  it("of any text at all is a flaw, never an exception", () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map((it) => Buffer.from(it).toString("base64url")),
    );
    const like = fc.tuple(part, part, part).map((parts) => parts.join("."));
    const heads = fc
      .record({
        alg: fc.constantFrom("ES256", "RS256", "none"),
        typ: fc.constant("dbsc+jwt"),
        jwk: fc.oneof(
          fc.jsonValue(),
          fc.record({
            kty: fc.constantFrom("EC", "RSA", "__proto__"),
            crv: fc.constant("P-256"),
            x: fc.base64String(),
            y: fc.base64String(),
            n: fc.string(),
            e: fc.string(),
          }),
        ),
      })
      .map((head) => `${unsigned(head)}.${unsigned(payload)}.AAAA`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), like, heads), (text) => {
        assert.equal(typeof register(text), "string");
        assert.equal(typeof refresh(text), "string");
      }),
      { numRuns: 1000 },
    );
  });

  it("costs little at its worst: an RSA key of 4096 bits, the longest exponent, a signature that does not fit", () => {
    const modulus = newDeviceKey("RS256", 4096).jwk.n;
    const jwk = { kty: "RSA", n: modulus, e: Buffer.from("ffffffff", "hex").toString("base64url") };
    const text = jws(rsa, { alg: "RS256", typ: "dbsc+jwt", jwk }, payload);
    const longer = { kty: "RSA", n: Buffer.alloc(513, 0xff).toString("base64url"), e: "AQAB" };
    assert.equal(register(jws(rsa, { alg: "RS256", typ: "dbsc+jwt", jwk: longer }, payload)), "key");
    assert.equal(
      register(signed(() => Buffer.alloc(512, 1), { alg: "RS256", typ: "dbsc+jwt", jwk })),
      "signature",
    );
    const began = process.cpuUsage();
    for (let i = 0; i < 50; i++) assert.equal(register(text), "signature");
    const { user, system } = process.cpuUsage(began);
    const each = (user + system) / 50_000;
    assert.ok(each < 20, `${each} ms of CPU time each`);
  });
});

describe("A device's key", () => {
  it("is named by its thumbprint (RFC 7638 3.1)", () => {
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs" +
      "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1" +
      "n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    assert.equal(thumbprintOf({ kty: "RSA", n, e: "AQAB" }), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    const { jwk } = stored(ec);
    assert.ok(jwk.kty === "EC");
    const members = `{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`;
    assert.equal(thumbprintOf(jwk), createHash("sha256").update(members).digest("base64url"));
  });

  it("is kept without anything that does not make it up", () => {
    const jwk = { ...ec.jwk, kid: "mine", use: "sig", note: "x".repeat(100) };
    assert.deepEqual(publicJwkOf(jwk, "ES256"), ec.jwk);
    assert.equal(signatureOf(ec, "x").length, 64);
  });
});
