import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express, { type NextFunction, type Request, type Response } from "express";
import { session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/index.ts";
import { type AppSession, strongSecret } from "../support/session-app.ts";

const acts: Record<string, (session: AppSession) => unknown> = {
  "its reply": (session) => {
    session.late = 1;
  },
  "save()": (session) => {
    session.late = 1;
    return session.save();
  },
  "update()": (session) => session.update((s) => Object.assign(s, { late: 1 })),
};

describe("a request whose session ended meanwhile", () => {
  for (const [what, act] of Object.entries(acts)) {
    it(`and which learns it at ${what} has an empty session for its error page, from which nothing is saved`, async (test) => {
      const sessions = session({ secret: strongSecret(), onSuperseded: "fail" });
      const app = express();
      app.use(sessions);
      app.get("/", async (req, res) => {
        const mine = req.session as unknown as AppSession;
        assert.equal(mine.userId, "anna");
        await sessions.revokeUser("anna");
        await act(mine);
        res.send("done");
      });
      app.use(
        async (error: { status: number; code: string }, req: Request, res: Response, _next: NextFunction) => {
          // As an error page does that greets whoever is signed in.
          const seen = req.session as unknown as AppSession;
          const greeting = `Hello ${seen.userId ?? "stranger"}`;
          seen.errors = 1;
          const codes = await Promise.all(
            [seen.save(), seen.reload(), seen.signIn("anna"), seen.update(() => {})].map((verb) =>
              verb.then(
                () => "no error",
                (refusal) => refusal.code,
              ),
            ),
          );
          res.status(error.status).send(`${error.code}: ${greeting}, ${[...new Set(codes)]}`);
        },
      );
      const agent = await testAgent(app, { sessions });
      test.after(() => agent.close());
      test.after(() => sessions.close());
      await agent.signIn("anna");
      const reply = await agent.get("/");
      const code = what === "update()" ? "ERR_HOLDFAST_SESSION_ENDED" : "ERR_HOLDFAST_SUPERSEDED";
      assert.deepEqual(
        [reply.status, reply.text],
        [409, `${code}: Hello stranger, ERR_HOLDFAST_SESSION_ENDED`],
      );
      assert.deepEqual(reply.setCookie, []);
      assert.deepEqual(await sessions.list("anna"), []);
    });
  }
});
