import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { RequestHandler } from "express";
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose";
import { crossOrigin } from "../../src/defence/index.ts";
import type { IdTokenClaims } from "../../src/index.ts";
import { type BackChannelLogoutOptions, backChannelLogout } from "../../src/oidc/index.ts";
import { type FakeClock, fakeClock, type TestAgent, type TestReply } from "../../src/testing/index.ts";
import { type AppOptions, type SessionApp, sessionApp } from "./session-app.ts";

export const ISSUER = "https://login.example";
export const CLIENT = "the-app";
export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
const PATH = "/backchannel-logout";

type Claims = Readonly<Record<string, unknown>>;

/** An OpenID Provider, as far as it signs. */
export interface TestProvider {
  readonly keys: JSONWebKeySet;
  readonly privateKey: CryptoKey;
  readonly clock: FakeClock;
  /** What the ID token of a user says who signs in now. */
  claims(sub: string, sid?: string): IdTokenClaims;
  /** A genuine logout token but for what is changed; `undefined` leaves a claim out. */
  logoutToken(claims: Claims, header?: Claims): Promise<string>;
}

let tokens = 0;

export async function testProvider(clock: FakeClock = fakeClock()): Promise<TestProvider> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", use: "sig" };
  const now = (): number => Math.floor(clock.now() / 1000);
  return {
    keys: { keys: [jwk] },
    privateKey,
    clock,
    claims: (sub, sid) => ({ iss: ISSUER, sub, iat: now(), ...(sid !== undefined && { sid }) }),
    logoutToken: (claims, header) =>
      new SignJWT({ ...defaultClaims(now()), ...claims })
        .setProtectedHeader({ alg: "ES256", kid: "k1", typ: "logout+jwt", ...header })
        .sign(privateKey),
  };
}

export function defaultClaims(now: number): Claims {
  tokens += 1;
  return {
    iss: ISSUER,
    aud: CLIENT,
    iat: now,
    exp: now + 120,
    jti: `t${tokens}`,
    events: { [LOGOUT_EVENT]: {} },
  };
}

export interface SsoApp {
  readonly app: SessionApp;
  readonly provider: TestProvider;
  readonly clock: FakeClock;
  /** A browser whose user has come from the provider. */
  browser(sub: string, sid?: string, user?: string): Promise<TestAgent>;
  /** The provider's call. */
  send(token: string): Promise<TestReply>;
  logOut(claims: Claims): Promise<TestReply>;
}

export interface SsoOptions extends AppOptions {
  readonly provider?: TestProvider;
  readonly logout?: Partial<BackChannelLogoutOptions>;
  /** Before the handler. */
  readonly before?: readonly RequestHandler[];
}

export async function ssoApp(
  test: TestContext,
  { provider: given, logout, before = [], ...options }: SsoOptions = {},
): Promise<SsoApp> {
  const provider = given ?? (await testProvider());
  const { clock } = provider;
  const app = await sessionApp(test, {
    clock,
    ...options,
    prepare: (express, sessions) => {
      const handler = backChannelLogout({
        sessions,
        issuer: ISSUER,
        clientId: CLIENT,
        keys: provider.keys,
        ...logout,
      });
      express.use(sessions, crossOrigin());
      express.post(PATH, ...before, handler);
      express.get(PATH, handler);
    },
  });
  const send = (token: string): Promise<TestReply> => sendToken(app.agent, token);
  return {
    app,
    provider,
    clock,
    send,
    logOut: async (claims) => send(await provider.logoutToken(claims)),
    async browser(sub, sid, user = sub) {
      const browser = app.agent.newBrowser();
      const idToken = provider.claims(sub, sid);
      const reply = await app.act((session) => session.signIn(user, { idToken }), { by: browser });
      assert.equal(reply.status, 200, reply.text);
      return browser;
    },
  };
}

/** A provider's server sends no cookie, no origin and no Fetch Metadata. */
export function sendToken(
  agent: TestAgent,
  token: string,
  { path = PATH, body = `logout_token=${encodeURIComponent(token)}`, headers = {} } = {},
): Promise<TestReply> {
  return agent.newBrowser().send(path, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      origin: undefined,
      "sec-fetch-site": undefined,
      ...headers,
    },
  });
}

/** Who is signed in in each of these browsers. */
export function usersOf(app: SessionApp, browsers: readonly TestAgent[]): Promise<unknown[]> {
  return Promise.all(browsers.map(async (by) => (await app.data(by)).userId));
}
