import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import express from "express";
import { crossOrigin } from "../../../src/defence/index.ts";
import type { Middleware } from "../../../src/express/next.ts";
import { type SessionOptions, type Sessions, session } from "../../../src/index.ts";
import { type TestAgent, testAgent } from "../../../src/testing/index.ts";
import { strongSecret } from "../../support/session-app.ts";

const REFRESH = "/device-bound/refresh";
/** What a browser says of its own refresh: nothing. */
const SILENT = { "sec-fetch-site": undefined, origin: undefined, referer: undefined };

/** The status of a refresh that names no binding: 400 if it gets as far as what answers refreshes. */
async function refreshed(
  test: TestContext,
  checks: readonly (Middleware | Sessions)[],
  first: boolean,
): Promise<number> {
  const bound = session({ secret: strongSecret(), deviceBound: "offer", onWarning: () => {} });
  const app = express();
  app.use(...(first ? [bound, ...checks] : [...checks, bound]));
  app.post("/other", (req, res) => {
    for (const check of checks)
      if ("get" in check) Object.assign((check as Sessions).get(req) ?? {}, { cart: ["tea"] });
    res.send("");
  });
  const agent: TestAgent = await testAgent(app, { sessions: bound });
  test.after(async () => {
    await agent.close();
    await bound.close();
  });
  await agent.signIn("anna");
  await agent.post("/other");
  return (await agent.post(REFRESH, "", { headers: SILENT })).status;
}

describe("The browser's refresh, beside the check against forged requests", () => {
  it("is answered where the bound session comes first", async (test) => {
    assert.equal(await refreshed(test, [crossOrigin()], true), 400);
  });

  it("is refused by another session() before it, unless that exempts it", async (test) => {
    const other = (options: SessionOptions): Sessions => {
      const sessions = session({ secret: strongSecret(), name: "other", onWarning: () => {}, ...options });
      test.after(() => sessions.close());
      return sessions;
    };
    assert.equal(await refreshed(test, [other({})], true), 400);
    assert.equal(await refreshed(test, [other({})], false), 403);
    assert.equal(await refreshed(test, [other({ crossOrigin: { exempt: [REFRESH] } })], false), 400);
  });

  it("is refused where the check comes first, unless that exempts it", async (test) => {
    assert.equal(await refreshed(test, [crossOrigin()], false), 403);
    assert.equal(await refreshed(test, [crossOrigin({ exempt: [REFRESH] })], false), 400);
  });
});
