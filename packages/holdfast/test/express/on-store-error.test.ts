import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireUser } from "../../src/guards/index.ts";
import type { SessionOptions } from "../../src/index.ts";
import { fakeClock } from "../../src/testing/index.ts";
import { escaped } from "../support/escaped.ts";
import { describeServers, type ServerHandler, sendJson, serve } from "../support/servers.ts";
import { sessionApp } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

type Serving = Parameters<typeof serve>;

/** A browser that is signed in, and a store that has gone since. */
async function outage(
  test: Serving[0],
  server: Serving[1],
  onStoreError: SessionOptions["onStoreError"],
  handler: ServerHandler,
  sync = false,
) {
  const store = new WatchedStore({ sync });
  const clock = fakeClock();
  const served = await serve(test, server, { store, clock, onStoreError }, handler);
  await served.agent.signIn("anna");
  store.fail("read", new Error("gone"));
  return { ...served, store, clock };
}

describeServers("onStoreError", (server) => {
  it('"fail" keeps the request from the handlers', async (test) => {
    let handled = 0;
    const { agent } = await outage(test, server, "fail", (_req, res) => {
      handled++;
      res.end("done");
    });
    const { status, headers } = await agent.get("/");
    assert.deepEqual([status, handled], [503, 0]);
    if (server === "node:http") assert.equal(headers["retry-after"], "5");
  });

  for (const sync of [false, true]) {
    const store = sync ? "a store that answers at once" : "a store across a network";

    it(`"continue" serves what needs no session, with ${store}`, async (test) => {
      const { agent } = await outage(test, server, "continue", (_req, res) => res.end("public"), sync);
      const { status, text, setCookie } = await agent.get("/");
      assert.deepEqual([status, text, setCookie], [200, "public", []]);
    });

    it(`"continue" makes whatever follows a look at the session a 503, with ${store}`, async (test) => {
      const found = escaped(test);
      const { agent } = await outage(
        test,
        server,
        "continue",
        async (req, res) => {
          await null;
          const name = req.session.userId ?? "a stranger";
          if (req.url === "/redirect") res.writeHead(302, { Location: "/login" });
          res.end(`Hello, ${name}`);
        },
        sync,
      );
      for (const path of ["/", "/redirect"]) {
        const { status, text, setCookie, headers } = await agent.get(path);
        assert.deepEqual([status, setCookie, headers.location], [503, [], undefined]);
        assert.doesNotMatch(text, /stranger/);
      }
      assert.deepEqual(found, []);
    });

    it(`"continue" lets no write, sign-in or sign-out pass as done, with ${store}`, async (test) => {
      const codes: string[] = [];
      const acts: Record<string, (session: Parameters<ServerHandler>[0]["session"]) => unknown> = {
        "/write": (session) => {
          session.cart = 1;
        },
        "/assign": (session) => {
          session.userId = "bert";
        },
        "/sign-in": (session) => session.signIn("bert"),
        "/sign-out": (session) => session.signOut(),
        "/save": (session) => session.save(),
      };
      const served = await outage(
        test,
        server,
        "continue",
        async (req, res) => {
          try {
            await acts[req.url ?? ""]?.(req.session);
          } catch (error) {
            codes.push(String(Reflect.get(Object(error), "code")));
          }
          res.end("done");
        },
        sync,
      );
      for (const path of Object.keys(acts)) {
        const { status, setCookie } = await served.agent.get(path);
        assert.deepEqual([path, status, setCookie], [path, 503, []]);
      }
      assert.deepEqual(codes, Array(3).fill("ERR_HOLDFAST_STORE_UNAVAILABLE"));
      served.store.fail("read", undefined);
      served.clock.advance("1s");
      assert.equal((await served.sessions.list("anna")).length, 1);
      assert.equal((await served.sessions.list("bert")).length, 0);
    });

    it(`lets a handler ask for the failure and reply without the session, with ${store}`, async (test) => {
      const { agent, store, sessions } = await outage(
        test,
        server,
        "continue",
        (req, res) => {
          const failure = sessions.failure(req);
          sendJson(res, failure === undefined ? { user: req.session.userId } : { out: failure.code });
        },
        sync,
      );
      const reply = await agent.get("/");
      assert.deepEqual(reply.json(), { out: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
      assert.equal(reply.headers["cache-control"], "no-store", "half a page is for no cache");
      assert.deepEqual(reply.setCookie, []);
      store.fail("read", undefined);
      assert.deepEqual((await agent.get("/")).json(), { user: "anna" });
    });

    it(`lets no guard send anybody to the login, with ${store}`, async (test) => {
      const guard = requireUser({ redirect: "/login" });
      const { agent } = await outage(
        test,
        server,
        "continue",
        (req, res) => guard(req, res, () => res.end("in")),
        sync,
      );
      const { status, headers } = await agent.get("/", { headers: { accept: "text/html" } });
      assert.deepEqual([status, headers.location], [503, undefined]);
    });
  }

  it("judges each request by what a function says of it", async (test) => {
    const seen: unknown[] = [];
    const judge: SessionOptions["onStoreError"] = (req, error) => {
      seen.push(error.code);
      return req.url?.startsWith("/shop") ? "continue" : "fail";
    };
    const { agent } = await outage(test, server, judge, (_req, res) => res.end("open"));
    assert.equal((await agent.get("/shop/shoes")).text, "open");
    assert.equal((await agent.get("/account")).status, 503);
    assert.deepEqual(seen, Array(2).fill("ERR_HOLDFAST_STORE_UNAVAILABLE"));
  });
});

describe("onStoreError", () => {
  it("counts as fail where the function throws or says nothing, with one warning", async (test) => {
    const answers = [
      () => {
        throw new Error("oops");
      },
      () => "anonymous",
      async () => Promise.reject(new Error("later")),
    ];
    const found = escaped(test);
    for (const answer of answers) {
      const store = new WatchedStore();
      const onStoreError = answer as unknown as NonNullable<SessionOptions["onStoreError"]>;
      const app = await sessionApp(test, { store, onStoreError });
      await app.agent.signIn("anna");
      store.fail("read", new Error("gone"));
      for (let i = 0; i < 2; i++) assert.equal((await app.agent.get("/plain")).status, 503);
      assert.equal(app.warnings.filter((warning) => warning.includes("onStoreError")).length, 1);
    }
    assert.deepEqual(found, []);
  });

  it("leaves alone who has no session", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    store.fail("read", new Error("gone"));
    assert.deepEqual(await app.data(), {});
    assert.deepEqual(store.calls, []);
  });

  it("does not let a request go on past what only somebody can mend", async (test) => {
    const { HoldfastError } = await import("../../src/index.ts");
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, onStoreError: "continue" });
    await app.agent.signIn("anna");
    store.fail("read", new HoldfastError("ERR_HOLDFAST_STORE_REFUSED"));
    assert.equal((await app.agent.get("/plain")).status, 500);
  });
});
