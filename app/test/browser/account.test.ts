import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import type { Page } from "playwright-core";
import { PASSWORD, startApplication } from "../support/application.ts";
import { launchProfile } from "../support/browser.ts";
import { useVisits } from "../support/visits.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

const confirm = async (page: Page, password = PASSWORD): Promise<void> => {
  await page.getByRole("heading", { name: "Confirm it’s you" }).waitFor();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Confirm" }).click();
};

describe("in a real browser, an account", () => {
  const { app, seen, device, open, signUp, fillLogin, logIn } = useVisits(() => startApplication());

  seen(
    "is remembered over a restart of the browser if that was asked for, until the absolute limit",
    async () => {
      const caFile = app().running.caFile ?? "";
      const { username } = await app().signedIn();
      const directory = mkdtempSync(join(tmpdir(), "holdfast-profile-"));
      const browse = async (visit: (page: Page) => Promise<void>): Promise<void> => {
        const browser = await launchProfile(caFile, directory);
        try {
          const page = await browser.context.newPage();
          await page.goto(`${app().running.url}/dashboard`);
          await visit(page);
        } finally {
          await browser.close();
        }
      };
      const welcome = (page: Page) =>
        page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();

      await browse(async (page) => {
        await fillLogin(page, username, PASSWORD);
        await welcome(page);
      });
      await browse(async (page) => {
        await page.getByText("Please log in.").waitFor();
        await page.getByLabel("Remember me").check();
        await fillLogin(page, username, PASSWORD);
        await welcome(page);
      });
      await browse(async (page) => {
        await welcome(page);
        for (let minutes = 24; minutes < 12 * 60; minutes += 24) {
          app().clock.advance("24m");
          await page.reload();
        }
        await welcome(page);
        app().clock.advance("24m");
        await page.reload();
        await page.getByText("Please log in.").waitFor();
      });
      rmSync(directory, { recursive: true, force: true });
    },
  );

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? "" : ", without JavaScript too";
    seen(`ends another session only after the password, and then goes on where it was${how}`, async () => {
      const [first, second] = [await device({ javaScriptEnabled }), await device({ javaScriptEnabled })];
      const page = await open(first);
      const username = await signUp(page);
      app().clock.advance("5m");
      const other = await open(second);
      await logIn(other, username);
      await page.goto(`${app().running.url}/account/sessions`);
      await page.getByRole("button", { name: "End Chrome on Linux" }).click();
      await confirm(page, "not the password");
      await page.getByRole("alert").getByText("The password is not right.").waitFor();
      await other.reload();
      await other.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
      await confirm(page);
      await page.getByRole("heading", { name: "Your sessions" }).waitFor();
      await page.getByText("Thank you. Now choose again").waitFor();
      await page.getByRole("button", { name: "End Chrome on Linux" }).click();
      await page.getByText("The session was ended.").waitFor();
      await other.reload();
      await other.getByText("Please log in.").waitFor();
      await Promise.all([first.close(), second.close()]);
    });
  }

  seen("ends all others only after the password", async () => {
    const [first, second] = [await device(), await device()];
    const page = await open(first);
    const username = await signUp(page);
    app().clock.advance("5m");
    const other = await open(second);
    await logIn(other, username);
    await page.goto(`${app().running.url}/account/sessions`);
    await page.getByRole("button", { name: "End all other sessions" }).click();
    await confirm(page);
    await page.getByRole("button", { name: "End all other sessions" }).click();
    await page.getByText("All your other sessions were ended.").waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("shows each session's limits and whether it is remembered", async () => {
    const context = await device();
    const page = await open(context);
    await signUp(page);
    await page.goto(`${app().running.url}/account/sessions`);
    const limits = page.getByRole("listitem").filter({ hasText: "This device" }).getByRole("time");
    const [began, idle, absolute, ...more] = await limits.evaluateAll((times) =>
      times.map((time) => Date.parse(time.getAttribute("datetime") ?? "")),
    );
    assert.equal(more.length, 0);
    assert.deepEqual(
      [(idle ?? 0) - (began ?? 0), (absolute ?? 0) - (began ?? 0)],
      [30 * 60_000, 12 * 3_600_000],
    );
    await context.close();
  });

  seen("hears once of a sign-in from another browser, and is led to it", async () => {
    const [first, second] = [await device(), await device({ userAgent: FIREFOX })];
    const page = await open(first);
    const username = await signUp(page);
    app().clock.advance("1m");
    await logIn(await open(second), username);
    app().clock.advance("2m");
    await page.reload();
    const news = page.getByText("New sign-in: Firefox on Linux, 2 minutes ago.");
    await news.waitFor();
    await page.getByRole("link", { name: "See your sessions" }).click();
    await page.getByRole("heading", { name: "Firefox on Linux" }).waitFor();
    assert.equal(await news.count(), 0);
    await Promise.all([first.close(), second.close()]);
  });
});
