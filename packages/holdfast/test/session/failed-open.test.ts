import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express, { type NextFunction, type Request, type Response } from "express";
import { session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/index.ts";
import { type AppSession, sessionApp, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

describe("a session that the store cannot read", () => {
  it("is a 503, never a silent anonymous visit, and the session lives on", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const app = await sessionApp(test, { store });
      await app.agent.signIn("anna");
      store.fail("read", new Error("gone"));
      const reply = await app.act((session) => ({ user: session.userId ?? "nobody" }));
      assert.equal(reply.status, 503);
      assert.deepEqual(reply.setCookie, []);
      assert.equal(reply.text.includes("nobody"), false);
      store.fail("read", undefined);
      assert.equal((await app.data()).userId, "anna");
    }
  });

  it("keeps every promise it cannot keep to itself: an error page's save, sign-in or sign-out fails too", async (test) => {
    const store = new WatchedStore();
    const sessions = session({ secret: strongSecret(), store, onWarning: () => {} });
    const codes: string[] = [];
    const app = express();
    app.use(sessions);
    app.use(async (_error: unknown, req: Request, res: Response, _next: NextFunction) => {
      const broken = req.session as AppSession;
      broken.note = "from the error page";
      for (const act of [
        () => broken.save(),
        () => broken.signIn("bert"),
        () => broken.signOut(),
        () => broken.regenerate(),
        () => broken.update(() => {}),
        () => broken.reload(),
        () => broken.destroy(),
      ]) {
        codes.push(
          await act().then(
            () => "no error",
            (error) => Reflect.get(error, "code"),
          ),
        );
      }
      res.status(503).send("Please try again.");
    });
    const agent = await testAgent(app, { sessions });
    test.after(() => agent.close());
    test.after(() => sessions.close());
    await agent.signIn("anna");
    store.fail("read", new Error("gone"));
    const reply = await agent.get("/");
    assert.deepEqual([reply.status, reply.text, reply.setCookie], [503, "Please try again.", []]);
    assert.deepEqual([...new Set(codes)], ["ERR_HOLDFAST_STORE_UNAVAILABLE"]);
    store.fail("read", undefined);
    assert.equal((await sessions.list("anna")).length, 1);
    assert.equal((await sessions.list("bert")).length, 0);
  });

  it("of a store that never answers is a 503 within the deadline", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, storeTimeout: 50 });
    await app.agent.signIn("anna");
    const { release } = store.hold("read");
    const started = performance.now();
    assert.equal((await app.act((session) => session)).status, 503);
    assert.equal((await app.act((session) => session)).status, 200, "the next one is answered");
    assert.ok(performance.now() - started < 5000);
    release();
    assert.deepEqual(
      app.errors.map((error) => Reflect.get(error as object, "code")),
      ["ERR_HOLDFAST_STORE_UNAVAILABLE"],
    );
  });
});
