import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express, { type NextFunction, type Request, type Response } from "express";
import { HoldfastError, session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/agent.ts";
import { head, rawExchange } from "../support/raw.ts";
import { replyKinds } from "../support/replies.ts";
import { describeServers, serve, serverNames } from "../support/servers.ts";
import { strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const REFUSAL = "The session store did not answer. Try again in a moment.\n";

const troubles: Readonly<Record<string, () => WatchedStore>> = {
  "fails at once": () => failing(true),
  "fails after a while": () => failing(false),
  "never answers": () => {
    const store = new WatchedStore();
    store.hold("create");
    return store;
  },
};

describeServers("A reply whose save failed is an error", (server) => {
  for (const [trouble, open] of Object.entries(troubles)) {
    for (const { name, send, whole } of replyKinds) {
      it(`${name}, where the store ${trouble}`, async (test) => {
        const { agent, errors, events } = await serve(
          test,
          server,
          { store: open(), storeTimeout: 30 },
          (req, res) => {
            req.session.n = 1;
            res.setHeader("Set-Cookie", "app=1");
            res.setHeader("Content-Security-Policy", "default-src 'self'");
            send(res);
          },
        );

        const reply = await agent.get("/");
        assert.equal(reply.status, 503);
        assert.deepEqual(reply.setCookie, []);
        assert.equal(reply.headers.location, undefined);
        assert.equal(reply.headers["content-security-policy"], "default-src 'self'");
        assert.equal(Number(reply.headers["content-length"]), Buffer.byteLength(reply.text));
        // What has been held back together with its end is a whole reply as well.
        const complete = whole || (trouble !== "fails at once" && name !== "a file");
        if (complete && server !== "node:http") {
          assert.equal(reply.text, "the app's error page: ERR_HOLDFAST_STORE_UNAVAILABLE");
          assert.equal(errors.length, 1);
        } else {
          assert.match(reply.text, /^The session store did not answer/);
          assert.equal(reply.headers["retry-after"], "5");
          assert.equal(reply.headers["cache-control"], "no-store");
          assert.equal(errors.length, 0);
        }
        assert.deepEqual(
          events.map(({ type }) => type),
          ["store_error"],
        );
      });
    }
  }
});

describe("After a failed save", () => {
  for (const server of serverNames) {
    it(`what the handler still sends does not become a success reply, on ${server}`, async (test) => {
      const { agent } = await serve(test, server, { store: failing(true) }, (req, res) => {
        req.session.n = 1;
        res.end("done").end();
        res.write("more");
        res.flushHeaders();
        res.end("and more");
      });

      const reply = await agent.get("/");
      assert.equal(reply.status, 503);
      assert.doesNotMatch(reply.text, /done|more/);
    });

    it(`HEAD is answered with the status of the error, on ${server}`, async (test) => {
      const { agent } = await serve(test, server, { store: failing(false) }, (req, res) => {
        req.session.n = 1;
        res.end("done");
      });

      const reply = await agent.send("/", { method: "HEAD" });
      assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [503, "", 0]);
    });
  }

  it("an error page that forgets its status is no success, and keeps no status text of the lost reply", async (test) => {
    const sessions = session({ secret: strongSecret(), store: failing(false) });
    const app = express();
    app.use(sessions);
    app.get("/", (req, res) => {
      Object.assign(req.session, { n: 1 });
      res.statusMessage = "All is well";
      res.status(201).send("done");
    });
    app.use((_: unknown, __: Request, res: Response, ___: NextFunction) => void res.send("Something broke"));
    const agent = await testAgent(app);
    test.after(() => agent.close());

    const answer = await rawExchange(agent.port, head("GET / HTTP/1.1", { Connection: "close" }));
    assert.match(answer, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    assert.match(answer, /Something broke$/);
  });

  it("the connection serves the next request", async (test) => {
    const store = failing(false);
    const { agent } = await serve(test, "node:http", { store }, (req, res) => {
      req.session.n = 1;
      res.write("done");
      res.end();
    });
    assert.equal((await agent.get("/")).text, REFUSAL);
    store.fail("create", undefined);
    assert.equal((await agent.get("/")).text, "done");
  });

  it("the app learns which error it was, with the store's own as its cause", async (test) => {
    const { agent, errors } = await serve(test, "Express 5", { store: failing(true) }, (req, res) => {
      req.session.n = 1;
      res.end("done");
    });
    await agent.get("/");
    const [error] = errors;
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
    assert.equal((error.cause as Error).message, "the disk is gone");
  });
});

function failing(sync: boolean): WatchedStore {
  const store = new WatchedStore({ sync });
  store.fail("create", new Error("the disk is gone"));
  return store;
}
