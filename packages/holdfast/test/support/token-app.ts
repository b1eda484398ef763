import type { TestContext } from "node:test";
import express, { type Express } from "express";
import { type RequireCsrfTokenOptions, requireCsrfToken } from "../../src/defence/index.ts";
import type { SessionOptions } from "../../src/index.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { type DefenceApp, defenceApp } from "./defence-app.ts";

export const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** `GET /form` replies with a token; sign-in and sign-out need one. */
export function tokenApp(
  test: TestContext,
  options: RequireCsrfTokenOptions = {},
  sessionOptions: SessionOptions = {},
  more: (app: Express) => void = () => {},
): Promise<DefenceApp> {
  return defenceApp(
    test,
    (app) => {
      app.use(express.urlencoded({ extended: true }), express.json(), requireCsrfToken(options));
      app.get("/form", (req, res) => void res.send(req.csrfToken()));
      app.post("/login", async (req, res) => {
        await req.session.signIn("anna");
        res.send(req.csrfToken());
      });
      app.post("/logout", async (req, res) => {
        await req.session.signOut();
        res.send(req.csrfToken());
      });
      more(app);
    },
    sessionOptions,
  );
}

export const tokenFor = async (agent: TestAgent): Promise<string> => (await agent.get("/form")).text;

export async function sends(agent: TestAgent, token: string | undefined): Promise<number> {
  return (await agent.post("/", "a=1", { headers: { ...FORM, "x-csrf-token": token } })).status;
}
