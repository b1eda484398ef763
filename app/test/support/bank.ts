/**
 * An application with all defences of the library, and two accounts, for attackers to try. The session cookie is
 * `SameSite=None` unless told otherwise, the weakest there is: only the checks stand between an attacker and the session.
 */
import { randomBytes } from "node:crypto";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import session, { type SessionEvent, type SessionOptions, type Sessions } from "holdfast";
import {
  cookiePolicy,
  crossOrigin,
  requireCsrfToken,
  requireHttps,
  resourceIsolation,
} from "holdfast/defence";
import type { BrowserContext, Page } from "playwright-core";
import type { Web } from "./web.ts";

export const HOST = "app.example.test";
export const BANK: string = `https://${HOST}`;
/** The same host without encryption: whoever is on the way answers there. */
export const PLAIN: string = `http://${HOST}`;
/** Another application of the same registrable domain. */
export const SISTER = "https://sister.example.test";
/** Another program on the bank's own host: another origin, which shares its cookies. */
export const NEIGHBOUR: string = `${BANK}:8443`;
/** Another site. */
export const ELSEWHERE = "https://prizes.test";

export const REFUSED = { status: 403, code: "ERR_HOLDFAST_CROSS_SITE" };

export interface Bank {
  readonly app: Express;
  readonly sessions: Sessions;
  /** Who was paid, and by whom. */
  readonly payments: string[];
  readonly events: SessionEvent[];
}

export interface BankOptions extends Pick<SessionOptions, "cookie" | "name" | "deviceBound"> {
  readonly hsts?: false;
  /** Stands before the pages. */
  readonly routes?: (app: Express) => void;
}

export function openBank({ routes, hsts, ...options }: BankOptions = {}): Bank {
  const payments: string[] = [];
  const events: SessionEvent[] = [];
  const sessions = session({
    cookie: { sameSite: "none" },
    ...options,
    secret: randomBytes(32).toString("base64url"),
    origin: BANK,
    onWarning: () => {},
  });
  sessions.on("*", (event) => events.push(event));
  const app = express();
  app.use(requireHttps({ host: HOST, hsts }), cookiePolicy({ onReport: () => {} }), sessions);
  app.use(crossOrigin({ origin: BANK, exempt: ["/oauth/answer"] }), resourceIsolation());
  app.use(express.urlencoded({ extended: false }), express.text(), express.json());
  app.use(requireCsrfToken({ exempt: ["/oauth/answer", "/upload"] }));
  routes?.(app);
  addPages(app, payments);
  app.use(refused);
  return { app, sessions, payments, events };
}

function addPages(app: Express, payments: string[]): void {
  const page: RequestHandler = (req, res) => {
    const user = req.session.userId ?? "nobody";
    res.cookie("theme", "dark");
    res
      .type("html")
      .send(
        `<!doctype html><title>Bank</title><p id="user">${user}</p>` +
          `<form method="post"><input name="who"><input type="hidden" name="_csrf" value="${req.csrfToken()}">` +
          "<button>Go</button></form>",
      );
  };
  app.get(["/", "/login", "/pay", "/pay/*month"], page);
  app.get("/me", (req, res) => void res.json(req.session.userId ?? null));
  app.post("/login", async (req, res) => {
    await req.session.signIn(req.body.who);
    res.redirect(303, "/pay");
  });
  app.post("/logout", async (req, res) => {
    await req.session.signOut();
    res.redirect(303, "/");
  });
  // Obeys overrides as careless applications do.
  app.all("/account", (req, res) => {
    const method = req.query._method ?? req.get("x-http-method-override") ?? req.body?._method;
    if (method === "DELETE") payments.push("account deleted");
    res.send("done");
  });
  app.post("/pay", (req, res) => {
    payments.push(`${req.body.who} by ${req.session.userId}`);
    res.type("html").send(`<!doctype html><title>Paid</title><p>Paid ${req.body.who}</p>`);
  });
}

const refused: ErrorRequestHandler = (error, _req, res, _next) => {
  if (typeof error.code === "string") res.set("X-Code", error.code);
  res.status(error.status ?? 500);
  res.type("html").send("<!doctype html><title>Refused</title>");
};

/** Signs in by the bank's own form. */
export async function signIn(context: BrowserContext, user: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${BANK}/login`);
  await fillForm(page, user);
  await page.waitForURL("**/pay");
  await page.close();
}

export async function fillForm(page: Page, who: string): Promise<void> {
  await page.locator("[name=who]").fill(who);
  await page.locator("button").click();
}

/** Whom the bank takes the visitor for. */
export async function visitor(context: BrowserContext, path = "/pay"): Promise<string> {
  const page = await context.newPage();
  await page.goto(`${BANK}${path}`);
  const user = await page.locator("#user").textContent();
  await page.close();
  return user ?? "";
}

/** A browser in which somebody is signed in at the bank. */
export async function customer(web: Web, user: string): Promise<BrowserContext> {
  const context = await web.browser();
  await signIn(context, user);
  web.arrivals.length = 0;
  return context;
}
