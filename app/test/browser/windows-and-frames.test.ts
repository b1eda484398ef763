/** Windows, frames, workers, redirects and sockets of other sites' pages: the ways to a request that are no plain form. */
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { BANK, type Bank, customer, ELSEWHERE, openBank, REFUSED, SISTER } from "../support/bank.ts";
import { useWeb } from "../support/web.ts";

const POST = `POST ${BANK}/pay`;
const SUBMIT = "<script>document.forms[0].submit()</script>";

describe("windows, frames and workers of other sites, in a real browser", () => {
  const web = useWeb();
  let bank: Bank;
  /** What sockets were answered: their user, or the refusal. */
  const sockets: {
    readonly origin: string | undefined;
    readonly cookie: boolean;
    readonly answer: string;
  }[] = [];

  before(() => {
    bank = openBank({
      routes: (app) => {
        // What many sites have: a page that sends visitors on.
        app.get("/leave", (req, res) => res.redirect(307, String(req.query.to)));
        app.post("/moved", (_req, res) => res.redirect(307, "/pay"));
      },
    });
    web.serve(BANK, bank.app, async (req, socket) => {
      let answer = "refused";
      const refuse = (error: Error): void => {
        if ("code" in error) answer = String(error.code);
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      };
      const session = await bank.sessions.fromUpgrade(req, { refuse });
      if (session !== undefined) {
        answer = String(session.user);
        socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
      }
      const { origin, cookie } = req.headers;
      sockets.push({ origin, cookie: cookie?.includes("__Host-session=") === true, answer });
    });
  });
  after(() => bank.sessions.close());

  const form = (action: string, attributes = ""): string =>
    `<form method="post" action="${action}" ${attributes}><input name="who" value="mallory"></form>`;

  async function fall(context: BrowserContext, html: string, from = ELSEWHERE, headers = {}): Promise<Page> {
    web.arrivals.length = 0;
    bank.payments.length = 0;
    web.page(from, html, headers);
    const page = await context.newPage();
    await page.goto(from);
    return page;
  }

  /** Asserts that the POST came with the session, and was refused as one of another site. */
  async function refused(origin: string, site = "cross-site", cookie = true): Promise<void> {
    const { headers, status, code, cookies, ...came } = await web.arrival(POST);
    assert.deepEqual(
      { origin: headers.origin, site: came.site, cookie: cookies.includes("__Host-session"), status, code },
      { origin, site, cookie, ...REFUSED },
    );
    assert.deepEqual(bank.payments, []);
  }

  for (const from of [ELSEWHERE, SISTER])
    web.it(
      `a form from ${from} into a window that it has opened at the bank, or a frame: refused`,
      async () => {
        const context = await customer(web, "anna");
        const site = from === SISTER ? "same-site" : "cross-site";
        for (const target of ["window", "frame"]) {
          const page = await fall(
            context,
            target === "frame"
              ? `<iframe name="bank"></iframe>${form(`${BANK}/pay`, 'target="bank"')}${SUBMIT}`
              : `<button onclick="window.w = window.open('${BANK}/pay', 'bank')">Prizes</button>${form(`${BANK}/pay`, 'target="bank"')}`,
            from,
          );
          if (target === "window") {
            const [popup] = await Promise.all([page.waitForEvent("popup"), page.locator("button").click()]);
            await popup.locator("#user").getByText("anna").waitFor();
            await page.evaluate("w.postMessage({ pay: 'mallory' }, '*'), document.forms[0].submit()");
          }
          // Frames of other sites get no cookies of this browser's, whatever their SameSite; not every browser is so strict.
          await refused(from, site, target === "window" || from === SISTER);
        }
        await context.close();
      },
    );

  web.it("a window that somebody's page has opened, sent on to what a link may not do: refused", async () => {
    const context = await customer(web, "anna");
    const page = await fall(
      context,
      `<button onclick="window.w = window.open('${BANK}/pay')">Prizes</button>`,
    );
    const [popup] = await Promise.all([page.waitForEvent("popup"), page.locator("button").click()]);
    await popup.waitForURL(`${BANK}/pay`);
    const path = "/account?_method=DELETE";
    await page.evaluate(`w.location = "${BANK}${path}"`);
    assert.equal((await web.arrival(`GET ${BANK}${path}`)).code, REFUSED.code);
    // A script of ours would be told to run; a page of another origin cannot be made to.
    await page.evaluate(`w.location = "javascript:document.forms[0].submit()"`).catch(() => {});
    assert.equal(
      await page.evaluate("try { w.document.forms.length } catch (e) { e.name }"),
      "SecurityError",
    );
    assert.deepEqual(web.seen(POST), []);
    await context.close();
  });

  web.it("forms of pages without an origin: sandboxed, data:, about:srcdoc: refused", async () => {
    const context = await customer(web, "anna");
    const inner = `${form(`${BANK}/pay`)}${SUBMIT}`;
    const quoted = inner.replaceAll('"', "&quot;");
    for (const lure of [
      `<iframe sandbox="allow-scripts allow-forms" srcdoc="${quoted}"></iframe>`,
      `<iframe src="data:text/html,${encodeURIComponent(inner)}"></iframe>`,
    ]) {
      await fall(context, lure);
      await refused("null", "cross-site", false);
    }
    await fall(context, `<iframe srcdoc="${quoted}"></iframe>`);
    await refused(ELSEWHERE, "cross-site", false);
    await fall(context, inner, ELSEWHERE, { "Content-Security-Policy": "sandbox allow-scripts allow-forms" });
    await refused("null");
    await context.close();
  });

  web.it("the bank's own page in somebody's sandbox: not shown at all", async () => {
    const context = await customer(web, "anna");
    await fall(context, `<iframe sandbox="allow-scripts allow-forms" src="${BANK}/pay"></iframe>`);
    assert.equal((await web.arrival(`GET ${BANK}/pay`)).code, REFUSED.code);
    await context.close();
  });

  web.it("a form that goes round by redirects, the bank's own among them: refused", async () => {
    const context = await customer(web, "anna");
    web.serve(SISTER, (_req, res) => res.writeHead(307, { Location: `${BANK}/pay` }).end());
    for (const action of [`${SISTER}/on`, `${BANK}/moved`]) {
      await fall(context, `${form(action)}${SUBMIT}`);
      if (action.startsWith(SISTER)) await refused("null");
      // Refused where it arrives, before it is sent on.
      else assert.equal((await web.arrival(`POST ${action.replace(" ", "")}`)).code, REFUSED.code);
    }
    // A form of the bank's own that leaves, and comes back.
    const page = await context.newPage();
    await page.goto(`${BANK}/pay`);
    web.arrivals.length = 0;
    await page.evaluate(`document.forms[0].action = "${SISTER}/on", document.forms[0].submit()`);
    await refused("null", "same-site");
    await context.close();
  });

  web.it(
    "links that are fetched ahead: refused as resources; answered as links are, for no more than links may do",
    async () => {
      const context = await customer(web, "anna");
      const deletion = "/account?_method=DELETE";
      const rules = (kind: string, path: string): object => ({
        [kind]: [{ source: "list", urls: [`${BANK}${path}`] }],
      });
      const speculation = (found: object): string =>
        `<script type="speculationrules">${JSON.stringify(found)}</script>`;
      const page = await fall(
        context,
        `<link rel="prefetch" href="${BANK}/pay?ahead">${speculation(rules("prefetch", "/pay?rule"))}` +
          `<a href="${BANK}/pay?link">link</a>`,
        SISTER,
      );
      assert.equal((await web.arrival(`GET ${BANK}/pay?ahead`)).code, REFUSED.code);
      const { headers, site, status } = await web.arrival(`GET ${BANK}/pay?rule`);
      // Chromium says that no page has asked for it.
      assert.deepEqual([headers["sec-purpose"], site, status], ["prefetch", "none", 200]);
      await page.locator("a").click();
      await page.locator("#user").getByText("anna").waitFor();
      for (const kind of ["prefetch", "prerender"]) {
        await fall(context, speculation(rules(kind, deletion)), SISTER);
        const { code, cookies } = await web.arrival(`GET ${BANK}${deletion}`);
        assert.deepEqual([code, cookies.includes("__Host-session")], [REFUSED.code, true]);
        assert.deepEqual(bank.payments, []);
      }
      await context.close();
    },
  );

  web.it("a service worker of somebody's, and a worker: refused", async () => {
    const context = await customer(web, "anna");
    const post = `fetch("${BANK}/pay", { method: "POST", mode: "no-cors", credentials: "include", body: "who=mallory" })`;
    web.serve(SISTER, (req, res) => {
      const script = req.url?.endsWith(".js") === true;
      res.setHeader("Content-Type", script ? "text/javascript" : "text/html");
      res.end(script ? `${post}; self.onmessage = () => ${post};` : "<!doctype html>");
    });
    for (const start of [`new Worker("/worker.js")`, `navigator.serviceWorker.register("/service.js")`]) {
      web.arrivals.length = 0;
      const page = await context.newPage();
      await page.goto(SISTER);
      await page.evaluate(`void ${start}`);
      await refused(SISTER, "same-site");
    }
    await context.close();
  });

  web.it("overrides of the method, in headers and fields: refused, or never sent", async () => {
    const context = await customer(web, "anna");
    const page = await fall(
      context,
      form(`${BANK}/account`).replace("who", "_method").replace("mallory", "DELETE"),
    );
    const outcome = await page.evaluate(
      `fetch("${BANK}/account", { credentials: "include", headers: { "X-HTTP-Method-Override": "DELETE" } }).catch(() => "not sent")`,
    );
    assert.equal(outcome, "not sent");
    assert.deepEqual(web.seen(`GET ${BANK}/account`), []);
    await page.evaluate("document.forms[0].submit()");
    assert.equal((await web.arrival(`POST ${BANK}/account`)).code, REFUSED.code);
    assert.deepEqual(bank.payments, []);
    await context.close();
  });

  web.it("sockets: refused to other sites' and sister hosts' pages, open to the bank's own", async () => {
    const context = await customer(web, "anna");
    web.page(ELSEWHERE, "");
    web.page(SISTER, "");
    const expected = [
      [ELSEWHERE, REFUSED.code],
      [SISTER, REFUSED.code],
      [`${BANK}/pay`, "anna"],
    ] as const;
    for (const [from, answer] of expected) {
      sockets.length = 0;
      const page = await context.newPage();
      await page.goto(from);
      await page.evaluate(
        `new Promise((done) => { new WebSocket("${BANK.replace("https", "wss")}/live").onclose = () => done() })`,
      );
      const [socket] = sockets;
      assert.deepEqual([socket?.origin, socket?.answer], [new URL(from).origin, answer]);
      // This browser withholds them from other sites' scripts; not every browser does.
      assert.equal(socket?.cookie, from !== ELSEWHERE);
    }
    await context.close();
  });
});
