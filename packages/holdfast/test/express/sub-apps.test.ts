import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import { session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/agent.ts";
import { strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const express4: typeof express = createRequire(import.meta.url)("express4");

interface Parts {
  readonly make: typeof express;
  readonly sessions: RequestHandler;
  readonly count: RequestHandler;
}

/** Ways in which the session and the handler that uses it can be in different apps. */
const layouts: Readonly<Record<string, (parts: Parts) => Express>> = {
  "the session in the app, the handler in a mounted sub-app": ({ make, sessions, count }) => {
    const [app, sub] = [make(), make()];
    sub.use(count);
    return app.use(sessions).use("/sub", sub);
  },
  "the session in the app, the handler in a sub-app of a sub-app": ({ make, sessions, count }) => {
    const [app, middle, sub] = [make(), make(), make()];
    sub.use(count);
    middle.use(sub);
    return app.use(sessions).use(middle);
  },
  "the session in a mounted sub-app, the handler after it in the app": ({ make, sessions, count }) => {
    const [app, sub] = [make(), make()];
    sub.use(sessions);
    return app.use(sub).use(count);
  },
  "the session in the app, the handler in a sub-app behind a router": ({ make, sessions, count }) => {
    const [app, sub, router] = [make(), make(), make.Router()];
    sub.use(count);
    router.use(sub);
    return app.use(sessions).use(router);
  },
  "the session in the app, the handler in a sub-app that a handler calls, as vhost does": ({
    make,
    sessions,
    count,
  }) => {
    const [app, sub] = [make(), make()];
    sub.use(count);
    return app.use(sessions).use((req, res, next) => sub(req, res, next));
  },
  "the session in a sub-app that a handler calls, the handler after it in the app": ({
    make,
    sessions,
    count,
  }) => {
    const [app, sub] = [make(), make()];
    sub.use(sessions);
    return app.use((req, res, next) => sub(req, res, next)).use(count);
  },
  "the session in a router": ({ make, sessions, count }) => {
    const router = make.Router();
    router.use(sessions);
    router.get("/sub", count);
    return make().use(router);
  },
  "the session on one route": ({ make, sessions, count }) => make().get("/sub", sessions, count),
  "the session in an app created before another one that uses none": ({ make, sessions, count }) => {
    const app = make().use(sessions).use(count);
    make().use(count);
    return app;
  },
};

for (const [version, make] of [
  ["Express 5", express],
  ["Express 4", express4],
] as const) {
  for (const [layout, mount] of Object.entries(layouts)) {
    describe(`With ${layout}, on ${version}`, () => {
      for (const sync of [true, false]) {
        const when = sync ? "at once" : "after a while";
        it(`the session is loaded, saved and sent, from the first request on, where the store answers ${when}`, async (test) => {
          const store = new WatchedStore({ sync });
          const sessions = session({ secret: strongSecret(), store });
          const agent = await testAgent(mount({ make, sessions, count }));
          test.after(() => agent.close());
          for (let i = 1; i <= 3; i++) {
            const reply = await agent.get("/sub");
            assert.deepEqual(
              [reply.status, reply.text, reply.setCookie.length],
              [200, `n is ${i}`, i === 1 ? 1 : 0],
            );
          }
          assert.equal(store.calls.filter((call) => call === "create").length, 1);
        });

        it(`a save that fails ${when} is an error, whoever replies`, async (test) => {
          const store = new WatchedStore({ sync });
          const sessions = session({ secret: strongSecret(), store });
          const app = mount({ make, sessions, count });
          app.use((_: unknown, __: Request, res: Response, next: NextFunction) => {
            if (res.headersSent) next();
            else res.status(503).send("sorry");
          });
          const agent = await testAgent(app);
          test.after(() => agent.close());
          store.fail("create", new Error("the disk is gone"));
          for (const path of ["/sub", "/sub?stream"]) {
            const reply = await agent.get(path);
            assert.deepEqual([reply.status, reply.setCookie], [503, []]);
          }
          store.fail("create", undefined);
          assert.equal((await agent.get("/sub?stream")).text, "n is 1");
        });
      }
    });
  }
}

function count(req: Request, res: Response): void {
  const data = req.session as unknown as { n?: number };
  data.n = (data.n ?? 0) + 1;
  if (!req.originalUrl.endsWith("?stream")) res.send(`n is ${data.n}`);
  else {
    res.write("n is ");
    res.end(String(data.n));
  }
}
