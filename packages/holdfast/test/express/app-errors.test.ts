import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it, type TestContext } from "node:test";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import { type AppSession, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const express4: typeof express = createRequire(import.meta.url)("express4");

const handlers: Readonly<Record<string, RequestHandler>> = {
  "next(error)": (req, _res, next) => {
    dataOf(req).n = 1;
    next(new Error("the app's own"));
  },
  "next(error), later": async (req, _res, next) => {
    dataOf(req).n = 1;
    await new Promise(setImmediate);
    next(new Error("the app's own"));
  },
  "an exception": (req) => {
    dataOf(req).n = 1;
    throw new Error("the app's own");
  },
};

for (const [version, make] of [
  ["Express 5", express],
  ["Express 4", express4],
] as const) {
  for (const sync of [true, false]) {
    describe(`An error of the app's own, on ${version}, where the store answers ${sync ? "at once" : "later"}`, () => {
      for (const [name, handler] of Object.entries(handlers)) {
        it(`${name}: its page carries the session that was changed before, and what the page adds`, async (test) => {
          const store = new WatchedStore({ sync });
          const page: ErrorRequestHandler = (error, req, res, _next) => {
            dataOf(req).seen = error.message;
            res.status(500).send("sorry");
          };
          const agent = await start(test, make, store, handler, page);
          const reply = await agent.get("/");
          assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [500, "sorry", 1]);
          assert.equal((await agent.get("/read")).text, '{"n":1,"seen":"the app\'s own"}');
        });

        it(`${name}: if the page's save fails, Express's own page takes its place`, async (test) => {
          const store = new WatchedStore({ sync });
          store.fail("create", new Error("the disk is gone"));
          const errors: unknown[] = [];
          const page: ErrorRequestHandler = (error, req, res, _next) => {
            errors.push(error.message);
            dataOf(req).seen = true;
            res.status(200).send("sorry");
          };
          const agent = await start(test, make, store, handler, page);
          const reply = await agent.get("/");
          assert.deepEqual([reply.status, reply.setCookie], [503, []]);
          assert.doesNotMatch(reply.text, /sorry|the disk is gone/);
          assert.deepEqual(errors, ["the app's own"]);
        });
      }

      it("without a handler of the app's, Express's own page does the same", async (test) => {
        const store = new WatchedStore({ sync });
        const agent = await start(test, make, store, handlers["an exception"] as RequestHandler);
        const reply = await agent.get("/");
        assert.deepEqual([reply.status, reply.setCookie.length], [500, 1]);
        store.fail("create", new Error("the disk is gone"));
        const failed = await agent.newBrowser().get("/");
        assert.deepEqual([failed.status, failed.headers["retry-after"], failed.setCookie], [503, "5", []]);
        assert.doesNotMatch(failed.text, /the disk is gone/);
      });

      it("an error handler that fails too still ends in an error reply", async (test) => {
        const store = new WatchedStore({ sync });
        store.fail("create", new Error("the disk is gone"));
        const agent = await start(test, make, store, handlers["next(error)"] as RequestHandler, () => {
          throw new Error("and another");
        });
        assert.ok((await agent.get("/")).status >= 500);
      });
    });
  }
}

async function start(
  test: TestContext,
  make: typeof express,
  store: WatchedStore,
  handler: RequestHandler,
  page?: ErrorRequestHandler,
): Promise<TestAgent> {
  const app = make();
  // Express writes errors that no handler takes to the console.
  app.set("env", "test");
  app.use(session({ secret: strongSecret(), store }));
  app.get("/read", (req, res) => void res.json(req.session));
  app.use(handler);
  if (page !== undefined) app.use(page);
  const agent = await testAgent(app);
  test.after(() => agent.close());
  return agent;
}

function dataOf(req: { readonly session: unknown }): AppSession {
  return req.session as AppSession;
}
