import assert from "node:assert/strict";
import { describe } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { PASSWORD, startApplication } from "../support/application.ts";
import { useVisits } from "../support/visits.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

describe("in a real browser, an operator", () => {
  const { app, seen, device, open, signUp, logIn } = useVisits(() =>
    startApplication({ OPERATORS: "op-1,op-2" }),
  );

  let operators = 0;
  /** The operator's page; the first one to come signs up. */
  const overview = async (context: BrowserContext): Promise<Page> => {
    const page = await open(context);
    if (operators++ === 0) await signUp(page, "op-1");
    else await logIn(page, "op-1");
    await page.getByRole("link", { name: "Operator" }).click();
    await page.getByRole("heading", { name: "Live sessions" }).waitFor();
    return page;
  };

  const events = (page: Page) => page.getByRole("list", { name: "Events" }).getByRole("listitem");

  seen("sees a sign-in as it happens, ends that session, and both hear of it", async () => {
    const [first, second] = [await device(), await device({ userAgent: FIREFOX })];
    const page = await overview(first);
    await page.getByText("Live", { exact: true }).waitFor();
    const other = await open(second);
    const username = await signUp(other, "watched");
    await events(page)
      .filter({ hasText: username })
      .filter({ hasText: "session_user_changed" })
      .first()
      .waitFor();
    assert.match((await events(page).first().textContent()) ?? "", /watched.*Firefox on Linux/);
    await page.getByRole("link", { name: "Reload", exact: true }).last().click();
    await page.getByRole("button", { name: `End the session of ${username}` }).click();
    await page.getByText("The session was ended.").waitFor();
    await events(page).filter({ hasText: "session_revoked" }).first().waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("is told when the stream of events ends with the session", async () => {
    const [first, second] = [await device(), await device()];
    const page = await overview(first);
    await page.getByText("Live", { exact: true }).waitFor();
    const other = await open(second);
    await logIn(other, "op-1");
    await other.goto(`${app().running.url}/account/sessions`);
    await other.getByRole("button", { name: "End all other sessions" }).click();
    await page.getByText("Ended, as your session has").waitFor();
    await page.locator("#events-reload").click();
    await page.getByText("Please log in.").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("ends every session after a question, the own one too", async () => {
    const [first, second] = [await device(), await device()];
    const page = await overview(first);
    const other = await open(second);
    await signUp(other);
    await page.getByRole("link", { name: "End every session" }).click();
    await page.getByText("you are too").waitFor();
    await page.getByRole("link", { name: "Cancel" }).click();
    await other.reload();
    assert.equal(await other.getByText("Please log in.").count(), 0);
    await page.getByRole("link", { name: "End every session" }).click();
    await page.getByRole("button", { name: "End every session" }).click();
    await page.getByText("All sessions were ended, yours too.").waitFor();
    await other.reload();
    await other.getByText("Please log in.").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  seen("gives the password again for the page, and does all of it without JavaScript", async () => {
    const context = await device({ javaScriptEnabled: false });
    const page = await overview(context);
    const { client, username } = await app().signedIn();
    app().clock.advance("5m");
    await page.reload();
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "Live sessions" }).waitFor();
    await events(page).filter({ hasText: username }).first().waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: username })
      .getByRole("button", { name: "End all of this user" })
      .click();
    await page.getByText("All sessions of that user were ended.").waitFor();
    assert.equal((await client.get("/dashboard")).status, 401);
    await page.getByRole("link", { name: "Reload" }).first().click();
    await page.getByRole("heading", { name: "Live sessions" }).waitFor();
    await context.close();
  });

  seen("runs nothing that a client calls itself", async () => {
    const context = await device();
    const page = await overview(context);
    await page.getByText("Live", { exact: true }).waitFor();
    const markup = "Firefox/1 <img src=x onerror=alert(1)>";
    const { client } = await app().signedIn();
    await client.post("/logout", { headers: { "user-agent": markup } });
    await events(page).filter({ hasText: "session_logout" }).first().waitFor();
    assert.equal(await page.locator("img").count(), 0);
    await context.close();
  });

  seen("is nobody else: another user finds nothing", async () => {
    const context = await device();
    const page = await open(context);
    await signUp(page);
    assert.equal(await page.getByRole("link", { name: "Operator" }).count(), 0);
    const reply = await page.goto(`${app().running.url}/operator`);
    assert.equal(reply?.status(), 404);
    await page.getByRole("heading", { name: "Not found" }).waitFor();
    await context.close();
  });
});
