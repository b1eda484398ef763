import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { escaped } from "../support/escaped.ts";
import { replyKinds } from "../support/replies.ts";
import {
  describeServers,
  isExpress,
  type Served,
  type ServerHandler,
  type ServerName,
  serve,
} from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** A browser that is signed in, and a store that can no longer be read. */
async function unreadable(
  test: TestContext,
  server: ServerName,
  sync: boolean,
  handler: ServerHandler,
): Promise<Served & { readonly store: WatchedStore }> {
  const store = new WatchedStore({ sync });
  const served = await serve(test, server, { store, storeTimeout: 30 }, handler);
  await served.agent.signIn("anna");
  store.fail("read", new Error("the disk is gone"));
  return { ...served, store };
}

describeServers("A session that cannot be read", (server) => {
  for (const sync of [true, false]) {
    for (const { name, send } of replyKinds) {
      it(`makes ${name} the outage reply, where the store fails ${sync ? "at once" : "after a while"}`, async (test) => {
        const { agent, store } = await unreadable(test, server, sync, (req, res) => {
          // What an app makes of a session that seems anonymous must not get out.
          res.setHeader("X-User", String(req.session.userId));
          send(res);
        });
        const cookie = agent.cookies.get(NAME);
        const reply = await agent.get("/");
        assert.equal(reply.status, 503);
        assert.doesNotMatch(reply.text, /^("?done"?|f+|.*\/there.*)$/);
        assert.deepEqual(reply.setCookie, []);

        store.fail("read", undefined);
        assert.equal((await agent.get("/")).headers["x-user"], "anna");
        assert.equal(agent.cookies.get(NAME), cookie);
      });
    }
  }

  it("escapes from an async handler as nothing but the reply", async (test) => {
    const found = escaped(test);
    const thrown: unknown[] = [];
    const { agent } = await unreadable(test, server, true, async (req, res) => {
      await null;
      void req.session.userId;
      for (const verb of ["save", "reload", "destroy", "signOut", "regenerate"] as const) {
        await req.session[verb]().catch((error: unknown) => thrown.push(error));
      }
      await req.session.signIn("boris").catch((error) => thrown.push(error));
      await req.session.update(() => {}).catch((error) => thrown.push(error));
      req.session.n = 1;
      res.end("done");
    });
    const reply = await agent.get("/");
    assert.equal(reply.status, 503);
    assert.deepEqual(reply.setCookie, []);
    assert.equal(thrown.length, 7);
    await new Promise(setImmediate);
    assert.deepEqual(found, []);
  });

  it("breaks off a reply whose headers are out", async (test) => {
    const { agent } = await unreadable(test, server, true, (req, res) => {
      res.write("do");
      void req.session.userId;
      res.end("ne");
    });
    await assert.rejects(agent.get("/"), { code: "ECONNRESET" });
  });

  it("is no trouble for a request that does not look at it, or has none", async (test) => {
    const { agent } = await unreadable(test, server, true, (req, res) => {
      if (req.url === "/look") void req.session.userId;
      res.end("done");
    });
    assert.equal((await agent.get("/")).text, "done");
    assert.equal((await agent.newBrowser().get("/look")).text, "done");
  });

  it("stays an outage where a lazy store can only answer later", async (test) => {
    const { agent, store } = await unreadable(test, server, true, (req, res) => {
      res.end(String(req.session.userId));
    });
    store.fail("read", undefined);
    const { release } = store.hold("read");
    const pending = agent.get("/");
    assert.equal((await pending).status, 503);
    release();
    assert.equal((await agent.get("/")).text, "anna");
  });

  if (server === "node:http") {
    it("keeps a request that must wait for it from the handler", async (test) => {
      let handled = 0;
      const { agent } = await unreadable(test, server, false, (_req, res) => {
        handled++;
        res.end("done");
      });
      const reply = await agent.get("/");
      assert.deepEqual([reply.status, reply.headers["retry-after"], handled], [503, "5", 0]);
    });
  } else {
    it("reaches the app's error handler, whose page may use an empty session", async (test) => {
      const { agent, errors } = await unreadable(test, server, false, (_req, res) => {
        if (isExpress(res)) res.json("done");
      });
      const reply = await agent.get("/");
      assert.equal(reply.text, "the app's error page: ERR_HOLDFAST_STORE_UNAVAILABLE");
      assert.equal(errors.length, 1);
    });
  }
});
