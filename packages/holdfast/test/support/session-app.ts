import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import {
  type Session,
  type SessionEvent,
  type SessionOptions,
  type Sessions,
  session,
} from "../../src/index.ts";
import {
  type FakeClock,
  fakeClock,
  type TestAgent,
  type TestReply,
  type TestRequest,
  testAgent,
} from "../../src/testing/index.ts";

/** `req.session` as an app without types of its own sees it. */
export interface AppSession extends Omit<Session, "update"> {
  update(change: (session: AppSession) => unknown): Promise<void>;
  [key: string]: unknown;
}

/** What a request's handler does; its result is the reply's JSON. */
export type Handler = (session: AppSession, req: Request, res: Response) => unknown;

/** A handler that writes this to the session. */
export function set(data: Readonly<Record<string, unknown>>): (session: AppSession) => void {
  return (session) => void Object.assign(session, data);
}

/** The tutorials' visit counter. */
export const countVisits: Handler = (session) => {
  const visits = Number(session.visits ?? 0) + 1;
  session.visits = visits;
  return { visits };
};

/** What the sessions of {@link sessionApp} are made with. */
export interface AppOptions extends SessionOptions {
  /** False: plain HTTP. Default true. */
  readonly https?: boolean;
  /** Called before the middleware is added. */
  readonly prepare?: (app: Express, sessions: Sessions) => void;
}

/** What a request of {@link SessionApp.act} may be told. */
export interface ActOptions extends TestRequest {
  /** The browser that sends it. Default: the app's first. */
  readonly by?: TestAgent;
  /** What stands behind the path. */
  readonly query?: string;
}

export const NAME = "__Host-session";

export const strongSecret = (): string => randomBytes(32).toString("base64url");

/** An Express app whose routes are written where they are requested, on a clock that stands still. */
export class SessionApp {
  readonly sessions: Sessions;
  readonly clock: FakeClock;
  readonly events: SessionEvent[] = [];
  readonly warnings: string[] = [];
  /** What reached the app's error handler. */
  readonly errors: unknown[] = [];
  readonly agent: TestAgent;
  readonly #handlers: Handler[];

  constructor(
    parts: Pick<SessionApp, "sessions" | "clock" | "agent" | "events" | "warnings" | "errors">,
    handlers: Handler[],
  ) {
    this.sessions = parts.sessions;
    this.clock = parts.clock;
    this.agent = parts.agent;
    this.events = parts.events;
    this.warnings = parts.warnings;
    this.errors = parts.errors;
    this.#handlers = handlers;
  }

  /** One request, handled by `handler`. */
  act(handler: Handler, { by = this.agent, query = "", ...request }: ActOptions = {}): Promise<TestReply> {
    const path = `/act/${this.#handlers.push(handler) - 1}${query}`;
    return by.send(path, request);
  }

  /** What the session of `by` holds, seen by a request of its own. */
  async data(by: TestAgent = this.agent): Promise<Record<string, unknown>> {
    const reply = await this.act((session) => session, { by });
    return reply.json() as Record<string, unknown>;
  }

  /** The types of the events so far, in order; then forgets them. */
  takeEvents(): string[] {
    return this.events.splice(0).map(({ type }) => type);
  }

  /** Lets activity be recorded, as it is after a reply. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Starts an app on loopback; it stops after the test. */
export async function sessionApp(
  test: TestContext,
  { https = true, prepare, ...options }: AppOptions = {},
): Promise<SessionApp> {
  const clock = fakeClock();
  const warnings: string[] = [];
  const events: SessionEvent[] = [];
  const errors: unknown[] = [];
  const handlers: Handler[] = [];
  const sessions = session({
    secret: strongSecret(),
    clock,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  sessions.on("*", (event) => events.push(event));
  const app = express();
  prepare?.(app, sessions);
  app.use(sessions);
  app.all("/act/:number", async (req, res) => {
    const result = await handlers[Number.parseInt(req.params.number, 10)]?.(
      req.session as AppSession,
      req,
      res,
    );
    if (!res.headersSent) res.json(result ?? {});
  });
  // A route that never looks at the session.
  app.all("/plain", (_req, res) => void res.send("plain"));
  app.use(
    (
      error: { status?: number; code?: string; message: string },
      _req: Request,
      res: Response,
      _next: NextFunction,
    ) => {
      errors.push(error);
      res.status(error.status ?? 500).json({ code: error.code, message: error.message });
    },
  );
  const agent = await testAgent(app, { sessions, https });
  test.after(async () => {
    await agent.close();
    await sessions.close();
  });
  return new SessionApp({ sessions, clock, agent, events, warnings, errors }, handlers);
}

/** The session cookie of a browser. */
export function cookieOf(agent: TestAgent, name: string = NAME): string {
  const value = agent.cookies.get(name);
  if (value === undefined) throw new Error("the browser has no session cookie");
  return value;
}

/** The handle in a session cookie. */
export const handleIn = (cookie: string): string => cookie.split(".")[1] ?? "";

/** A browser that holds this cookie and no other. */
export function browserWith(app: SessionApp, value: string, name: string = NAME): TestAgent {
  const browser = app.agent.newBrowser();
  browser.cookies.set(name, value);
  return browser;
}

/** The code of the error that `action` ends in. */
export function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "no error",
    (error) => String(Reflect.get(error, "code")),
  );
}

/** Changes the session of the app's browser by another request, while one is running. */
export function meanwhile(app: SessionApp, change: Handler): Promise<TestReply> {
  return app.act(change, { by: browserWith(app, cookieOf(app.agent)) });
}
