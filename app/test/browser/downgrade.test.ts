/** Somebody on the way, who answers for plain HTTP in the application's own name. */
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import {
  BANK,
  type Bank,
  customer,
  ELSEWHERE,
  openBank,
  PLAIN,
  REFUSED,
  signIn,
  visitor,
} from "../support/bank.ts";
import { useWeb } from "../support/web.ts";

describe("plain HTTP in the application's own name, in a real browser", () => {
  const web = useWeb();
  let bank: Bank;

  before(() => {
    // Without HSTS: with it no browser that has been here before would ask over plain HTTP at all.
    bank = openBank({ hsts: false });
    web.serve(BANK, bank.app);
  });
  after(() => bank.sessions.close());

  /** Visits what somebody on the way serves instead of the application. */
  async function visitPlain(
    context: BrowserContext,
    html: string,
    cookies: readonly string[] = [],
  ): Promise<Page> {
    web.page(PLAIN, html, { "Set-Cookie": cookies });
    const page = await context.newPage();
    await page.goto(`${PLAIN}/`);
    return page;
  }
  /** From now on plain HTTP reaches the application. */
  const servePlain = (): void => web.serve(PLAIN, bank.app);
  const planted = (name: string, rest: string): string => `${name}=planted; ${rest}`;

  web.it("cannot plant or overwrite a cookie with a prefix, nor one that is Secure", async () => {
    const names = [
      "__Host-session",
      "__Secure-session",
      "__host-session",
      "__Host-csrf",
      "__Host-session-bound",
    ];
    const attempts = [...names, "=__Host-session", "theme"].flatMap((name) =>
      ["Path=/", "Path=/pay", "Path=/; Secure", "Path=/; Domain=example.test"].map((rest) =>
        planted(name, rest),
      ),
    );
    const context = await customer(web, "anna");
    const before = await context.cookies(BANK);
    await visitPlain(context, "", attempts);
    assert.deepEqual(await context.cookies(BANK), before, "nothing is planted beside a Secure cookie either");
    assert.equal(await visitor(context), "anna");
    assert.ok(!web.seen(`GET ${BANK}/pay`).at(-1)?.headers.cookie?.includes("planted"));
    await context.close();
  });

  web.it("plants names without a prefix in a browser that has none of them yet, and no session", async () => {
    const context = await web.browser();
    await visitPlain(context, "", [
      ...["__Host-session", "__Secure-session", "__Host-csrf"].map((name) => planted(name, "Path=/")),
      ...["session", "csrf", "theme"].map((name) => planted(name, "Path=/pay")),
    ]);
    await signIn(context, "anna");
    assert.equal(await visitor(context), "anna");
    const arrived = web.seen(`GET ${BANK}/pay`).at(-1)?.headers.cookie ?? "";
    assert.deepEqual(arrived.match(/[^ ;]+=planted/g)?.sort(), [
      "csrf=planted",
      "session=planted",
      "theme=planted",
    ]);
    await context.close();
  });

  web.it("gets no cookie of a signed-in user, by a link, a form, an image or a script", async () => {
    const context = await customer(web, "anna");
    const page = await visitPlain(
      context,
      `<img src="${PLAIN}/image"><form method="post" action="${PLAIN}/form"></form>` +
        `<script>fetch("${PLAIN}/script", { credentials: "include" }).then(() => document.forms[0].submit())</script>`,
    );
    await page.waitForURL("**/form");
    for (const request of [
      `GET ${PLAIN}/`,
      `GET ${PLAIN}/image`,
      `GET ${PLAIN}/script`,
      `POST ${PLAIN}/form`,
    ])
      assert.deepEqual((await web.arrival(request)).cookies, [], request);
    await context.close();
  });

  web.it("posts to the application in vain: its page is another site's", async () => {
    const context = await customer(web, "anna");
    bank.payments.length = 0;
    await visitPlain(
      context,
      `<form method="post" action="${BANK}/pay"><input name="who" value="mallory"></form>` +
        "<script>document.forms[0].submit()</script>",
    );
    const { headers, site, status, code, cookies } = await web.arrival(`POST ${BANK}/pay`);
    assert.deepEqual(
      { origin: headers.origin, site, status, code },
      { origin: PLAIN, site: "cross-site", ...REFUSED },
    );
    // Chromium's schemes make sites; the cookie's SameSite=None lets it come all the same.
    assert.ok(cookies.includes("__Host-session"));
    assert.deepEqual(bank.payments, []);
    await context.close();
  });

  web.it("reads nothing over HTTPS: frames, images and scripts of the application are refused", async () => {
    const context = await customer(web, "anna");
    await visitPlain(
      context,
      `<img src="${BANK}/me?image"><iframe src="${BANK}/me?frame"></iframe>` +
        `<script>fetch("${BANK}/me?script", { mode: "no-cors", credentials: "include" })</script>`,
    );
    for (const what of ["image", "frame", "script"]) {
      const { site, status, code } = await web.arrival(`GET ${BANK}/me?${what}`);
      assert.deepEqual({ site, status, code }, { site: "cross-site", ...REFUSED }, what);
    }
    await context.close();
  });

  web.it("is refused a form by the application itself, which no browser sends again", async () => {
    servePlain();
    // Chromium asks its user before a form of an HTTPS page goes out in the clear.
    const lure = ELSEWHERE.replace("https:", "http:");
    web.page(
      lure,
      `<form method="post" action="${PLAIN}/pay"><input name="who" value="mallory"></form>` +
        "<script>document.forms[0].submit()</script>",
    );
    const context = await customer(web, "anna");
    bank.payments.length = 0;
    const page = await context.newPage();
    await page.goto(lure);
    const { status, code, cookies } = await web.arrival(`POST ${PLAIN}/pay`);
    assert.deepEqual(
      { status, code, cookies },
      { status: 403, code: "ERR_HOLDFAST_HTTPS_REQUIRED", cookies: [] },
    );
    await page.waitForURL(`${PLAIN}/pay`);
    await page.waitForLoadState();
    assert.deepEqual(web.seen(`POST ${BANK}/pay`), []);
    assert.deepEqual(bank.payments, []);
    await context.close();
  });

  web.it(
    "is sent on to HTTPS by the application, with path and query, and there the user is signed in",
    async () => {
      servePlain();
      const context = await customer(web, "anna");
      const page = await context.newPage();
      await page.goto(`${PLAIN}/pay?to=bert`);
      const { status, cookies } = await web.arrival(`GET ${PLAIN}/pay?to=bert`);
      assert.deepEqual({ status, cookies }, { status: 308, cookies: [] });
      assert.equal(page.url(), `${BANK}/pay?to=bert`);
      assert.equal(await page.locator("#user").textContent(), "anna");
      await context.close();
    },
  );

  web.it("is in no page over HTTPS: images are asked for over HTTPS, and scripts not at all", async () => {
    const context = await customer(web, "anna");
    web.page(PLAIN, "");
    web.page(
      ELSEWHERE,
      `<img src="${PLAIN}/image"><script src="${PLAIN}/script"></script><iframe src="${PLAIN}/frame"></iframe>`,
    );
    const page = await context.newPage();
    await page.goto(ELSEWHERE);
    await web.arrival(`GET ${BANK}/image`);
    const plain = web.arrivals.filter(({ request }) => request.includes(PLAIN));
    assert.deepEqual(plain, []);
    await context.close();
  });
});
