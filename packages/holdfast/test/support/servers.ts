import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { describe, type TestContext } from "node:test";
import express, { type NextFunction, type Request, type Response } from "express";
import { type SessionEvent, type SessionOptions, type Sessions, session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import { type AppSession, strongSecret } from "./session-app.ts";

const express4: typeof express = createRequire(import.meta.url)("express4");

export type AppRequest = IncomingMessage & { session: AppSession };

/** A handler that runs on every kind of server. */
export type ServerHandler = (req: AppRequest, res: ServerResponse) => unknown;

type Mount = (sessions: Sessions, handler: ServerHandler, errors: unknown[]) => RequestListener;

const mounts = {
  "Express 5": mountOn(express),
  "Express 4": mountOn(express4),
  "node:http": (sessions, handler) => (req, res) =>
    sessions(req, res, () => void handler(req as AppRequest, res)),
} satisfies Record<string, Mount>;

export type ServerName = keyof typeof mounts;

export const serverNames: readonly ServerName[] = ["Express 5", "Express 4", "node:http"];

/** The same tests on Express 5, Express 4 and bare `node:http`. */
export function describeServers(name: string, body: (server: ServerName) => void): void {
  for (const server of serverNames) describe(`${name}, on ${server}`, () => body(server));
}

/** What a test has of the server it started. */
export interface Served {
  readonly agent: TestAgent;
  readonly sessions: Sessions;
  readonly events: readonly SessionEvent[];
  /** What reached the Express app's error handler. */
  readonly errors: readonly unknown[];
}

/** Starts a server whose every request is handled by `handler`; it stops after the test. */
export async function serve(
  test: TestContext,
  server: ServerName,
  options: SessionOptions,
  handler: ServerHandler,
): Promise<Served> {
  const events: SessionEvent[] = [];
  const errors: unknown[] = [];
  const sessions = session({ secret: strongSecret(), onWarning: () => {}, ...options });
  sessions.on("*", (event) => events.push(event));
  const agent = await testAgent(mounts[server](sessions, handler, errors), { sessions });
  test.after(() => agent.close());
  return { agent, sessions, events, errors };
}

/** Replies with JSON on every kind of server. */
export function sendJson(res: ServerResponse, value: unknown): void {
  if (isExpress(res)) return void res.json(value);
  res.setHeader("Content-Type", "application/json");
  res.end(JSON.stringify(value));
}

export function isExpress(res: ServerResponse): res is Response {
  return "json" in res;
}

function mountOn(make: typeof express): Mount {
  return (sessions, handler, errors) => {
    const app = make();
    app.use(sessions);
    app.use((req: Request, res: Response) => handler(req as unknown as AppRequest, res));
    app.use((error: { status?: number; code?: string }, _: Request, res: Response, __: NextFunction) => {
      errors.push(error);
      res.status(error.status ?? 500).send(`the app's error page: ${error.code}`);
    });
    return app;
  };
}
