import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { it, type TestContext } from "node:test";
import express from "express";
import expressSession from "express-session";
import compat from "../../src/compat/index.ts";
import { type TestAgent, type TestReply, testAgent } from "../../src/testing/agent.ts";

const express4: typeof express = createRequire(import.meta.url)("express4");

/** What both libraries export. */
export type Library = typeof expressSession;

export const libraries: Readonly<Record<"expressSession" | "compat", Library>> = {
  expressSession,
  compat,
};

/** `req.session` as an app without types of its own sees it. */
export interface LegacySession {
  readonly id: string;
  cookie: expressSession.Cookie;
  save(done?: (error?: unknown) => void): LegacySession;
  reload(done: (error?: unknown) => void): LegacySession;
  regenerate(done: (error?: unknown) => void): LegacySession;
  destroy(done?: (error?: unknown) => void): LegacySession;
  touch(): LegacySession;
  [key: string]: unknown;
}

export type LegacyRequest = IncomingMessage & {
  session: LegacySession;
  sessionID: string;
  sessionStore: expressSession.Store;
  secret?: string;
  secure?: boolean;
  originalUrl?: string;
};

export type LegacyHandler = (req: LegacyRequest, res: ServerResponse) => unknown;

/** What the libraries are made with; `secret` is filled in, and what express-session warns of when it is left out. */
export type LegacyOptions = Partial<expressSession.SessionOptions> & { readonly key?: string };

export const SECRET = "keyboard cat";

/** An app on one of the libraries. */
export interface ServedApp {
  readonly agent: TestAgent;
  /** The messages of the errors that the middleware passed on or the handler threw. */
  readonly errors: readonly string[];
}

/** What a request passes through: the drop-in intercepts replies in another way under Express. */
export const legacyServers = {
  "Express 5": (listener) => express().use(listener),
  "Express 4": (listener) => express4().use(listener),
  "node:http": (listener) => listener,
} satisfies Record<string, (listener: RequestListener) => RequestListener>;

export type LegacyServer = keyof typeof legacyServers;

interface Serving {
  /** Default: Express 5. */
  readonly server?: LegacyServer;
  /** True: connections count as TLS. Default false. */
  readonly https?: boolean;
  /** Runs before the middleware. */
  readonly before?: (req: LegacyRequest, res: ServerResponse) => void;
}

/** Starts an app whose every request is handled by `handler`; it stops after the test. */
export async function serveLegacy(
  test: TestContext,
  library: Library,
  options: LegacyOptions,
  handler: LegacyHandler,
  { server = "Express 5", https = false, before }: Serving = {},
): Promise<ServedApp> {
  const errors: string[] = [];
  const sessions = library({ secret: SECRET, resave: false, saveUninitialized: false, ...options });
  const agent = await testAgent(
    legacyServers[server]((incoming, res) => {
      const req = incoming as LegacyRequest;
      const failed = async (error: unknown): Promise<void> => {
        errors.push(error instanceof Error ? error.message : String(error));
        // As Express does: an error page, or an end to a reply that has begun.
        if (!res.headersSent) {
          res.statusCode = 500;
          res.end("the app's error page");
          await settle();
        }
        // Without this a reply that never comes would be waited for.
        if (!res.writableEnded) res.destroy();
      };
      before?.(req, res);
      // @ts-expect-error: both work without Express, their types know only its requests
      sessions(req, res, async (error?: unknown) => {
        if (error) return void failed(error);
        try {
          await handler(req, res);
        } catch (thrown) {
          await failed(thrown);
        }
      });
    }),
    { https },
  );
  test.after(() => agent.close());
  return { agent, errors };
}

/** The outcomes of one scenario on both libraries, one after the other. */
export async function sideBySide<Outcome>(
  scenario: (library: Library) => Promise<Outcome>,
): Promise<{ readonly expressSession: Outcome; readonly compat: Outcome }> {
  return {
    expressSession: await scenario(libraries.expressSession),
    compat: await scenario(libraries.compat),
  };
}

/** Lets everything happen that waits for nothing outside the process. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Status and body of a reply, or the error that came instead: `socket hang up` where none came. */
export function outcomeOf(reply: Promise<TestReply>): Promise<string> {
  return reply.then(
    ({ status, text }) => `${status} ${text}`,
    (error: Error) => error.message,
  );
}

/** The same sentence, told by both libraries: express-session says what is right. */
export function itInBoth(
  sentence: string,
  run: (test: TestContext, library: Library) => Promise<void> | void,
): void {
  for (const [name, library] of Object.entries(libraries))
    it(`${sentence} (${name})`, (test) => run(test, library));
}

/** Stops `Date`; the time passes as it is told to. */
export function stoppedTime(test: TestContext): { readonly pass: (milliseconds: number) => void } {
  test.mock.timers.enable({ apis: ["Date"], now: Date.UTC(2030, 0, 1) });
  return { pass: (milliseconds) => test.mock.timers.tick(milliseconds) };
}

/** What stands behind name and value in each `Set-Cookie` header of a reply. */
export function attributesOf({ setCookie }: TestReply): string[] {
  return setCookie.map((header) => header.split("; ").slice(1).join("; "));
}

/** The session id in a browser's cookie. */
export function idOf(agent: TestAgent, name = "connect.sid"): string {
  return (
    decodeURIComponent(agent.cookies.get(name) ?? "")
      .slice(2)
      .split(".")[0] ?? ""
  );
}
