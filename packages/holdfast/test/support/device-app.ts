import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { type SessionEvent, type SessionOptions, type Sessions, session } from "../../src/index.ts";
import { type FakeClock, fakeClock } from "../../src/testing/index.ts";
import { DeviceBrowser, type Site } from "./device-browser.ts";
import { type Certificate, selfSigned } from "./self-signed.ts";
import { type AppSession, strongSecret } from "./session-app.ts";

export const BOUND = "__Host-session-bound";
export const SESSION = "__Host-session";
const HOST = "app.example.test";

let certificate: Certificate | undefined;

/** An app on real HTTPS, in as many processes' worth of middleware as there are stores. */
export interface DeviceApp {
  readonly site: Site;
  readonly clock: FakeClock;
  readonly events: SessionEvent[];
  readonly sessions: Sessions;
  browser(options?: ConstructorParameters<typeof DeviceBrowser>[1]): DeviceBrowser;
}

export async function deviceApp(
  test: TestContext,
  stores: readonly SessionOptions["store"][],
  options: SessionOptions = {},
  before: readonly RequestHandler[] = [],
): Promise<DeviceApp> {
  certificate ??= selfSigned(HOST);
  const { key, cert } = certificate;
  const clock = fakeClock();
  const secret = strongSecret();
  const events: SessionEvent[] = [];
  const ports: number[] = [];
  const deployments: Sessions[] = [];
  for (const store of stores) {
    const sessions = session({
      secret,
      clock,
      store,
      deviceBound: "offer",
      onWarning: () => undefined,
      ...options,
    });
    sessions.on("*", (event) => events.push(event));
    const server = createServer({ key, cert }, appWith(sessions, before)).listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
    deployments.push(sessions);
    test.after(async () => {
      server.closeAllConnections();
      server.close();
      await sessions.close();
    });
  }
  const [sessions] = deployments;
  if (sessions === undefined) throw new Error("an app needs a store");
  const site: Site = { host: HOST, ports, ca: cert, now: () => (options.clock ?? clock).now() };
  return { site, clock, events, sessions, browser: (more) => new DeviceBrowser(site, more) };
}

function appWith(sessions: Sessions, before: readonly RequestHandler[]): express.Express {
  const app = express();
  app.use(...before, sessions);
  app.all("/public", (_req, res) => void res.json({ public: true }));
  app.post("/login", async (req, res) => {
    await req.session.signIn("anna");
    res.json({ handle: req.session.handle });
  });
  app.post("/assign", (req, res) => {
    Object.assign(req.session, { userId: "anna" });
    res.json({});
  });
  app.post("/logout", async (req, res) => {
    await req.session.signOut();
    res.json({});
  });
  app.post("/regenerate", async (req, res) => {
    await req.session.regenerate({ keep: ["userId"] });
    res.json({});
  });
  app.post("/login-regenerate", async (req, res) => {
    await req.session.signIn("anna");
    await req.session.regenerate({ keep: ["userId"] });
    res.json({ handle: req.session.handle });
  });
  app.post("/elevate", async (req, res) => {
    await req.session.elevate({ level: 2 });
    res.json({});
  });
  app.post("/impersonate", async (req, res) => {
    await req.session.impersonate("bob");
    res.json({});
  });
  app.post("/end-impersonation", async (req, res) => {
    await req.session.endImpersonation();
    res.json({});
  });
  app.all("/me", (req, res) => {
    const { userId = null, deviceBound = null, handle } = req.session as AppSession;
    res.json({ userId, deviceBound, handle });
  });
  app.use(
    (
      error: { status?: number; code?: string; headers?: Record<string, string> },
      _req: Request,
      res: Response,
      _next: NextFunction,
    ) => {
      res
        .set(error.headers)
        .status(error.status ?? 500)
        .json({ code: error.code });
    },
  );
  return app;
}

/** A browser that has signed in and bound its session. */
export async function boundBrowser(
  app: DeviceApp,
  options?: Parameters<DeviceApp["browser"]>[0],
): Promise<DeviceBrowser> {
  const browser = app.browser(options);
  await browser.send("/login", { method: "POST" });
  assert.ok(browser.binding !== undefined, "the browser has registered");
  browser.log.length = 0;
  return browser;
}

/** What a sign-in offers a browser that leaves it to the test to register. */
export async function offerTo(
  browser: DeviceBrowser,
): Promise<{ readonly challenge: string; readonly id: string }> {
  browser.binds = false;
  const reply = await browser.send("/login", { method: "POST" });
  const header = String(reply.headers["secure-session-registration"]);
  const [, challenge = "", id = ""] =
    /;challenge="([\w-]{43})";authorization="([\w-]{78})"$/.exec(header) ?? [];
  return { challenge, id };
}

/** The handle in a binding's name. */
export const handleInName = (id: string): string => id.slice(4, 26);

export const register = (
  browser: DeviceBrowser,
  proof: string | undefined,
): ReturnType<DeviceBrowser["raw"]> =>
  browser.raw("/device-bound/register", "POST", { "secure-session-response": proof });

/** The types of the events so far, which are then forgotten. */
export const takeEvents = (app: DeviceApp): string[] => app.events.splice(0).map(({ type }) => type);
