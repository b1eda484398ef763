import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Application } from "express";
import grant from "grant";
import { across } from "../../src/across.ts";
import { appWith, type RunningApp } from "../../src/app.ts";
import type { Setting } from "../../src/settings.ts";

declare module "holdfast" {
  interface SessionData {
    grant: { response?: { access_token?: string; error?: string } };
  }
}

/** An authorization server, as far as grant asks it something itself: for the token. */
async function authorizationServer(test: TestContext): Promise<string> {
  const server = createServer((_req, res) => {
    res.setHeader("Content-Type", "application/json");
    res.end(JSON.stringify({ access_token: "a-token", token_type: "bearer" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function appWithGrant(test: TestContext, setting: Setting): Promise<RunningApp> {
  const provider = await authorizationServer(test);
  const config = {
    defaults: { origin: "https://app.example", transport: "session", state: true },
    local: {
      oauth: 2,
      key: "the-app",
      secret: "its-secret",
      authorize_url: `${provider}/authorize`,
      access_url: `${provider}/token`,
      callback: "/done",
    },
  } as const;
  return appWith(test, setting, (app: Application) => {
    app.get("/arity", (req, res) => void res.json(Object.getPrototypeOf(req.session).save.length));
    app.use(grant.default.express(config));
    app.get("/done", (req, res) => void res.json(req.session.grant?.response));
  });
}

across({ name: "grant", seen: "a double of an OAuth 2.0 server" }, (setting, { holds }) => {
  holds("it sees that save takes a callback, which it waits for before it redirects", async (test) => {
    const { browser } = await appWithGrant(test, setting);
    assert.equal((await browser.get("/arity")).json(), 1);
  });

  holds("a login comes back with the state that it left in the session, and gets its token", async (test) => {
    const { browser } = await appWithGrant(test, setting);
    const leaving = await browser.get("/connect/local");
    const state = new URL(leaving.headers.location ?? "").searchParams.get("state");
    assert.equal(leaving.status, 302);
    const back = await browser.get(`/connect/local/callback?code=right&state=${state}`);
    assert.deepEqual([back.status, back.headers.location], [302, "/done"]);
    assert.deepEqual((await browser.get("/done")).json(), {
      access_token: "a-token",
      raw: { access_token: "a-token", token_type: "bearer" },
    });
  });

  holds("a login that began in another session is refused", async (test) => {
    const { browser } = await appWithGrant(test, setting);
    const stranger = browser.newBrowser();
    const leaving = await stranger.get("/connect/local");
    const state = new URL(leaving.headers.location ?? "").searchParams.get("state");
    await browser.get("/connect/local");
    await browser.get(`/connect/local/callback?code=right&state=${state}`);
    assert.deepEqual((await browser.get("/done")).json(), { error: "Grant: OAuth2 state mismatch" });
  });
});
