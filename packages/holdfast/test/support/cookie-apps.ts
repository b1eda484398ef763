import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import express, { type RequestHandler } from "express";
import { getIronSession } from "iron-session";
import type { SessionOptions } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/index.ts";
import { type AppOptions, type SessionApp, sessionApp } from "./session-app.ts";

/** Its types give every `req.session` of the project another shape. */
const cookieSession: (options: object) => RequestHandler = createRequire(import.meta.url)("cookie-session");

export const LEGACY_NAME = "old";
export const UNTIL = "2030-01-01";

type Data = Readonly<Record<string, unknown>>;
type Migrate = NonNullable<SessionOptions["migrate"]>;

/** An app as it was, whose sessions are in cookies. */
export interface CookieApp {
  /** The cookies that a browser gets from it with this data. */
  cookiesWith(data: Data): Promise<Map<string, string>>;
  /** What the new app must be told to take them over. */
  readonly migrate: Migrate;
}

/** Starts such an app on loopback, on the real package; it stops after the test. */
export type OpenCookieApp = (test: TestContext, options?: object) => Promise<CookieApp>;

export const openCookieSession: OpenCookieApp = async (test, options = {}) => {
  const secret = randomBytes(24).toString("base64url");
  const visit = await visiting(test, (app, data) => {
    app.use(cookieSession({ name: LEGACY_NAME, keys: [secret], ...options }));
    app.get("/", (req, res) => {
      Object.assign(req, { session: data() });
      res.end();
    });
  });
  return {
    cookiesWith: visit,
    migrate: { from: "cookie-session", name: LEGACY_NAME, secrets: secret, until: UNTIL },
  };
};

export const openIronSession: OpenCookieApp = async (test, options = {}) => {
  const password = randomBytes(24).toString("base64url");
  const all = { cookieName: LEGACY_NAME, password, cookieOptions: { secure: false }, ...options };
  const visit = await visiting(test, (app, data) => {
    app.get("/", async (req, res) => {
      const session = await getIronSession<Record<string, unknown>>(req, res, all);
      Object.assign(session, data());
      await session.save();
      res.end();
    });
  });
  return {
    cookiesWith: visit,
    migrate: { from: "iron-session", name: LEGACY_NAME, secrets: password, until: UNTIL },
  };
};

async function visiting(
  test: TestContext,
  prepare: (app: express.Express, data: () => Data) => void,
): Promise<CookieApp["cookiesWith"]> {
  let next: Data = {};
  const app = express();
  prepare(app, () => next);
  const agent = await testAgent(app);
  test.after(() => agent.close());
  return async (data) => {
    next = data;
    const browser = agent.newBrowser();
    await browser.send("/", {});
    if (browser.cookies.size === 0) throw new Error("the old app has set no cookie");
    return browser.cookies;
  };
}

/** The new app, which takes over the sessions of the old one. */
export function movingFrom(
  test: TestContext,
  { migrate }: CookieApp,
  { changes, ...options }: AppOptions & { readonly changes?: object } = {},
): Promise<SessionApp> {
  return sessionApp(test, { ...options, migrate: { ...migrate, ...changes } });
}

/** A browser of the new app with what the old app has given it, and nothing else. */
export function visitorWith(app: SessionApp, legacy: ReadonlyMap<string, string>): TestAgent {
  const browser = app.agent.newBrowser();
  for (const [name, value] of legacy) browser.cookies.set(name, value);
  return browser;
}
