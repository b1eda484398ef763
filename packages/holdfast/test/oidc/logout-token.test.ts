import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exportJWK, generateKeyPair, type JSONWebKeySet } from "jose";
import { session } from "../../src/index.ts";
import { readLogoutToken } from "../../src/oidc/logout-token.ts";
import { type BackChannelLogoutOptions, settingsOf } from "../../src/oidc/options.ts";
import { base64url, genuine, refusedTokens } from "../support/refused-logout-tokens.ts";
import { strongSecret } from "../support/session-app.ts";
import { CLIENT, ISSUER, LOGOUT_EVENT, ssoApp, testProvider, usersOf } from "../support/sso-app.ts";

const provider = await testProvider();
const now = Math.floor(provider.clock.now() / 1000);
const logout = { [LOGOUT_EVENT]: {} };

describe("a logout token", () => {
  it("is refused with 400 and its reason, and ends nothing, whatever of it is not as it must be", async (t) => {
    const sso = await ssoApp(t, { provider });
    const browsers = [await sso.browser("anna", "s1"), await sso.browser("anna")];
    sso.app.takeEvents();
    for (const [flaw, what, token] of await refusedTokens(provider)) {
      const reply = await sso.send(token);
      assert.equal(reply.status, 400, what);
      assert.deepEqual(
        reply.json(),
        { error: "invalid_request", error_description: `The logout token was refused: ${flaw}.` },
        what,
      );
      assert.equal(reply.headers["cache-control"], "no-store");
      const event = sso.app.events.pop();
      assert.deepEqual(
        [event?.type, event && Reflect.get(event, "reason")],
        ["backchannel_logout_refused", flaw],
      );
    }
    assert.deepEqual(await usersOf(sso.app, browsers), ["anna", "anna"]);
    assert.equal((await sso.logOut(genuine)).status, 200);
    assert.deepEqual(await usersOf(sso.app, browsers), [undefined, undefined]);
  });

  it("is refused with any bit of it changed, or any character", async (t) => {
    const sso = await ssoApp(t, { provider });
    const browser = await sso.browser("anna", "s1");
    const token = await provider.logoutToken(genuine);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const bytes = Buffer.from(token, "latin1");
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const reply = await sso.send(bytes.toString("latin1"));
        assert.equal(reply.status, 400);
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
  });

  it("is refused with any bit of what its parts stand for changed", async () => {
    const settings = settingsFor({});
    const token = await provider.logoutToken(genuine);
    const parts = token.split(".").map((part) => Buffer.from(part, "base64url"));
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), async (part, bit) => {
        const changed = parts.map((bytes) => Buffer.from(bytes));
        const bytes = changed[part] ?? Buffer.alloc(1);
        const at = bit % (bytes.length * 8);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        const text = changed.map((one) => one.toString("base64url")).join(".");
        assert.equal(typeof (await readLogoutToken(text, settings, provider.clock.now())), "string");
      }),
      { numRuns: 500 },
    );
  });

  it("with any claims and any header is refused or read, and never an error", async () => {
    const settings = settingsFor({});
    const json = fc.dictionary(
      fc.constantFrom(
        "iss",
        "aud",
        "iat",
        "exp",
        "jti",
        "events",
        "sub",
        "sid",
        "nonce",
        "typ",
        "alg",
        "kid",
      ),
      fc.oneof(
        fc.jsonValue(),
        fc.constantFrom<unknown>(ISSUER, CLIENT, now, now + 60, logout, "logout+jwt", "ES256"),
      ),
    );
    await fc.assert(
      fc.asyncProperty(json, json, fc.uint8Array({ maxLength: 80 }), async (header, payload, signature) => {
        const text = [base64url(header), base64url(payload), base64url(Buffer.from(signature))].join(".");
        const flaw = await readLogoutToken(text, settings, provider.clock.now());
        assert.equal(typeof flaw, "string");
        assert.notEqual(flaw, "keys_unavailable");
      }),
      { numRuns: 300 },
    );
  });

  it("is good for as long as its age and the tolerance allow, and no millisecond longer", async () => {
    const token = await provider.logoutToken({ ...genuine, exp: now + 86_400 });
    const at = (ms: number) => readLogoutToken(token, settingsFor({}), now * 1000 + ms);
    assert.equal(typeof (await at(329_999)), "object");
    assert.equal(await at(330_000), "issued_at");
    assert.equal(typeof (await at(-30_000)), "object");
    assert.equal(await at(-30_001), "issued_at");
    const short = readLogoutToken(
      token,
      settingsFor({ maxTokenAge: "1m", clockTolerance: 1 }),
      now * 1000 + 60_001,
    );
    assert.equal(await short, "issued_at");
  });

  it("may name its one audience in a list, its media type in full, and Keycloak's offline sessions", async () => {
    const token = await provider.logoutToken(
      { ...genuine, aud: [CLIENT], events: { ...logout, revoke_offline_access: true } },
      { typ: "application/Logout+JWT" },
    );
    assert.equal(typeof (await readLogoutToken(token, settingsFor({}), provider.clock.now())), "object");
  });

  it("without a typ of its own is taken only where insecureAllowUntyped says so, and an ID token never", async () => {
    const settings = settingsFor({ insecureAllowUntyped: true });
    for (const typ of [undefined, "JWT"]) {
      const token = await provider.logoutToken(genuine, { typ });
      assert.equal(typeof (await readLogoutToken(token, settings, provider.clock.now())), "object");
    }
    const access = await provider.logoutToken(genuine, { typ: "at+jwt" });
    assert.equal(await readLogoutToken(access, settings, provider.clock.now()), "type");
    const idToken = await provider.logoutToken({ ...genuine, events: undefined }, { typ: "JWT" });
    assert.equal(await readLogoutToken(idToken, settings, provider.clock.now()), "events");
  });

  it("without a kid is verified by whichever of the provider's keys fits", async () => {
    const other = await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey);
    const [own = {}] = provider.keys.keys;
    const keys = { keys: [other, { ...own, kid: undefined }, other] } as JSONWebKeySet;
    const settings = settingsFor({ keys });
    const token = await provider.logoutToken(genuine, { kid: undefined });
    assert.equal(typeof (await readLogoutToken(token, settings, provider.clock.now())), "object");
    const alone = settingsFor({ keys: { keys: [other, other] } });
    assert.equal(await readLogoutToken(token, alone, provider.clock.now()), "signature");
  });
});

function settingsFor(options: Partial<BackChannelLogoutOptions>): ReturnType<typeof settingsOf> {
  const sessions = session({ onWarning: () => undefined, secret: strongSecret() });
  return settingsOf({ sessions, issuer: ISSUER, clientId: CLIENT, keys: provider.keys, ...options });
}
