import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AlbumSite } from "../../support/album-site.js";
import { STEPS } from "../../support/album-steps.js";
import { picture } from "../../support/album-visitor.js";
import "compiled-tests";

describe("the album in a real browser", () => {
  const site = new AlbumSite();
  let chromium;
  let missing;

  before(async () => {
    await site.run(STEPS[0].file);
    try {
      const { launchBrowser } = await import("../../../app/test/support/browser.ts");
      chromium = await launchBrowser(site.certificate);
    } catch (error) {
      if (process.env.CI === "true") throw error;
      missing = error;
    }
  });
  after(async () => {
    await chromium?.close();
    await site.close();
  });

  it("keeps a user signed in while the programs behind it change, and does the same on each", async (t) => {
    if (missing) return t.skip(`no Chromium here: ${missing.message}`);
    const page = await (await chromium.browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));

    await page.goto(site.url.href);
    await signIn(page, "wrong");
    await page.getByRole("alert").getByText("Wrong name or password.").waitFor();
    await signIn(page, "correct horse");
    await page.getByRole("status").getByText("Welcome back, anna.").waitFor();

    for (const [i, { file }] of STEPS.entries()) {
      if (i > 0) {
        // An open page would complain that the server is gone.
        await page.goto("about:blank");
        await page.goto((await site.run(file)).href);
      }
      await page.getByText("You are here as anna.").waitFor();
      await page
        .getByLabel("Pictures", { exact: true })
        .setInputFiles(["one.png", "two.png", "three.png"].map(picture));
      await page.getByText("Sent 3 of 3.").waitFor();
      await page.getByLabel("Say").fill(`Hello from ${file}`);
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText(`anna: Hello from ${file}`).waitFor();
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByRole("status").getByText("Published:").waitFor();
    }
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.deepEqual(complaints, []);
  });
});

async function signIn(page, password) {
  await page.getByLabel("Name").fill("anna");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}
