import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { createLocalJWKSet, type JWK } from "jose";
import { type SessionOptions, type Sessions, session } from "../../src/index.ts";
import { type BackChannelLogoutOptions, backChannelLogout } from "../../src/oidc/index.ts";
import { CookieStore } from "../../src/store/cookie.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { sessionApp, strongSecret } from "../support/session-app.ts";
import { CLIENT, ISSUER, ssoApp, testProvider, usersOf } from "../support/sso-app.ts";

const provider = await testProvider();

function sessionsOf(test: TestContext, options: SessionOptions = {}): Sessions {
  const sessions = session({ secret: strongSecret(), onWarning: () => undefined, ...options });
  test.after(() => sessions.close());
  return sessions;
}

function code(options: unknown): string {
  try {
    backChannelLogout(options as BackChannelLogoutOptions);
    return "no error";
  } catch (error) {
    return String(Reflect.get(error as object, "code"));
  }
}

describe("backChannelLogout()", () => {
  it("refuses at once what is wrong, unknown or unsafe", (t) => {
    const good = { sessions: sessionsOf(t), issuer: ISSUER, clientId: CLIENT, keys: provider.keys };
    assert.equal(code(good), "no error");
    const wrong: readonly Record<string, unknown>[] = [
      { sessions: undefined },
      { sessions: () => undefined },
      { issuer: undefined },
      { issuer: "" },
      { clientId: ["a", "b"] },
      { keys: undefined },
      { keys: "http://login.example/jwks" },
      { keys: "not a URL" },
      { keys: new URL("ftp://login.example/jwks") },
      { keys: {} },
      { algorithms: [] },
      { algorithms: "RS256" },
      { algorithms: ["RS256", "HS256"] },
      { algorithms: ["none"] },
      { clockTolerance: "6m" },
      { insecureAllowUntyped: "yes" },
    ];
    for (const part of wrong)
      assert.equal(code({ ...good, ...part }), "ERR_HOLDFAST_OPTION", JSON.stringify(part));
    assert.equal(code({ ...good, maxTokenAge: "soon" }), "ERR_HOLDFAST_DURATION");
    assert.equal(code({ ...good, audience: CLIENT }), "ERR_HOLDFAST_OPTION_UNKNOWN");
    assert.equal(code(undefined), "ERR_HOLDFAST_OPTION");
    for (const keys of [
      "https://login.example/jwks",
      "http://localhost:1/jwks",
      createLocalJWKSet(provider.keys),
    ])
      assert.equal(code({ ...good, keys }), "no error");
  });

  it("refuses a store that cannot find and end a user's sessions, and so does a sign-in there", async (t) => {
    const denyList = new SqliteStore(":memory:");
    for (const store of [new CookieStore(), new CookieStore({ denyList })]) {
      const sessions = sessionsOf(t, { store });
      const options = { sessions, issuer: ISSUER, clientId: CLIENT, keys: provider.keys };
      assert.equal(code(options), "ERR_HOLDFAST_STORE_CANNOT");
    }
    const app = await sessionApp(t, { store: new CookieStore() });
    const idToken = provider.claims("anna", "s1");
    const reply = await app.act((it) => it.signIn("anna", { idToken }));
    assert.deepEqual(
      [reply.status, (reply.json() as { code: string }).code],
      [501, "ERR_HOLDFAST_STORE_CANNOT"],
    );
    assert.equal((await app.data()).userId, undefined);
  });

  it("takes only the algorithms that it is told", async (t) => {
    const sso = await ssoApp(t, { provider, logout: { algorithms: ["RS256"] } });
    const reply = await sso.logOut({ sid: "s1" });
    assert.deepEqual([reply.status, /refused: (\w+)/.exec(reply.text)?.[1]], [400, "algorithm"]);
  });

  it("fetches the provider's keys from its jwks_uri", async (t) => {
    let status = 500;
    const keys = await jwksUri(t, (_req, res) => {
      res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(provider.keys));
    });
    const sso = await ssoApp(t, { provider, logout: { keys } });
    const browser = await sso.browser("anna", "s1");
    const token = await provider.logoutToken({ sid: "s1" });
    assert.equal((await sso.send(token)).status, 503);
    status = 200;
    assert.equal((await sso.send(token)).status, 200);
    assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
  });

  it("asks for a key that is not known, seconds after somebody else has made it ask", async (t) => {
    t.mock.timers.enable({ apis: ["Date"] });
    const published = { keys: [] as JWK[] };
    const keys = await jwksUri(t, (_req, res) => res.end(JSON.stringify(published)));
    const sso = await ssoApp(t, { provider, logout: { keys } });
    const browser = await sso.browser("anna", "s1");
    const token = await provider.logoutToken({ sid: "s1" });
    assert.equal((await sso.send(token)).status, 400);
    published.keys = provider.keys.keys;
    t.mock.timers.tick(4_999);
    assert.equal((await sso.send(token)).status, 400, "nobody makes it ask as often as they like");
    t.mock.timers.tick(1);
    assert.equal((await sso.send(token)).status, 200);
    assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
  });
});

describe("signIn with an ID token", () => {
  it("refuses claims that are none", async (t) => {
    const app = await sessionApp(t);
    const good = provider.claims("anna", "s1");
    const wrong: readonly unknown[] = [
      null,
      "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
      {},
      { ...good, iss: undefined },
      { ...good, sub: 7 },
      { ...good, sub: "" },
      { ...good, iat: undefined },
      { ...good, iat: "now" },
      { ...good, sid: null },
      { ...good, sid: "s".repeat(1_025) },
    ];
    for (const idToken of wrong) {
      const options = { idToken } as { idToken: typeof good };
      const reply = await app.act((it) => it.signIn("anna", options));
      assert.equal((reply.json() as { code: string }).code, "ERR_HOLDFAST_OPTION", JSON.stringify(idToken));
    }
    assert.deepEqual((await app.sessions.listAll()).sessions, []);
  });
});

describe("sessions.revokeFederated", () => {
  it("refuses what names no session at a provider", async (t) => {
    const sessions = sessionsOf(t);
    for (const value of [
      {},
      { issuer: ISSUER },
      { subject: "anna" },
      { issuer: ISSUER, sid: 7 },
      undefined,
    ]) {
      await assert.rejects(sessions.revokeFederated(value as { issuer: string }), {
        code: "ERR_HOLDFAST_OPTION",
      });
    }
  });
});

/** Where a provider publishes its keys. */
async function jwksUri(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
}
