/** People at their browsers: a real Chromium, and what they do on the application's pages. */
import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { type Application, PASSWORD } from "./application.ts";
import { type LaunchedBrowser, launchBrowser } from "./browser.ts";

const PATIENCE_MS = 15_000;

export interface Visits {
  /** A test that is skipped, visibly, where there is no browser; it fails if a page complains. */
  seen(name: string, run: () => Promise<void>): void;
  /** A new device. */
  device(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** The front page. */
  open(context: BrowserContext, at?: Application): Promise<Page>;
  /** A new user; returns the name. */
  signUp(page: Page, username?: string): Promise<string>;
  fillLogin(page: Page, username: string, password: string): Promise<void>;
  logIn(page: Page, username: string, password?: string): Promise<void>;
}

/** @param start - starts the application of a `describe`; the browser trusts its local CA */
export function useVisits(start: () => Promise<Application>): Visits & { readonly app: () => Application } {
  let application: Application | undefined;
  let chromium: LaunchedBrowser | undefined;
  let missing: unknown;
  let users = 0;
  /** What pages complained about. */
  const complaints: string[] = [];

  const app = (): Application => {
    if (!application) throw new Error("the application is not running");
    return application;
  };

  before(async () => {
    application = await start();
    try {
      chromium = await launchBrowser(application.running.caFile ?? "");
    } catch (error) {
      missing = error;
    }
  });
  after(async () => {
    await chromium?.close();
    await application?.stop();
  });

  const fillLogin = async (page: Page, username: string, password: string): Promise<void> => {
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
  };

  return {
    app,
    fillLogin,

    seen(name, run) {
      it(name, async (context: TestContext) => {
        if (!chromium && process.env.CI === "true") throw missing;
        if (!chromium) return context.skip(`no Chromium could be started: ${String(missing).split("\n")[0]}`);
        complaints.length = 0;
        await run();
        assert.deepEqual(complaints, []);
      });
    },

    async device(options = {}) {
      if (!chromium) throw missing;
      const context = await chromium.browser.newContext(options);
      context.setDefaultTimeout(PATIENCE_MS);
      return context;
    },

    async open(context, at = app()) {
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        // A 401 page is what some tests ask for; Chromium calls every one a failed load.
        if (message.type() === "error" && !/status of 4\d\d/.test(message.text()))
          complaints.push(message.text());
      });
      await page.goto(at.running.url);
      return page;
    },

    async signUp(page, username = `browser-${++users}`) {
      await page.getByRole("link", { name: "Sign up" }).first().click();
      await page.getByLabel("Username").fill(username);
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Sign up" }).click();
      await page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
      return username;
    },

    async logIn(page, username, password = PASSWORD) {
      await page.goto(new URL("/login", page.url()).href);
      await fillLogin(page, username, password);
      await page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
    },
  };
}
