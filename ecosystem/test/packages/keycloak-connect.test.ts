import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { TestAgent } from "holdfast/testing";
import KeycloakConnect from "keycloak-connect";
import { across } from "../../src/across.ts";
import { appWith } from "../../src/app.ts";
import { type Keycloak, startKeycloak } from "../../src/keycloak-double.ts";
import type { StartedSessions } from "../../src/session-apis.ts";
import type { Setting } from "../../src/settings.ts";

declare module "holdfast" {
  interface SessionData {
    cart: string[];
  }
}

/** What the package uses of a store: it looks a session up by its id, and writes it back without the tokens. */
interface UsedStore {
  get(id: string, done: (error: unknown, session?: unknown) => void): void;
  set(id: string, session: never): void;
}

/** Where there is no store to write to, whatever Keycloak logs out is ended as a whole. */
function revoking({ revoke }: StartedSessions): UsedStore {
  return {
    get: (handle, done) => void revoke?.(handle).then(() => done(null), done),
    set: () => undefined,
  };
}

interface Shop {
  readonly keycloak: Keycloak;
  readonly browser: TestAgent;
}

async function shop(test: TestContext, setting: Setting): Promise<Shop> {
  const keycloak = await startKeycloak(test);
  const own = setting.api.name === "holdfast" ? undefined : new setting.api.module.MemoryStore();
  const build: Parameters<typeof appWith>[2] = (app, sessions) => {
    const connect = new KeycloakConnect({ store: own ?? revoking(sessions) }, keycloak.config);
    app.use(connect.middleware());
    app.get("/order", connect.protect(), (req, res) => void res.json(req.session.cart ?? []));
    app.get("/cart/:item", (req, res) => {
      req.session.cart = [req.params.item];
      res.json(req.session.cart);
    });
    app.get("/cart", (req, res) => void res.json(req.session.cart ?? []));
  };
  const { browser } = await appWith(test, setting, build, { store: own });
  return { keycloak, browser };
}

async function logIn(browser: TestAgent): Promise<void> {
  await browser.get("/cart/tea");
  const leaving = await browser.get("/order");
  assert.match(leaving.headers.location ?? "", /\/realms\/test\/protocol\/openid-connect\/auth\?/);
  const back = await browser.get("/order?auth_callback=1&code=right");
  assert.deepEqual([back.status, back.headers.location], [302, "/order"]);
}

/** As Keycloak does it: by itself, with no browser's cookie. */
async function logOutFromAfar({ browser, keycloak }: Shop): Promise<void> {
  const [session = ""] = keycloak.sessions;
  const reply = await browser.newBrowser().post("/k_logout", keycloak.logoutOf(session));
  assert.deepEqual([reply.status, reply.text], [200, "ok"]);
}

const seen = "a double of a Keycloak server, which signs its tokens; a real one cannot be had for tests";

across({ name: "keycloak-connect", seen }, (setting, { holds, differs }) => {
  holds("a login leaves its tokens in the session, where later requests find them", async (test) => {
    const { browser } = await shop(test, setting);
    await logIn(browser);
    assert.deepEqual((await browser.get("/order")).json(), ["tea"]);
    assert.equal((await browser.newBrowser().get("/order")).status, 302);
  });

  holds("its logout takes them out again, and leaves the rest of the session", async (test) => {
    const { browser } = await shop(test, setting);
    await logIn(browser);
    assert.equal((await browser.get("/logout")).status, 302);
    assert.equal((await browser.get("/order")).status, 302);
    assert.deepEqual((await browser.get("/cart")).json(), ["tea"]);
  });

  if (setting.api.name === "holdfast") {
    differs(
      "a logout that Keycloak sends ends the whole session, by sessions.revoke in the store's place",
      async (test) => {
        const app = await shop(test, setting);
        await logIn(app.browser);
        await logOutFromAfar(app);
        assert.equal((await app.browser.get("/order")).status, 302);
        assert.deepEqual((await app.browser.get("/cart")).json(), []);
      },
    );
  } else {
    holds("a logout that Keycloak sends takes them out by the session's id in the store", async (test) => {
      const app = await shop(test, setting);
      await logIn(app.browser);
      await logOutFromAfar(app);
      assert.equal((await app.browser.get("/order")).status, 302);
      assert.deepEqual((await app.browser.get("/cart")).json(), ["tea"]);
    });
  }
});
