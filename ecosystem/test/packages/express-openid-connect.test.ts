import assert from "node:assert/strict";
import { after, type TestContext } from "node:test";
import { RedisStore } from "connect-redis";
import oidc from "express-openid-connect";
import type { Store } from "express-session";
import type { TestAgent } from "holdfast/testing";
import { createClient } from "redis";
import { found, startRedis } from "test-servers";
import { across } from "../../src/across.ts";
import { appWith, browserWith } from "../../src/app.ts";
import { type IdentityProvider, startIdentityProvider } from "../../src/identity-provider.ts";
import type { Setting } from "../../src/settings.ts";

const { server, skip } = await found(startRedis);
const client = server && (await createClient({ url: server.url }).connect());
after(async () => {
  client?.destroy();
  await server?.stop();
});

type SessionStore = NonNullable<NonNullable<oidc.ConfigParams["session"]>["store"]>;

const APP = "https://app.example";
const COOKIE = "appSession";

interface Running {
  readonly provider: IdentityProvider;
  readonly browser: TestAgent;
}

async function start(test: TestContext, setting: Setting, store: Store): Promise<Running> {
  const provider = await startIdentityProvider(test, `${APP}/callback`);
  const { browser } = await appWith(test, setting, (app) => {
    app.use(
      oidc.auth({
        issuerBaseURL: provider.issuer,
        baseURL: APP,
        clientID: provider.client.id,
        clientSecret: provider.client.secret,
        secret: "only for the cookies of this test, and long enough",
        authRequired: false,
        authorizationParams: { response_type: "code", scope: "openid" },
        // Its types know a store of its own payload alone.
        session: { store: store as object as SessionStore },
      }),
    );
    app.get("/", (req, res) => {
      req.session.visits = (req.session.visits ?? 0) + 1;
      res.json({ user: req.oidc.user?.sub, visits: req.session.visits });
    });
  });
  return { provider, browser };
}

async function logIn({ provider, browser }: Running): Promise<void> {
  const leaving = await browser.get("/login");
  const back = new URL(await provider.signIn(leaving.headers.location ?? ""));
  assert.equal(back.origin, APP);
  const reply = await browser.get(back.pathname + back.search);
  assert.deepEqual([reply.status, reply.headers.location], [302, APP]);
}

const row = {
  name: "express-openid-connect",
  beside: ["oidc-provider"],
  seen: "oidc-provider, and as `session.store` a MemoryStore or connect-redis",
  skip,
};

across(row, (setting, { holds }) => {
  const stores: Record<string, () => Store> = {
    "a MemoryStore": () => new setting.api.module.MemoryStore(),
    "connect-redis": () => new RedisStore({ client, prefix: `${setting.api.name}${setting.version}:` }),
  };
  for (const [name, newStore] of Object.entries(stores)) {
    holds(`a login, later requests and a logout find its own session in ${name}`, async (test) => {
      const store = newStore();
      const app = await start(test, setting, store);
      await logIn(app);
      const { browser } = app;
      const id = browser.cookies.get(COOKIE) ?? "";
      assert.deepEqual((await browser.get("/")).json(), { user: "anna", visits: 1 });
      await browser.get("/logout");
      assert.deepEqual((await browserWith(browser, `${COOKIE}=${id}`).get("/")).json(), { visits: 1 });
    });
  }

  holds("the app's session beside it goes on through its login and logout", async (test) => {
    const app = await start(test, setting, new setting.api.module.MemoryStore());
    const { browser } = app;
    assert.deepEqual((await browser.get("/")).json(), { visits: 1 });
    await logIn(app);
    assert.deepEqual((await browser.get("/")).json(), { user: "anna", visits: 2 });
    await browser.get("/logout");
    assert.deepEqual((await browser.get("/")).json(), { visits: 3 });
  });
});
