/** What browsers remember of HTTPS, and the application itself on its two ports. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe } from "node:test";
import { Passwords } from "../../src/accounts/passwords.ts";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { createRedirectServer, onlyHttps } from "../../src/http/only-https.ts";
import { createLog } from "../../src/log.ts";
import { makeServices } from "../../src/make-services.ts";
import { PASSWORD, temporaryDirectory } from "../support/application.ts";
import { BANK, ELSEWHERE, PLAIN } from "../support/bank.ts";
import { useWeb } from "../support/web.ts";

describe("the application over plain HTTP, in a real browser", () => {
  const web = useWeb();
  const directory = temporaryDirectory();
  let close: () => Promise<void>;

  before(async () => {
    const config = readConfig({
      DATA_DIR: directory,
      STORE_URL: "memory:",
      SESSION_SECRET: "Xq7Lp2Vb9Rt4Wn8Kz1Mf6Yc3Hd5Jg0Sa2Ee7Uo4Ii9B",
      ORIGIN: BANK,
    });
    const made = await makeServices(config, {
      passwords: new Passwords({ ln: 8, r: 8, p: 1 }),
      log: createLog("silent"),
    });
    close = made.close;
    const secure = onlyHttps(web.cert, () => 443);
    const redirect = createRedirectServer(secure);
    web.serve(BANK, createApp(made.services, secure));
    web.serve(PLAIN, (req, res) => void redirect.emit("request", req, res));
  });
  after(async () => {
    await close();
    rmSync(directory, { recursive: true, force: true });
  });

  web.it("is left at the first visit, and not asked for at the second", async () => {
    const context = await web.browser();
    const page = await context.newPage();
    await page.goto(`${PLAIN}/login`);
    assert.equal(page.url(), `${BANK}/login`);
    assert.equal((await web.arrival(`GET ${PLAIN}/login`)).status, 308);
    web.arrivals.length = 0;
    for (const path of ["/login", "/signup"]) {
      await page.goto(`${PLAIN}${path}`);
      assert.equal(page.url(), `${BANK}${path}`);
    }
    web.page(ELSEWHERE.replace("https:", "http:"), `<img src="${PLAIN}/image"><a href="${PLAIN}/">link</a>`);
    await page.goto(ELSEWHERE.replace("https:", "http:"));
    await web.arrival(`GET ${BANK}/image`);
    await page.locator("a").click();
    await page.waitForURL(`${BANK}/`);
    assert.deepEqual(
      web.arrivals.filter(({ request }) => request.includes(PLAIN)),
      [],
    );
    await context.close();
  });

  web.it("takes no password: the form is refused, and is not sent on to HTTPS", async () => {
    const context = await web.browser();
    web.page(
      ELSEWHERE.replace("https:", "http:"),
      `<form method="post" action="${PLAIN}/signup"><input name="username" value="anna">` +
        `<input name="password" value="${PASSWORD}"></form><script>document.forms[0].submit()</script>`,
    );
    const page = await context.newPage();
    await page.goto(ELSEWHERE.replace("https:", "http:"));
    assert.equal((await web.arrival(`POST ${PLAIN}/signup`)).status, 403);
    await page.waitForURL(`${PLAIN}/signup`);
    assert.deepEqual(web.seen(`POST ${BANK}/signup`), []);
    await context.close();
  });

  web.it("sees nothing of who has signed up over HTTPS: a plain link leads there at once", async () => {
    const context = await web.browser();
    const page = await context.newPage();
    await page.goto(`${BANK}/signup`);
    await page.getByLabel("Username").fill("anna");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "Welcome back, anna!" }).waitFor();
    await page.goto(`${PLAIN}/dashboard`);
    assert.equal(page.url(), `${BANK}/dashboard`);
    const plain = web.arrivals.filter(({ request }) => request.includes(PLAIN));
    assert.deepEqual(plain, []);
    await context.close();
  });
});
