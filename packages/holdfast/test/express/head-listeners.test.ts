import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WatchedStore } from "../support/watched-store.ts";
import { dataOf, layouts, start } from "../support/wrapped-apps.ts";
import { onHeaders, type Wrapper } from "../support/wrappers.ts";

const countInHead: Wrapper = (req, res, next) => {
  onHeaders(res, () => {
    dataOf(req).n = 1;
  });
  next();
};

describe("A listener that looks at the session just before the head is written", () => {
  // One that stands before the session looks at it when it has been saved.
  for (const [where, mount] of Object.entries(layouts).filter(([name]) => name.startsWith("after"))) {
    it(`may change it, ${where}`, async (test) => {
      const { agent } = await start(
        test,
        mount,
        new WatchedStore({ sync: true }),
        countInHead,
        (_req, res) => {
          res.end("done");
        },
      );
      const reply = await agent.get("/");
      assert.deepEqual([reply.text, reply.setCookie.length], ["done", 1]);
      assert.equal((await agent.get("/")).setCookie.length, 0);
    });

    it(`breaks the reply off if that cannot be saved at once, ${where}`, async (test) => {
      const store = new WatchedStore({ sync: true });
      const { agent } = await start(test, mount, store, countInHead, (_req, res) => void res.end("done"));
      store.fail("create", new Error("the disk is gone"));
      await assert.rejects(agent.get("/"), { code: "ECONNRESET" });
      store.fail("create", undefined);
      const { reached, release } = store.hold("create");
      await assert.rejects(agent.get("/"), { code: "ECONNRESET" });
      await reached;
      release();
      assert.equal((await agent.get("/")).status, 200);
    });
  }
});

describe("A listener that was there before the session, and for the very first request", () => {
  for (const [where, mount] of Object.entries(layouts)) {
    it(`does not hide an explicit writeHead, ${where}`, async (test) => {
      const watch: Wrapper = (_req, res, next) => {
        onHeaders(res, () => res.setHeader("X-Watched", "1"));
        next();
      };
      const { agent } = await start(test, mount, new WatchedStore({ sync: true }), watch, (req, res) => {
        dataOf(req).n = 1;
        res.writeHead(201, { "X-Own": "1" });
        res.end("done");
      });
      for (const browser of [agent, agent.newBrowser()]) {
        const { status, headers, setCookie } = await browser.get("/");
        assert.deepEqual(
          [status, headers["x-watched"], headers["x-own"], setCookie.length],
          [201, "1", "1", 1],
        );
      }
    });
  }
});
