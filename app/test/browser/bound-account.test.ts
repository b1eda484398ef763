/** The application's own pages in a Chromium that binds sessions to its device, with keys in software. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { type Application, PASSWORD, startApplication } from "../support/application.ts";
import {
  BINDING,
  bindsDevices,
  type LaunchedBrowser,
  launchBrowser,
  launchProfile,
} from "../support/browser.ts";

const skip =
  bindsDevices || process.env.CI === "true"
    ? false
    : "there is no /usr/bin/chromium: apt-get install chromium";
const BOUND = "__Host-session-bound";
const MINUTE = 60_000;

describe("in a browser that binds sessions, an account", { skip, concurrency: false }, () => {
  let app: Application;
  let browser: LaunchedBrowser;
  let users = 0;
  const caFile = (): string => app.running.caFile ?? "";

  before(async () => {
    app = await startApplication();
    browser = await launchBrowser(caFile(), [BINDING]);
  });
  after(async () => {
    await browser?.close();
    await app?.stop();
  });

  const cookieNames = async (context: BrowserContext): Promise<string[]> =>
    (await context.cookies(app.running.url)).map(({ name }) => name).sort();

  const bindings = (): number => app.log.filter((line) => line.includes(" session_device_bound ")).length;

  /** Does what signs in, and waits until the device is bound: the browser registers in the background. */
  async function binding(signIn: () => Promise<void>): Promise<void> {
    const before = bindings();
    await signIn();
    for (let waited = 0; bindings() === before; waited += 50) {
      assert.ok(waited < 10_000, "the browser has not registered");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function fill(page: Page, button: "Sign up" | "Log in", username: string): Promise<void> {
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await binding(() => page.getByRole("button", { name: button }).click());
    await page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
  }

  /** A new user, on a device that is bound. */
  async function signUp(options?: BrowserContextOptions) {
    const context = await browser.browser.newContext(options);
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const username = `bound-${++users}`;
    await page.goto(`${app.running.url}/signup`);
    await fill(page, "Sign up", username);
    return { context, page, username };
  }

  async function logIn(username: string) {
    const context = await browser.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${app.running.url}/login`);
    await fill(page, "Log in", username);
    return { context, page };
  }

  /** Time passes on the server, and the browser's cookie is over with it; what the page has asked is answered before. */
  async function proofEnds(page: Page): Promise<void> {
    await page.waitForLoadState("networkidle");
    app.clock.advance("11m");
    await page.context().clearCookies({ name: BOUND });
  }

  const open = (page: Page, path: string) => page.goto(`${app.running.url}${path}`);
  const rowOf = (page: Page) => page.getByRole("listitem").filter({ hasText: "This device" });

  it("sees its session bound, and when the device proved it last", async () => {
    const { context, page } = await signUp();
    const boundAt = app.clock.now();
    await open(page, "/account/sessions");
    await rowOf(page).getByText("Device-bound").waitFor();
    await page.getByText("works only in the browser that holds its key").waitFor();
    const provenAt = async () =>
      Date.parse((await rowOf(page).getByRole("time").last().getAttribute("datetime")) ?? "");
    assert.equal(await provenAt(), boundAt);
    await proofEnds(page);
    await page.reload();
    assert.equal(await provenAt(), boundAt + 11 * MINUTE);
    await context.close();
  });

  it("goes on over the proof's life: on its pages, in their scripts, and by a link from another site", async () => {
    const { context, page, username } = await signUp();
    await proofEnds(page);
    await open(page, "/dashboard");
    await page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
    await proofEnds(page);
    const status = await page.evaluate(async () => (await fetch("/api/session")).status);
    assert.equal(status, 200);
    await proofEnds(page);
    await page.getByRole("link", { name: "Change your password" }).click();
    await page.getByRole("heading", { name: "Change your password" }).waitFor();
    await proofEnds(page);
    const link = `<a href="${app.running.url}/dashboard">Your dashboard</a>`;
    await page.route("https://mail.example/", (route) =>
      route.fulfill({ contentType: "text/html", body: link }),
    );
    await page.goto("https://mail.example/");
    await page.getByRole("link").click();
    await page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
    await context.close();
  });

  it("ends another session with one click, though the script's first request lacked the proof", async () => {
    const { context, page, username } = await signUp();
    const other = await logIn(username);
    await open(page, "/account/sessions");
    let refused = 0;
    await page.route(/\/account\/sessions\/[\w-]+$/, (route) =>
      refused++ === 0
        ? route.fulfill({ status: 401, json: { code: "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED" } })
        : route.continue(),
    );
    await page.getByRole("button", { name: "End Chrome on Linux" }).click();
    await page.getByText("The session was ended.").waitFor();
    assert.equal(refused, 2);
    await open(other.page, "/dashboard");
    await other.page.getByText("Please log in.").waitFor();
    await Promise.all([context.close(), other.context.close()]);
  });

  it("is remembered with its key over a restart of the browser", async () => {
    const { username } = await app.signedIn();
    const directory = mkdtempSync(join(tmpdir(), "holdfast-profile-"));
    const first = await launchProfile(caFile(), directory, [BINDING]);
    const page = await first.context.newPage();
    await open(page, "/login");
    await page.getByLabel("Remember me").check();
    await fill(page, "Log in", username);
    await proofEnds(page);
    await first.close();
    const second = await launchProfile(caFile(), directory, [BINDING]);
    const again = await second.context.newPage();
    await open(again, "/dashboard");
    await again.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
    await second.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("cannot be used with its copied cookies for long", async () => {
    const { context, page } = await signUp();
    const thief = await browser.browser.newContext();
    await thief.addCookies(await context.cookies(app.running.url));
    const stolen = await thief.newPage();
    await open(stolen, "/dashboard");
    await stolen.getByRole("heading", { name: "Welcome back" }).waitFor();
    await stolen.waitForLoadState("networkidle");
    await proofEnds(page);
    await open(stolen, "/dashboard");
    await stolen.getByText("Please log in.").waitFor();
    assert.deepEqual(await cookieNames(thief), []);
    await open(page, "/dashboard");
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await Promise.all([context.close(), thief.close()]);
  });

  it("is bound anew after a new password, and to nothing after logging out", async () => {
    const { context, page } = await signUp();
    await open(page, "/account/password");
    await page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill("basalt heron dusk");
    await binding(() => page.getByRole("button", { name: "Change" }).click());
    await page.getByText("Your password was changed").waitFor();
    await proofEnds(page);
    await open(page, "/account/sessions");
    await rowOf(page).getByText("Device-bound").waitFor();
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await page.getByText("You are logged out.").waitFor();
    assert.deepEqual(await cookieNames(context), []);
    await open(page, "/dashboard");
    await page.getByText("Please log in.").waitFor();
    assert.deepEqual(await cookieNames(context), []);
    await context.close();
  });
});
