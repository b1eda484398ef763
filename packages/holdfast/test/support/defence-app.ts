import type { TestContext } from "node:test";
import express, { type ErrorRequestHandler, type Express } from "express";
import { type SessionEvent, type SessionOptions, type Sessions, session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/index.ts";
import { strongSecret } from "./session-app.ts";

export interface DefenceApp {
  readonly agent: TestAgent;
  readonly sessions: Sessions;
  readonly events: SessionEvent[];
  /** Requests that reached a route. */
  readonly handled: string[];
}

/** An app of `session()` and what `add` puts behind it; everything that gets through is answered with 200. */
export async function defenceApp(
  test: TestContext,
  add: (app: Express, sessions: Sessions) => void,
  options: SessionOptions = {},
): Promise<DefenceApp> {
  const sessions = session({ secret: strongSecret(), onWarning: () => {}, ...options });
  const events: SessionEvent[] = [];
  const handled: string[] = [];
  sessions.on("*", (event) => events.push(event));
  const app = express();
  app.use(sessions);
  add(app, sessions);
  app.use((req, res) => {
    handled.push(`${req.method} ${req.path}`);
    res.json({});
  });
  const answer: ErrorRequestHandler = (error, _req, res, _next) => {
    res.status(error.status ?? 500).json({ code: error.code, message: error.message });
  };
  app.use(answer);
  const agent = await testAgent(app, { sessions });
  test.after(async () => {
    await agent.close();
    await sessions.close();
  });
  return { agent, sessions, events, handled };
}

/** The code in an error's reply. */
export function codeIn(reply: { json(): unknown }): unknown {
  return Reflect.get(Object(reply.json()), "code");
}
