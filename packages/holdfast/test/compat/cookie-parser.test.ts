import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";

import express from "express";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import { cookieParser } from "../support/cookie-parser.ts";
import { itInBoth, type LegacyRequest, type Library, SECRET } from "../support/side-by-side.ts";

/** An Express app that counts visits, behind cookie-parser. */
async function start(
  test: TestContext,
  library: Library,
  { parserSecret, secret, header }: { parserSecret?: string; secret?: string; header?: string | null },
): Promise<TestAgent> {
  const app = express();
  app.use(cookieParser(parserSecret));
  app.use((req, _res, next) => {
    // Something between the two has touched the header: what cookie-parser has read is all there is.
    if (header === null) delete req.headers.cookie;
    else if (header !== undefined) req.headers.cookie = header;
    next();
  });
  app.use(library({ secret: secret as string, resave: false, saveUninitialized: false }));
  app.use((req, res) => {
    const { session } = req as unknown as LegacyRequest;
    session.visits = Number(session.visits ?? 0) + 1;
    res.send(String(session.visits));
  });
  app.use((error: Error, _req: unknown, res: express.Response, _next: unknown) => {
    res.status(500).send(error.message);
  });
  const agent = await testAgent(app, { https: false });
  test.after(() => agent.close());
  return agent;
}

describe("Beside cookie-parser", () => {
  itInBoth("the cookie is read from the header", async (test, library) => {
    const agent = await start(test, library, { parserSecret: SECRET, secret: SECRET });
    await agent.get("/");
    assert.equal((await agent.get("/")).text, "2");
  });

  itInBoth("the parser's secret will do", async (test, library) => {
    const agent = await start(test, library, { parserSecret: SECRET });
    await agent.get("/");
    assert.equal((await agent.get("/")).text, "2");
  });

  itInBoth("no secret anywhere is an error", async (test, library) => {
    const agent = await start(test, library, {});
    const { status, text } = await agent.get("/");
    assert.deepEqual([status, text], [500, "secret option required for sessions"]);
  });

  for (const header of [null, "other=1"]) {
    itInBoth(`req.cookies will do where the header is ${header}`, async (test, library) => {
      const agent = await start(test, library, { secret: SECRET, header });
      await agent.get("/");
      assert.equal((await agent.get("/")).text, "2");
    });

    itInBoth(`req.signedCookies will do where the header is ${header}`, async (test, library) => {
      const agent = await start(test, library, { parserSecret: SECRET, secret: SECRET, header });
      await agent.get("/");
      assert.equal((await agent.get("/")).text, "2");
    });

    itInBoth(
      `unsigned and forged ones count for nothing where the header is ${header}`,
      async (test, library) => {
        for (const parserSecret of [undefined, SECRET]) {
          const agent = await start(test, library, {
            secret: SECRET,
            header,
            ...(parserSecret !== undefined && { parserSecret }),
          });
          await agent.get("/");
          const genuine = agent.cookies.get("connect.sid") ?? "";
          const id = decodeURIComponent(genuine).slice(2).split(".")[0] ?? "";
          for (const value of [id, `s%3A${id}`, `s%3A${id}.forged`, genuine.replace(/....$/, "")]) {
            const thief = agent.newBrowser();
            thief.cookies.set("connect.sid", value);
            assert.equal((await thief.get("/")).text, "1", value);
          }
        }
      },
    );
  }
});
