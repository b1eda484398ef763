/**
 * An app on Express 5 behind a proxy that ends TLS, with the scenarios as its pages.
 *
 * @module
 */
import express from "express";
import type { Contender } from "../contenders/contender.ts";
import { PROFILE_BYTES } from "../profile.ts";
import { login, type Scenario, type SessionRequest, scenarioOf } from "../scenarios.ts";
import { PAGES } from "../served/protocol.ts";

/** @param library - `undefined` for the app without sessions */
export function createApp(library: Contender | undefined): express.Express {
  const app = express();
  app.set("trust proxy", 1);
  if (library !== undefined) app.use(library.middleware);
  const add = (path: string, { method, act, bare }: Scenario): void => {
    const handler = (req: express.Request, res: express.Response): void => {
      const body = library === undefined ? bare(req, PROFILE_BYTES) : act(withSession(req), PROFILE_BYTES);
      res.type("text").send(body);
    };
    if (method === "POST") app.post(path, handler);
    else app.get(path, handler);
  };
  for (const page of PAGES) add(`/${page}`, scenarioOf(page));
  add("/login", login);
  return app;
}

/** The library has put a session on the request. */
function withSession(req: unknown): SessionRequest {
  return req as SessionRequest;
}
