import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { BrowserContext } from "playwright-core";
import { type Arrival, type Attacked, startAttacked } from "../support/attacked.ts";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";

const REFUSED = { status: 403, code: "ERR_HOLDFAST_CROSS_SITE" };

describe("pages of an attacker, in a real browser", () => {
  let attacked: Attacked;
  let chromium: LaunchedBrowser | undefined;
  let missing: unknown;

  before(async () => {
    attacked = await startAttacked();
    try {
      chromium = await launchBrowser(attacked.caFile);
    } catch (error) {
      missing = error;
    }
  });
  after(async () => {
    await chromium?.close();
    await attacked.stop();
  });

  /** A browser in which anna is signed in, by the application's own form; or nobody. */
  async function browser(user?: string): Promise<BrowserContext> {
    if (chromium === undefined) throw missing;
    const context = await chromium.browser.newContext();
    context.setDefaultTimeout(15_000);
    if (user !== undefined) {
      const page = await context.newPage();
      await page.goto(`${attacked.origin}/login`);
      await page.locator("[name=who]").fill(user);
      await page.locator("button").click();
      await page.waitForURL("**/pay");
      await page.close();
    }
    attacked.arrivals.length = 0;
    attacked.paid.length = 0;
    return context;
  }

  function seen(name: string, run: () => Promise<void>): void {
    it(name, async (context: TestContext) => {
      if (!chromium && process.env.CI === "true") throw missing;
      if (!chromium) return context.skip(`no Chromium could be started: ${String(missing).split("\n")[0]}`);
      await run();
    });
  }

  /** Visits the lure, and waits until the application has answered `path`. */
  async function fall(context: BrowserContext, lure: string, path: string, from = attacked.elsewhere) {
    attacked.lure(lure);
    attacked.arrivals.length = 0;
    const page = await context.newPage();
    await page.goto(from);
    const arrived = (): Arrival[] => attacked.arrivals.filter(({ request }) => request.endsWith(` ${path}`));
    // Not the browser's own events: it reports no reply that it keeps from the page.
    const patience = AbortSignal.timeout(15_000);
    while (arrived().length === 0) await setTimeout(10, undefined, { signal: patience });
    return { page, arrived: arrived() };
  }

  const submit = "<script>document.forms[0].submit()</script>";
  const form = (action: string, attributes = "", fields = '<input name="who" value="mallory">'): string =>
    `<form method="post" action="${attacked.origin}${action}" ${attributes}>${fields}</form>${submit}`;
  const posts: Readonly<Record<string, () => string>> = {
    "a form that submits itself": () => form("/pay"),
    "a form for a new tab": () => form("/pay", 'target="_blank"'),
    "a form with files": () => form("/pay", 'enctype="multipart/form-data"'),
    "a form that is JSON to a careless parser": () =>
      form("/pay", 'enctype="text/plain"', `<input name='{"who":"mallory","x":"' value='"}'>`),
    "fetch with credentials": () =>
      `<script>fetch("${attacked.origin}/pay", { method: "POST", mode: "no-cors", credentials: "include",` +
      ' headers: { "content-type": "text/plain" }, body: "who=mallory" })</script>',
    "a beacon": () => `<script>navigator.sendBeacon("${attacked.origin}/pay", "who=mallory")</script>`,
  };

  for (const [attack, lure] of Object.entries(posts)) {
    seen(
      `${attack}: refused, from another site and from a sister origin, though the cookie comes along`,
      async () => {
        const context = await browser("anna");
        for (const [from, site] of [
          [attacked.elsewhere, "cross-site"],
          [attacked.sister, "same-site"],
        ] as const) {
          const { arrived } = await fall(context, lure(), "/pay", from);
          // To other sites' scripts this browser gives no cookies, whatever their SameSite; not every browser is so strict.
          const cookie = site === "same-site" || lure().includes("<form");
          assert.deepEqual(arrived, [{ request: "POST /pay", site, cookie, ...REFUSED }]);
        }
        assert.deepEqual(attacked.paid, []);
        await context.close();
      },
    );
  }

  seen("fetch with JSON: the browser asks first, and is not allowed", async () => {
    const context = await browser("anna");
    attacked.lure("");
    const page = await context.newPage();
    await page.goto(attacked.elsewhere);
    const outcome = await page.evaluate(
      `fetch("${attacked.origin}/pay", { method: "POST", credentials: "include",` +
        ' headers: { "content-type": "application/json" }, body: "{}" }).then(() => "sent", () => "failed")',
    );
    assert.equal(outcome, "failed");
    assert.deepEqual(
      attacked.arrivals.filter(({ request }) => request.startsWith("POST")),
      [],
    );
    await context.close();
  });

  seen("images, frames and scripts of what only anna may see: refused", async () => {
    const context = await browser("anna");
    const url = `${attacked.origin}/private`;
    for (const tag of [
      `<img src="${url}">`,
      `<iframe src="${url}"></iframe>`,
      `<embed src="${url}">`,
      `<object data="${url}"></object>`,
      `<script src="${url}"></script>`,
    ])
      for (const from of [attacked.elsewhere, attacked.sister]) {
        const { arrived, page } = await fall(context, tag, "/private", from);
        const [first] = arrived;
        const isSister = from === attacked.sister;
        assert.deepEqual([first?.status, first?.code, first?.cookie], [403, REFUSED.code, isSister], tag);
        await page.close();
      }
    await context.close();
  });

  seen("an image, and a link, that ask to be taken for DELETE: refused", async () => {
    const context = await browser("anna");
    const path = "/account?_method=DELETE";
    for (const lure of [
      `<img src="${attacked.origin}${path}">`,
      `<script>location = "${attacked.origin}${path}"</script>`,
    ]) {
      const { arrived } = await fall(context, lure, path);
      assert.equal(arrived[0]?.code, REFUSED.code, lure);
    }
    assert.deepEqual(attacked.paid, []);
    await context.close();
  });

  seen("a login form with the attacker's account: refused, and the visitor stays nobody", async () => {
    const context = await browser();
    const { arrived } = await fall(context, form("/login"), "/login");
    assert.deepEqual(arrived, [{ request: "POST /login", site: "cross-site", cookie: false, ...REFUSED }]);
    assert.deepEqual(await context.cookies(attacked.origin), []);
    await context.close();
  });

  seen("a popup and a link open the page, as links do", async () => {
    const context = await browser("anna");
    for (const lure of [
      `<script>location = "${attacked.origin}/pay"</script>`,
      `<a href="${attacked.origin}/pay" target="_blank">win</a><script>document.links[0].click()</script>`,
    ]) {
      const { arrived } = await fall(context, lure, "/pay");
      assert.deepEqual(
        arrived.map(({ request, site, status }) => [request, site, status]),
        [["GET /pay", "cross-site", 200]],
      );
    }
    await context.close();
  });

  seen(
    "the application's own form and script go through, each with its token; without one they do not",
    async () => {
      const context = await browser("anna");
      const page = await context.newPage();
      await page.goto(`${attacked.origin}/pay`);
      const token = await page.locator("[name=_csrf]").inputValue();
      const send = (headers: Record<string, string>): Promise<unknown> =>
        page.evaluate(
          `fetch("/pay", { method: "POST", headers: ${JSON.stringify(headers)}, body: "{}" }).then((r) => r.status)`,
        );
      const json = { "content-type": "application/json" };
      assert.equal(await send({ ...json, "x-csrf-token": token }), 200);
      assert.equal(await send(json), 403);
      await page.locator("[name=who]").fill("bert");
      await page.locator("button").click();
      await page.waitForFunction('document.title === "Paid"');
      assert.deepEqual(attacked.paid, ["undefined", "bert"]);
      await context.close();
    },
  );
});
