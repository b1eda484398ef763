/** Forms, scripts and tags of an attacker's pages: on another site, on a sister host, and on another port of the same host. */
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { BrowserContext } from "playwright-core";
import {
  BANK,
  type Bank,
  customer,
  ELSEWHERE,
  NEIGHBOUR,
  openBank,
  REFUSED,
  SISTER,
} from "../support/bank.ts";
import { type Arrival, useWeb } from "../support/web.ts";

describe("pages of an attacker, in a real browser", () => {
  const web = useWeb();
  let bank: Bank;

  before(() => {
    bank = openBank();
    web.serve(BANK, bank.app);
  });
  after(() => bank.sessions.close());

  /** Visits the lure, and waits until the bank has answered what it causes. */
  async function fall(
    context: BrowserContext,
    lure: string,
    request: string,
    from = ELSEWHERE,
  ): Promise<Arrival> {
    web.page(from, lure);
    web.arrivals.length = 0;
    bank.payments.length = 0;
    const page = await context.newPage();
    await page.goto(from);
    const arrival = await web.arrival(request);
    await page.close();
    return arrival;
  }

  const submit = "<script>document.forms[0].submit()</script>";
  const form = (action: string, attributes = "", fields = '<input name="who" value="mallory">'): string =>
    `<form method="post" action="${BANK}${action}" ${attributes}>${fields}</form>${submit}`;
  const posts: Readonly<Record<string, string>> = {
    "a form that submits itself": form("/pay"),
    "a form for a new tab": form("/pay", 'target="_blank"'),
    "a form with files": form("/pay", 'enctype="multipart/form-data"'),
    "a form that is JSON to a careless parser": form(
      "/pay",
      'enctype="text/plain"',
      `<input name='{"who":"mallory","x":"' value='"}'>`,
    ),
    "fetch with credentials":
      `<script>fetch("${BANK}/pay", { method: "POST", mode: "no-cors", credentials: "include",` +
      ' headers: { "content-type": "text/plain" }, body: "who=mallory" })</script>',
    "a beacon": `<script>navigator.sendBeacon("${BANK}/pay", "who=mallory")</script>`,
  };

  for (const [attack, lure] of Object.entries(posts)) {
    web.it(`${attack}: refused, from wherever, though the cookie comes along`, async () => {
      const context = await customer(web, "anna");
      for (const [from, expected] of [
        [ELSEWHERE, "cross-site"],
        [SISTER, "same-site"],
        [NEIGHBOUR, "same-site"],
      ] as const) {
        const { site, cookies, status, code } = await fall(context, lure, `POST ${BANK}/pay`, from);
        assert.deepEqual({ site, status, code }, { site: expected, ...REFUSED });
        // To other sites' scripts this browser gives no cookies, whatever their SameSite; not every browser is so strict.
        const mayHave = expected === "same-site" || lure.includes("<form");
        assert.equal(cookies.includes("__Host-session"), mayHave);
        assert.deepEqual(bank.payments, []);
      }
      await context.close();
    });
  }

  web.it("fetch with JSON: the browser asks first, and is not allowed", async () => {
    const context = await customer(web, "anna");
    web.page(ELSEWHERE, "");
    const page = await context.newPage();
    await page.goto(ELSEWHERE);
    const outcome = await page.evaluate(
      `fetch("${BANK}/pay", { method: "POST", credentials: "include",` +
        ' headers: { "content-type": "application/json" }, body: "{}" }).then(() => "sent", () => "failed")',
    );
    assert.equal(outcome, "failed");
    assert.deepEqual(web.seen(`POST ${BANK}/pay`), []);
    await context.close();
  });

  web.it("images, frames and scripts of what only anna may see: refused", async () => {
    const context = await customer(web, "anna");
    const url = `${BANK}/me`;
    for (const tag of [
      `<img src="${url}">`,
      `<iframe src="${url}"></iframe>`,
      `<embed src="${url}">`,
      `<object data="${url}"></object>`,
      `<script src="${url}"></script>`,
    ])
      for (const from of [ELSEWHERE, SISTER, NEIGHBOUR]) {
        const { status, code, cookies } = await fall(context, tag, `GET ${url}`, from);
        const hasCookie = cookies.includes("__Host-session");
        assert.deepEqual({ status, code, hasCookie }, { ...REFUSED, hasCookie: from !== ELSEWHERE }, tag);
      }
    await context.close();
  });

  web.it("an image, and a link, that ask to be taken for DELETE: refused", async () => {
    const context = await customer(web, "anna");
    const url = `${BANK}/account?_method=DELETE`;
    for (const lure of [`<img src="${url}">`, `<script>location = "${url}"</script>`]) {
      assert.equal((await fall(context, lure, `GET ${url}`)).code, REFUSED.code, lure);
      assert.deepEqual(bank.payments, []);
    }
    await context.close();
  });

  web.it("a login form with the attacker's account: refused, and the visitor stays nobody", async () => {
    const context = await web.browser();
    const { site, cookies, status, code } = await fall(context, form("/login"), `POST ${BANK}/login`);
    assert.deepEqual({ site, cookies, status, code }, { site: "cross-site", cookies: [], ...REFUSED });
    assert.deepEqual(await context.cookies(BANK), []);
    await context.close();
  });
});
