import assert from "node:assert/strict";
import { describe, it } from "node:test";

import express from "express";
import { testAgent } from "../../../src/testing/agent.ts";
import { cookieParser } from "../../support/cookie-parser.ts";
import { SECRET, sideBySide } from "../../support/side-by-side.ts";

describe("A cookie that cookie-parser takes for JSON", () => {
  it("is no session cookie, and no error", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const app = express();
      app.use(cookieParser());
      app.use(library({ secret: SECRET, resave: false, saveUninitialized: false }));
      app.use((req, res) => void res.send(typeof req.session));
      app.use((error: Error, _req: unknown, res: express.Response, _next: unknown) => {
        res.status(500).send(error.message);
      });
      const agent = await testAgent(app, { https: false });
      test.after(() => agent.close());
      const replies: string[] = [];
      for (const json of ['{"a":1}', "[1]", "7", "true"]) {
        agent.cookies.set("connect.sid", `j:${encodeURIComponent(json)}`);
        const { status, text } = await agent.get("/");
        replies.push(`${status} ${text}`);
      }
      return replies;
    });
    assert.deepEqual(outcome.expressSession, Array(4).fill("500 raw.substr is not a function"));
    assert.deepEqual(outcome.compat, Array(4).fill("200 object"));
  });
});
