import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import express from "express";
import { type IdTokenClaims, session } from "holdfast";
import { crossOrigin } from "holdfast/defence";
import { backChannelLogout } from "holdfast/oidc";
import { type TestAgent, testAgent } from "holdfast/testing";
import { type IdentityProvider, startIdentityProvider } from "../src/identity-provider.ts";

interface Running {
  readonly browser: TestAgent;
  readonly provider: IdentityProvider;
  readonly answers: readonly number[];
}

/** An app whose users come from an oidc-provider, by the code flow with PKCE. */
async function start(test: TestContext): Promise<Running> {
  const sessions = session({
    secret: randomBytes(32).toString("hex"),
    cookie: { secure: "auto" },
    onWarning: () => undefined,
  });
  const app = express();
  const browser = await testAgent(app, { https: false });
  const base = `http://localhost:${browser.port}`;
  const provider = await startIdentityProvider(test, `${base}/callback`, `${base}/backchannel-logout`);
  const { issuer, client } = provider;
  const verifier = randomBytes(32).toString("base64url");
  const answers: number[] = [];

  app.use(sessions, crossOrigin({ origin: base }));
  app.post(
    "/backchannel-logout",
    (_req, res, next) => {
      res.on("finish", () => answers.push(res.statusCode));
      next();
    },
    backChannelLogout({ sessions, issuer, clientId: client.id, keys: `${issuer}/jwks` }),
  );
  app.get("/login", (_req, res) => {
    const query = new URLSearchParams({
      client_id: client.id,
      response_type: "code",
      scope: "openid",
      redirect_uri: `${base}/callback`,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    res.redirect(`${issuer}/auth?${query}`);
  });
  app.get("/callback", async (req, res) => {
    const { code } = req.query;
    const reply = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`,
      },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: String(code),
        redirect_uri: `${base}/callback`,
        code_verifier: verifier,
      }),
    });
    const { id_token: idToken } = (await reply.json()) as { id_token: string };
    // It comes from the token endpoint itself, and only the logout is tried here.
    const claims = JSON.parse(
      Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString(),
    ) as IdTokenClaims;
    await req.session.signIn("anna", { idToken: claims });
    res.json(claims);
  });
  app.get("/", (req, res) => void res.json({ user: req.session.userId }));
  test.after(async () => {
    await browser.close();
    await sessions.close();
  });
  return { browser, provider, answers };
}

async function logIn({ browser, provider }: Running, at: TestAgent): Promise<IdTokenClaims> {
  const leaving = await browser.get("/login");
  const back = new URL(await provider.signIn(leaving.headers.location ?? "", at));
  const reply = await browser.get(back.pathname + back.search);
  assert.equal(reply.status, 200, reply.text);
  return reply.json() as IdTokenClaims;
}

describe("a logout at an oidc-provider", () => {
  it("ends the app's session that began with its ID token, and no other", async (test) => {
    const running = await start(test);
    const { browser, provider, answers } = running;
    const another: Running = { ...running, browser: browser.newBrowser() };
    const [here, there] = [provider.newBrowser(), provider.newBrowser()];
    const first = await logIn(running, here);
    const second = await logIn(another, there);
    assert.equal(typeof first.sid, "string");
    assert.notEqual(first.sid, second.sid);
    await provider.signOut(here);
    assert.deepEqual(answers, [200]);
    assert.deepEqual((await browser.get("/")).json(), {});
    assert.deepEqual((await another.browser.get("/")).json(), { user: "anna" });
    await provider.signOut(there);
    assert.deepEqual(answers, [200, 200]);
    assert.deepEqual((await another.browser.get("/")).json(), {});
  });
});
