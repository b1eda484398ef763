/**
 * An app with sessions, and the browser in front of it.
 *
 * @module
 */
import type { TestContext } from "node:test";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";
import { type TestAgent, testAgent } from "holdfast/testing";
import type { SessionChoices, StartedSessions } from "./session-apis.ts";
import type { Setting } from "./settings.ts";

export interface RunningApp {
  readonly browser: TestAgent;
  /** Types of the events so far; none where the API has no events. */
  readonly events: readonly string[];
}

/**
 * Starts an app with sessions, a parser of JSON and whatever `build` adds; it ends with the test.
 *
 * @param choices - `before`: middleware in front of the sessions
 */
export async function appWith(
  test: TestContext,
  { api, express }: Setting,
  build: (app: Express, sessions: StartedSessions) => void,
  { before, ...choices }: SessionChoices & { readonly before?: RequestHandler } = {},
): Promise<RunningApp> {
  const sessions = api.start(choices);
  const app = express();
  if (before !== undefined) app.use(before);
  app.use(sessions.middleware, express.json());
  build(app, sessions);
  app.use(tellError);
  const browser = await testAgent(app);
  test.after(async () => {
    await browser.close();
    await sessions.close();
  });
  return { browser, events: sessions.events };
}

const tellError: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ error: error.message, code: error.code });
};

/** The session cookie that a browser holds, as a `Cookie` header has it; `""` if it has none. */
export function cookieOf({ cookies }: TestAgent): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

/** Another browser that has got hold of a session cookie. */
export function browserWith(browser: TestAgent, cookie: string): TestAgent {
  const another = browser.newBrowser();
  const at = cookie.indexOf("=");
  another.cookies.set(cookie.slice(0, at), cookie.slice(at + 1));
  return another;
}
