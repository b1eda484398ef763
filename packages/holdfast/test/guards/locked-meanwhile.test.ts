import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireUser } from "../../src/guards/index.ts";
import { sessionApp } from "../support/session-app.ts";

describe("a guard on a request whose session has locked meanwhile", () => {
  it("and one that finds the session locked says so", async (test) => {
    const app = await sessionApp(test, { onIdle: "lock" });
    await app.agent.signIn("anna");
    const reply = await app.act(async (session, req, res) => {
      void session.userId;
      app.clock.advance("31m");
      requireUser()(req, res, () => void res.send("in"));
      await new Promise((resolve) => res.on("close", resolve));
    });
    assert.equal((reply.json() as { error: { code: string } }).error.code, "ERR_HOLDFAST_SESSION_LOCKED");
  });
});
