import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { type Application, PASSWORD, startApplication } from "../support/application.ts";
import { useVisits } from "../support/visits.ts";

describe("in a real browser", () => {
  /** With limits of seconds: time is real here. */
  let hasty: Application;
  const { app, seen, device, open, signUp, fillLogin, logIn } = useVisits(() =>
    startApplication({}, { realTime: true }),
  );
  before(async () => {
    // The same local CA for both: the browser trusts one.
    hasty = await startApplication(
      { IDLE_TIMEOUT: "8s", ABSOLUTE_TIMEOUT: "1m", DATA_DIR: app().directory, STORE_URL: "memory:" },
      { realTime: true },
    );
  });
  after(() => hasty.stop());

  seen("the front page counts visits", async () => {
    const context = await device();
    const page = await open(context);
    await page.getByRole("heading", { name: "Welcome to this page for the first time!" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "You visited this page 2 times" }).waitFor();
    const [cookie, ...more] = await context.cookies();
    assert.equal(more.length, 0);
    assert.deepEqual(
      { ...cookie, value: "" },
      {
        name: "__Host-session",
        value: "",
        domain: "localhost",
        path: "/",
        expires: -1,
        httpOnly: true,
        secure: true,
        sameSite: "Lax",
      },
    );
    assert.equal(await page.evaluate("document.cookie"), "");
    await context.close();
  });

  seen("somebody signs up, logs out, is told of a wrong password, and logs in again", async () => {
    const context = await device();
    const page = await open(context);
    const username = await signUp(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    assert.equal((await context.cookies()).length, 0);
    await fillLogin(page, username, "not the password");
    await page.getByRole("alert").getByText("Wrong username or password.").waitFor();
    assert.equal(await page.getByLabel("Username").inputValue(), username);
    await fillLogin(page, username, PASSWORD);
    await page.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
    await context.close();
  });

  seen("who asks for a page comes back to it after logging in", async () => {
    const context = await device();
    const page = await open(context);
    const username = await signUp(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    await page.goto(`${app().running.url}/account/sessions`);
    await page.getByText("Please log in.").waitFor();
    await fillLogin(page, username, PASSWORD);
    await page.getByRole("heading", { name: "Your sessions" }).waitFor();
    await context.close();
  });

  seen("a session on a second device is listed, and ended from the first", async () => {
    const first = await device();
    const second = await device();
    const page = await open(first);
    const username = await signUp(page);
    const other = await open(second);
    await logIn(other, username);
    await page.getByRole("link", { name: "Sessions", exact: true }).click();
    const list = page.getByRole("listitem").filter({ hasText: "Began" });
    await list.nth(1).waitFor();
    assert.equal(await list.count(), 2);
    assert.match((await list.first().textContent()) ?? "", /Chrome on Linux.*This device/);
    await list.nth(1).getByRole("button", { name: "End" }).click();
    await page.getByText("The session was ended.").waitFor();
    assert.equal(await list.count(), 1);
    await page.getByText("You are logged in nowhere else.").waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("all other sessions are ended at once", async () => {
    const first = await device();
    const second = await device();
    const page = await open(first);
    const username = await signUp(page);
    const other = await open(second);
    await logIn(other, username);
    await page.getByRole("link", { name: "Sessions", exact: true }).click();
    await page.getByRole("button", { name: "End all other sessions" }).click();
    await page.getByText("All your other sessions were ended.").waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Your sessions" }).waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("changing the password logs the other device out and keeps this one", async () => {
    const first = await device();
    const second = await device();
    const page = await open(first);
    const username = await signUp(page);
    const other = await open(second);
    await logIn(other, username);
    await page.getByRole("link", { name: "Password", exact: true }).click();
    await page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill("another fine password");
    await page.getByRole("button", { name: "Show new password" }).click();
    assert.equal(await page.getByLabel("New password", { exact: true }).getAttribute("type"), "text");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password was changed").waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await fillLogin(other, username, "another fine password");
    await other.getByRole("heading", { name: `Welcome back, ${username}!` }).waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("the Back button shows no dashboard after logging out", async () => {
    const context = await device();
    const page = await open(context);
    await signUp(page);
    await page.goto(`${app().running.url}/account/sessions`);
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await page.getByText("You are logged out.").waitFor();
    await page.goBack();
    await page.getByText("Please log in.").waitFor();
    assert.equal(await page.getByRole("heading", { name: "Your sessions" }).count(), 0);
    await page.goBack();
    await page.getByText("Please log in.").waitFor();
    await context.close();
  });

  seen("everything works without JavaScript", async () => {
    const first = await device({ javaScriptEnabled: false });
    const second = await device({ javaScriptEnabled: false });
    const page = await open(first);
    const username = await signUp(page);
    const other = await open(second);
    await logIn(other, username);
    await page.goto(`${app().running.url}/account/sessions`);
    await page.getByRole("button", { name: "End Chrome" }).click();
    await page.getByText("The session was ended.").waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await page.getByRole("link", { name: "Password", exact: true }).click();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("another fine password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password was changed").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("the whole way can be gone by keyboard", async () => {
    const context = await device();
    const page = await open(context);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to content");
    await page.getByRole("link", { name: "Sign up" }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Create your account" }).waitFor();
    await page.keyboard.type("keyboard-user");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Welcome back, keyboard-user!" }).waitFor();
    await context.close();
  });

  seen("an idle session is warned of, kept by one click, and then expires", async () => {
    const context = await device();
    const page = await open(context, hasty);
    await signUp(page);
    const dialog = page.getByRole("dialog", { name: "Are you still there?" });
    await dialog.waitFor();
    assert.match((await dialog.getByRole("timer").textContent()) ?? "", /^0:0[1-4]$/);
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Stay signed in");
    await dialog.getByRole("button", { name: "Stay signed in" }).click();
    await dialog.waitFor({ state: "hidden" });
    // Kept, and not just hidden: it would be back at the next tick.
    await assert.rejects(dialog.waitFor({ timeout: 2000 }), /Timeout/);
    await dialog.waitFor();
    await page.waitForURL("**/login?notice=expired*");
    await page.getByText("Your session expired").waitFor();
    await page.goto(`${hasty.running.url}/dashboard`);
    await page.getByText("Please log in.").waitFor();
    await context.close();
  });

  seen("work in another tab keeps the session, and the warning goes away", async () => {
    const context = await device();
    const page = await open(context, hasty);
    await signUp(page);
    const tab = await context.newPage();
    const dialog = page.getByRole("dialog", { name: "Are you still there?" });
    await dialog.waitFor();
    await tab.goto(`${hasty.running.url}/account/sessions`);
    await dialog.waitFor({ state: "hidden" });
    await context.close();
  });
});
