import type { RequestLine } from "../../exchange.ts";
import { forgedSignature, headerOf, jws, newDevice, OFF_THE_CURVE, strangeRsa } from "../device.ts";
import { type HostileClass, type HostileGroup, KIB, storm } from "../hostile-class.ts";
import { REFRESH, REGISTER } from "../scene.ts";

/** Of the right form, under a key that is in use, with another MAC. */
const guessed = (name: string): string => `${name.slice(0, -1)}${name.endsWith("A") ? "B" : "A"}`;

const register = (proof: string): RequestLine => ({
  method: "POST",
  url: REGISTER,
  cookie: undefined,
  headers: { "secure-session-response": proof },
});

const refresh = (id: string, proof?: string): RequestLine => ({
  method: "POST",
  url: REFRESH,
  cookie: undefined,
  headers: { "sec-secure-session-id": id, "secure-session-response": proof },
});

/** Backslashes that are escaped as RFC 9651 has it. */
const escapes = (bytes: number): string => `"${storm("\\\\", bytes)}"`;

const strange = newDevice();
const [RSA, EVEN, ENORMOUS] = [strangeRsa(4096), strangeRsa(4096, { even: true }), strangeRsa(16_384)];
const SIGNED = { es: forgedSignature(64), rs: forgedSignature(512) };

const malformed: readonly HostileClass[] = [
  {
    title: "a string of backslashes for a proof",
    status: 400,
    bytes: 64 * KIB,
    request: (_, bytes) => register(escapes(bytes)),
  },
  {
    title: "the longest string of backslashes that is read",
    status: 403,
    bytes: 16 * KIB,
    request: (_, bytes) => register(escapes(bytes)),
  },
  {
    title: "a string of backslashes for a binding's id",
    status: 400,
    bytes: 64 * KIB,
    request: (_, bytes) => refresh(escapes(bytes)),
  },
  {
    title: "a JWS beyond the limit",
    status: 400,
    bytes: 60 * KIB,
    request: (_, bytes) => register(jws(headerOf("ES256"), storm("a", (bytes * 3) / 4), SIGNED.es)),
  },
  {
    title: "a JWS of arrays in arrays",
    status: 403,
    bytes: 8 * KIB - 200,
    request: (_, bytes) => {
      const deep = (most: number): string => `{"typ":${storm("[", most)}${storm("]", most)}}`;
      return register(jws(deep((bytes * 3) / 16 - 8), deep((bytes * 3) / 16 - 8), SIGNED.es));
    },
  },
  {
    title: "a JWS of huge numbers",
    status: 403,
    bytes: 8 * KIB - 200,
    request: (_, bytes) => {
      const huge = `{"typ":${storm("9", (bytes * 3) / 8 - 40)}e-999999999}`;
      return register(jws(huge, huge, SIGNED.es));
    },
  },
  {
    title: "a JWS of many members",
    status: 403,
    bytes: 8 * KIB - 200,
    request: (_, bytes) => {
      const members = Array.from(
        { length: Math.floor(((bytes * 3) / 8 - 40) / 8) },
        (_member, index) => `"${index.toString(36).padStart(3, "k")}":0`,
      );
      const many = `{${members.join(",")}}`;
      return register(jws(many, many, SIGNED.es));
    },
  },
  {
    title: "dots and base64 without end",
    status: 403,
    bytes: 8 * KIB,
    request: (_, bytes) => register(storm("A.", bytes)),
  },
];

const keys: readonly HostileClass[] = [
  {
    title: "an RSA key of 16,384 bits",
    status: 403,
    request: ({ offer: { challenge, name } }) =>
      register(jws(headerOf("RS256", ENORMOUS), { jti: challenge, authorization: name }, SIGNED.rs)),
  },
  {
    title: "an EC key off the curve, over the attacker's own challenge",
    status: 403,
    storeCalls: 1,
    request: ({ offer: { challenge, name } }) =>
      register(jws(headerOf("ES256", OFF_THE_CURVE), { jti: challenge, authorization: name }, SIGNED.es)),
  },
  {
    title: "a sound key for a session whose name is made up",
    status: 403,
    request: ({ offer: { challenge, name } }) =>
      register(
        jws(headerOf("ES256", strange.jwk), { jti: challenge, authorization: guessed(name) }, SIGNED.es),
      ),
  },
  {
    title: "a sound key for another's session, over a guessed challenge",
    status: 403,
    storeCalls: 1,
    request: ({ offer }) =>
      register(jws(headerOf("ES256", strange.jwk), { jti: "a", authorization: offer.name }, SIGNED.es)),
  },
];

const signatures: readonly HostileClass[] = [
  {
    title: "a forged ES256 signature over the attacker's own challenge",
    status: 403,
    storeCalls: 1,
    signature: true,
    request: ({ offer: { challenge, name } }) =>
      register(jws(headerOf("ES256", strange.jwk), { jti: challenge, authorization: name }, SIGNED.es)),
  },
  {
    title: "a forged RS256 signature of 4,096 bits over the attacker's own challenge",
    status: 403,
    storeCalls: 1,
    signature: true,
    request: ({ offer: { challenge, name } }) =>
      register(jws(headerOf("RS256", RSA), { jti: challenge, authorization: name }, SIGNED.rs)),
  },
  {
    title: "the same with an even modulus",
    status: 403,
    storeCalls: 1,
    signature: true,
    request: ({ offer: { challenge, name } }) =>
      register(jws(headerOf("RS256", EVEN), { jti: challenge, authorization: name }, SIGNED.rs)),
  },
  {
    title: "a forged signature for a binding whose id and challenge are known",
    status: 403,
    storeCalls: 1,
    signature: true,
    request: ({ name, challenge }) => refresh(name, jws(headerOf("ES256"), { jti: challenge }, SIGNED.es)),
  },
];

const ids: readonly HostileClass[] = [
  {
    title: "a guessed id of a binding",
    status: 400,
    request: ({ name }) => refresh(guessed(name)),
  },
  {
    title: "a known id of a binding, and no proof: a challenge",
    status: 403,
    storeCalls: 1,
    request: ({ name }) => refresh(name),
  },
  {
    title: "Secure-Session-Skipped without end, with a copied session cookie",
    status: 401,
    storeCalls: 1,
    bytes: 64 * KIB,
    request: ({ session }, bytes) => ({
      method: "GET",
      url: "/",
      cookie: session,
      headers: { "secure-session-skipped": storm("unreachable;,", bytes) },
    }),
  },
  {
    title: "the longest Secure-Session-Skipped that is read",
    status: 401,
    storeCalls: 1,
    bytes: KIB,
    request: ({ session }, bytes) => ({
      method: "GET",
      url: "/",
      cookie: session,
      headers: { "secure-session-skipped": storm("a ,", bytes) },
    }),
  },
];

export const proofs: HostileGroup = {
  title: "Proofs of devices",
  classes: [...malformed, ...keys, ...signatures, ...ids],
};
