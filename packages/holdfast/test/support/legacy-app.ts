import type { TestContext } from "node:test";
import express from "express";
import expressSession from "express-session";
import { type TestAgent, testAgent } from "../../src/testing/index.ts";
import { type AppOptions, type SessionApp, sessionApp } from "./session-app.ts";

export const LEGACY_NAME = "connect.sid";
export const LEGACY_SECRET = "keyboard cat";

/** What a handler of the old app sees. */
export type OldSession = expressSession.Session & { [key: string]: unknown };
type OldHandler = (session: OldSession, req: express.Request) => unknown;

/** The app as it was, on express-session itself. */
export class LegacyApp {
  readonly store: expressSession.Store;
  readonly agent: TestAgent;
  readonly #handlers: OldHandler[];

  constructor(store: expressSession.Store, agent: TestAgent, handlers: OldHandler[]) {
    this.store = store;
    this.agent = agent;
    this.#handlers = handlers;
  }

  /** One request to the old app; `by`: whose cookies it carries, and into whose jar new ones go. */
  async act(handler: OldHandler, by?: TestAgent): Promise<Record<string, unknown>> {
    const browser = this.agent.newBrowser();
    for (const [name, value] of by?.cookies ?? this.agent.cookies) browser.cookies.set(name, value);
    const reply = await browser.send(`/act/${this.#handlers.push(handler) - 1}`, {});
    const jar = by?.cookies ?? this.agent.cookies;
    jar.clear();
    for (const [name, value] of browser.cookies) jar.set(name, value);
    return reply.json() as Record<string, unknown>;
  }

  /** The cookie of a session that the old app has made, with this data. */
  async cookieWith(data: Readonly<Record<string, unknown>>): Promise<string> {
    const browser = this.agent.newBrowser();
    await this.act((session) => void Object.assign(session, data), browser);
    const value = browser.cookies.get(LEGACY_NAME);
    if (value === undefined) throw new Error("the old app has set no cookie");
    return value;
  }

  /** How many records its store has. */
  async records(): Promise<number> {
    const all = await new Promise<unknown>((resolve, reject) => {
      this.store.all?.((error: unknown, found: unknown) => (error ? reject(error) : resolve(found)));
    });
    return Object.keys(all as object).length;
  }
}

/** Starts the old app on loopback; it stops after the test. */
export async function legacyApp(
  test: TestContext,
  { store = new expressSession.MemoryStore(), ...options }: Partial<expressSession.SessionOptions> = {},
): Promise<LegacyApp> {
  const handlers: OldHandler[] = [];
  const app = express();
  app.use(
    expressSession({
      secret: LEGACY_SECRET,
      resave: false,
      saveUninitialized: false,
      store,
      ...options,
    }),
  );
  app.all("/act/:number", async (req, res) => {
    const result = await handlers[Number.parseInt(req.params.number, 10)]?.(withAnyKey(req.session), req);
    res.json(result ?? {});
  });
  const agent = await testAgent(app);
  test.after(() => agent.close());
  return new LegacyApp(store, agent, handlers);
}

// Its keys are the app's own.
function withAnyKey(session: object): OldSession {
  return session as OldSession;
}

export const UNTIL = "2030-01-01";

/** The new app, which takes over the sessions of the old one. */
export function movingApp(
  test: TestContext,
  old: LegacyApp,
  { migrate, ...options }: Omit<AppOptions, "migrate"> & { readonly migrate?: object } = {},
): Promise<SessionApp> {
  const base = { from: "express-session", secrets: LEGACY_SECRET, store: old.store, until: UNTIL } as const;
  return sessionApp(test, { ...options, migrate: { ...base, ...migrate } });
}

/** A browser of the new app with what the old app has given it, and nothing else. */
export function visitorWith(app: SessionApp, legacy: string): TestAgent {
  const browser = app.agent.newBrowser();
  browser.cookies.set(LEGACY_NAME, legacy);
  return browser;
}
