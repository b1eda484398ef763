import { createHmac } from "node:crypto";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import type { LogoutFlaw } from "../../src/index.ts";
import { CLIENT, ISSUER, LOGOUT_EVENT, type TestProvider } from "./sso-app.ts";

type Claims = Readonly<Record<string, unknown>>;

/** What a token that is refused has to be, what is wrong with it, and the token. */
export type RefusedToken = readonly [flaw: LogoutFlaw, what: string, token: string];

/** Whose session the tokens would end. */
export const genuine = { sub: "anna", sid: "s1" };

const logout = { [LOGOUT_EVENT]: {} };

const wrongClaims = (now: number): readonly (readonly [LogoutFlaw, string, Claims])[] => [
  ["issuer", "another issuer", { iss: "https://evil.example" }],
  ["issuer", "the issuer with a slash", { iss: `${ISSUER}/` }],
  ["issuer", "no issuer", { iss: undefined }],
  ["issuer", "a list for an issuer", { iss: [ISSUER] }],
  ["audience", "another audience", { aud: "another-app" }],
  ["audience", "no audience", { aud: undefined }],
  ["audience", "an empty list of audiences", { aud: [] }],
  ["audience", "one audience too many", { aud: [CLIENT, "another-app"] }],
  ["audience", "an object for an audience", { aud: { [CLIENT]: true } }],
  ["issued_at", "no iat", { iat: undefined }],
  ["issued_at", "an iat too long ago", { iat: now - 331 }],
  ["issued_at", "an iat in the future", { iat: now + 31 }],
  ["issued_at", "text for an iat", { iat: String(now) }],
  ["issued_at", "nbf in the future", { nbf: now + 31 }],
  ["expiry", "no exp", { exp: undefined }],
  ["expiry", "an exp that has passed", { iat: now - 120, exp: now - 30 }],
  ["expiry", "text for an exp", { exp: "2099-01-01" }],
  ["token_id", "no jti", { jti: undefined }],
  ["token_id", "an empty jti", { jti: "" }],
  ["token_id", "a number for a jti", { jti: 7 }],
  ["token_id", "a jti without end", { jti: "j".repeat(1_025) }],
  ["events", "no events", { events: undefined }],
  ["events", "text for events", { events: LOGOUT_EVENT }],
  ["events", "a list for events", { events: [LOGOUT_EVENT] }],
  ["events", "events without the member", { events: {} }],
  ["events", "events with another member", { events: { "https://schemas.example/other": {} } }],
  [
    "events",
    "events with one member too many",
    { events: { ...logout, "https://schemas.example/other": {} } },
  ],
  ["events", "a member that is no object", { events: { [LOGOUT_EVENT]: true } }],
  ["nonce", "a nonce", { nonce: "n" }],
  ["nonce", "a nonce that is null", { nonce: null }],
  ["session", "neither sub nor sid", { sub: undefined, sid: undefined }],
  ["session", "a number for a sub", { sub: 7 }],
  ["session", "an empty sid", { sid: "" }],
  ["session", "null for a sid", { sid: null }],
];

const wrongHeaders: readonly (readonly [LogoutFlaw, string, Claims])[] = [
  ["type", "an ID token's typ", { typ: "JWT" }],
  ["type", "an access token's typ", { typ: "at+jwt" }],
  ["type", "no typ", { typ: undefined }],
  ["type", "a typ in a list", { typ: ["logout+jwt"] }],
  ["signature", "an unknown kid", { kid: "k2" }],
  ["signature", "a kid that is no text", { kid: {} }],
];

export const base64url = (value: unknown): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString("base64url");

/** The same claims under another header, and signed, or not, as `sign` says. */
async function resigned(
  provider: TestProvider,
  header: Claims,
  sign: (input: string) => Buffer,
): Promise<string> {
  const [, payload = ""] = (await provider.logoutToken(genuine)).split(".");
  const input = `${base64url({ typ: "logout+jwt", kid: "k1", ...header })}.${payload}`;
  return `${input}.${base64url(sign(input))}`;
}

/** One mutation each. */
export async function refusedTokens(provider: TestProvider): Promise<readonly RefusedToken[]> {
  const tokens: RefusedToken[] = [];
  const now = Math.floor(provider.clock.now() / 1000);
  for (const [flaw, what, claims] of wrongClaims(now))
    tokens.push([flaw, what, await provider.logoutToken({ ...genuine, ...claims })]);
  for (const [flaw, what, header] of wrongHeaders)
    tokens.push([flaw, what, await provider.logoutToken(genuine, header)]);
  const good = await provider.logoutToken(genuine);
  const [header = "", payload = "", signature = ""] = good.split(".");
  const evil = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(evil.publicKey);
  const byEvil = (more: Claims): Promise<string> =>
    new SignJWT(JSON.parse(Buffer.from(payload, "base64url").toString()))
      .setProtectedHeader({ alg: "ES256", typ: "logout+jwt", kid: "k1", ...more })
      .sign(evil.privateKey);
  const { publicKey } = await generateKeyPair("ES256", { extractable: true });
  const ours = provider.keys.keys[0] ?? {};
  const hs256 = (secret: string | Buffer) => (input: string) =>
    createHmac("sha256", secret).update(input).digest();
  tokens.push(
    ["signature", "another's signature", await byEvil({})],
    ["signature", "another's key in jwk", await byEvil({ jwk })],
    [
      "signature",
      "another's key under jku",
      await byEvil({ jku: "https://evil.example/jwks", kid: undefined }),
    ],
    ["signature", "another's key under x5u", await byEvil({ x5u: "https://evil.example/cert" })],
    ["algorithm", "alg none", `${base64url({ alg: "none", typ: "logout+jwt" })}.${payload}.${signature}`],
    ["algorithm", "alg None", await resigned(provider, { alg: "None" }, () => Buffer.alloc(64))],
    [
      "malformed",
      "alg none without a signature",
      `${base64url({ alg: "none", typ: "logout+jwt" })}.${payload}.`,
    ],
    [
      "algorithm",
      "HS256 by the public key's PEM",
      await resigned(provider, { alg: "HS256" }, hs256(await exportSPKI(publicKey))),
    ],
    [
      "algorithm",
      "HS256 by the public JWK",
      await resigned(provider, { alg: "HS256" }, hs256(JSON.stringify(ours))),
    ],
    ["algorithm", "no alg", await resigned(provider, {}, () => Buffer.alloc(64))],
    [
      "signature",
      "another alg than the key's",
      await resigned(provider, { alg: "RS256" }, () => Buffer.alloc(256)),
    ],
    [
      "signature",
      "a signature in DER's place",
      await resigned(provider, { alg: "ES256" }, () => Buffer.alloc(70)),
    ],
    [
      "critical",
      "crit",
      await resigned(provider, { alg: "ES256", crit: ["exp"], exp: 1 }, () => Buffer.alloc(64)),
    ],
    [
      "critical",
      "b64 that is critical",
      await resigned(provider, { alg: "ES256", crit: ["b64"], b64: false }, () => Buffer.alloc(64)),
    ],
    ["malformed", "two parts", `${header}.${payload}`],
    ["malformed", "five parts", `${good}.${payload}.${signature}`],
    ["malformed", "a header that is no JSON", `${base64url(Buffer.from("{"))}.${payload}.${signature}`],
    ["malformed", "a header that is null", `${base64url(null)}.${payload}.${signature}`],
    ["malformed", "padding", `${good}=`],
    ["malformed", "a space behind it", `${good} `],
    ["malformed", "a word", "token"],
  );
  return tokens;
}
