import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { describe, it, type TestContext } from "node:test";
import express, { type Express } from "express";
import { type SessionOptions, type Sessions, session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import { type AppSession, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const SHOP = "__Host-shop";
const ADMIN = "__Host-admin";

function sessionsNamed(name: string, store: WatchedStore, options: SessionOptions = {}): Sessions {
  return session({ secret: strongSecret(), name, store, ...options });
}

function dataOf(sessions: Sessions, req: Parameters<Sessions["get"]>[0]): AppSession {
  return sessions.get(req) as AppSession;
}

async function listen(test: TestContext, listener: RequestListener): Promise<TestAgent> {
  const agent = await testAgent(listener);
  test.after(() => agent.close());
  return agent;
}

describe("The same middleware twice", () => {
  for (const sync of [true, false]) {
    it(`loads, saves and sends once, where the store answers ${sync ? "at once" : "later"}`, async (test) => {
      const store = new WatchedStore({ sync });
      const sessions = sessionsNamed("shop", store);
      const app = express();
      app.use(sessions, sessions);
      app.get("/", sessions, (req, res) => {
        const data = dataOf(sessions, req);
        data.n = Number(data.n ?? 0) + 1;
        res.json(req.session);
      });
      const agent = await listen(test, app);
      const first = await agent.get("/");
      assert.deepEqual([first.text, first.setCookie.length, store.calls], ['{"n":1}', 1, ["create"]]);
      const second = await agent.get("/");
      assert.deepEqual([second.text, second.setCookie.length], ['{"n":2}', 0]);
      assert.deepEqual(store.calls, ["create", "read", "update"]);
    });
  }
});

// Express writes errors that no handler takes to the console.
function quietApp(): Express {
  return express().set("env", "test");
}

/** Two deployments on one request, as an app and as bare `node:http`. */
const both: Readonly<
  Record<string, (shop: Sessions, admin: Sessions, handler: RequestListener) => RequestListener>
> = {
  "in one Express app": (shop, admin, handler) => {
    const app = quietApp();
    app.use(shop, admin, handler);
    return app;
  },
  "in an Express app and its sub-app": (shop, admin, handler) => {
    const [app, sub] = [quietApp(), quietApp()];
    sub.use(admin, handler);
    app.use(shop, sub);
    return app;
  },
  "on node:http": (shop, admin, handler) => (req, res) =>
    shop(req, res, () => admin(req, res, () => handler(req, res))),
  "on node:http and in the Express app it calls": (shop, admin, handler) => {
    const app = quietApp();
    app.use(admin, handler);
    return (req, res) => shop(req, res, () => app(req, res));
  },
};

describe("Two sessions with different names", () => {
  for (const [where, mount] of Object.entries(both)) {
    it(`do not disturb each other, ${where}`, async (test) => {
      const stores = [new WatchedStore({ sync: true }), new WatchedStore()] as const;
      const shop = sessionsNamed("shop", stores[0]);
      const admin = sessionsNamed("admin", stores[1]);
      const agent = await listen(
        test,
        mount(shop, admin, (req, res) => {
          if (req.url === "/shop") dataOf(shop, req).cart = "book";
          if (req.url === "/admin") dataOf(admin, req).role = "root";
          if (req.url === "/leave") Reflect.set(req, "session", null);
          assert.equal(Reflect.get(req, "session"), admin.get(req));
          res.end(JSON.stringify([shop.get(req), admin.get(req)]));
        }),
      );
      const cookiesOf = async (path: string): Promise<unknown> => {
        const reply = await agent.get(path);
        return [reply.text, reply.setCookie.map((cookie) => cookie.slice(0, cookie.indexOf("=")))];
      };
      assert.deepEqual(await cookiesOf("/shop"), ['[{"cart":"book"},{}]', [SHOP]]);
      assert.deepEqual(await cookiesOf("/admin"), ['[{"cart":"book"},{"role":"root"}]', [ADMIN]]);
      assert.deepEqual(await cookiesOf("/read"), ['[{"cart":"book"},{"role":"root"}]', []]);
      assert.deepEqual(await cookiesOf("/leave"), ['[{"cart":"book"},null]', [ADMIN]]);
      assert.deepEqual(await cookiesOf("/read"), ['[{"cart":"book"},{}]', []]);
    });

    it(`fail together: one that cannot be saved makes the whole reply an error, ${where}`, async (test) => {
      const stores = [new WatchedStore({ sync: true }), new WatchedStore()] as const;
      const shop = sessionsNamed("shop", stores[0]);
      const admin = sessionsNamed("admin", stores[1]);
      const agent = await listen(
        test,
        mount(shop, admin, (req, res) => {
          dataOf(shop, req).cart = "book";
          dataOf(admin, req).role = "root";
          res.write("done");
          res.end();
        }),
      );
      for (const store of stores) {
        store.fail("create", new Error("the disk is gone"));
        const reply = await agent.newBrowser().get("/");
        assert.deepEqual([reply.status, reply.setCookie], [503, []]);
        store.fail("create", undefined);
      }
      assert.equal((await agent.get("/")).setCookie.length, 2);
    });
  }
});
