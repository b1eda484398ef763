/** What the application's own pages and its visitors do, with all defences in place. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe } from "node:test";
import express from "express";
import { requireCsrfToken } from "holdfast/defence";
import type { BrowserContext, Page } from "playwright-core";
import { BANK, type Bank, customer, ELSEWHERE, fillForm, openBank, SISTER } from "../support/bank.ts";
import { type Arrival, useWeb } from "../support/web.ts";

describe("the application's own pages, in a real browser", () => {
  const web = useWeb();
  let bank: Bank;

  before(() => {
    // With the cookie's defaults: what SameSite=Lax keeps back must not be missed.
    bank = openBank({
      cookie: {},
      routes: (app) => {
        // A file's form is parsed by its own route, so its token comes after.
        const multipart = express.text({ type: "multipart/form-data" });
        app.post("/upload", multipart, (req, _res, next) => {
          req.body = Object.fromEntries(
            [...String(req.body).matchAll(/name="(\w+)"\r\n\r\n(.*)\r\n/g)].map(([, name, value]) => [
              name,
              value,
            ]),
          );
          next();
        });
        app.post("/upload", requireCsrfToken(), (req, res) => {
          bank.payments.push(`${req.body.who} by ${req.session.userId}`);
          res.type("html").send("<!doctype html><title>Received</title>");
        });
        app.get("/service.js", (_req, res) => {
          const handler = `self.onfetch = (event) => event.respondWith(fetch(event.request));`;
          res.type("js").send(`${handler} self.onactivate = (event) => event.waitUntil(clients.claim());`);
        });
        app.get("/oauth/begin", (req, res) => {
          const state = randomUUID();
          Object.assign(req.session, { state });
          res.redirect(303, `${ELSEWHERE}/?state=${state}`);
        });
        // A form of the provider's page brings no cookies, so its answer is handed on to a page that gets them.
        app.all("/oauth/answer", (req, res) => {
          const { code, state } = req.method === "POST" ? req.body : req.query;
          const end = `/oauth/end?${new URLSearchParams({ code, state })}`;
          res.type("html").send(`<meta http-equiv="refresh" content="0; url=${end.replace("&", "&amp;")}">`);
        });
        app.get("/oauth/end", async (req, res) => {
          const { state } = req.query;
          if (typeof state !== "string" || state !== Reflect.get(req.session, "state"))
            return void res.status(403).send("Not begun here");
          await req.session.signIn(String(req.query.code));
          res.redirect(303, "/pay");
        });
      },
    });
    web.serve(BANK, bank.app);
  });
  after(() => bank.sessions.close());

  async function annasPage(): Promise<{ context: BrowserContext; page: Page; token: string }> {
    const context = await customer(web, "anna");
    bank.payments.length = 0;
    const page = await context.newPage();
    await page.goto(`${BANK}/pay`);
    const token = await page.locator("[name=_csrf]").inputValue();
    web.arrivals.length = 0;
    return { context, page, token };
  }

  const passed = ({ site, status, cookies }: Arrival, from: string): void =>
    assert.deepEqual([site, status, cookies.includes("__Host-session")], [from, 200, true]);

  web.it("post their forms: reloaded, left and come back to, they do so again", async () => {
    const { context, page } = await annasPage();
    await fillForm(page, "bert");
    await page.getByText("Paid bert").waitFor();
    passed(await web.arrival(`POST ${BANK}/pay`), "same-origin");
    // Who reloads the answer confirms to send it again.
    await page.reload();
    assert.equal(web.seen(`POST ${BANK}/pay`).length, 2);
    await page.goBack();
    await fillForm(page, "carl");
    await page.getByText("Paid carl").waitFor();
    await page.goto(`${BANK}/pay?soon`);
    await page.goto(`${BANK}/pay?later`);
    await page.goBack();
    await page.goForward();
    await fillForm(page, "dora");
    await page.getByText("Paid dora").waitFor();
    assert.deepEqual(new Set(bank.payments), new Set(["bert by anna", "carl by anna", "dora by anna"]));
    await context.close();
  });

  web.it("ask by forms, scripts and frames of their own", async () => {
    const { context, page, token } = await annasPage();
    const json = { "content-type": "application/json", "x-csrf-token": token };
    const file = `const file = new FormData(); file.set("_csrf", "${token}"); file.set("who", "carl"); file.set("file", new Blob(["x"]), "x.txt");`;
    const asked = [
      `fetch("/pay", { method: "POST", headers: ${JSON.stringify(json)}, body: '{"who":"bert"}' }).then((r) => r.status)`,
      `new Promise((done) => { ${file} const x = new XMLHttpRequest(); x.open("POST", "/upload"); x.onload = () => done(x.status); x.send(file) })`,
      `fetch("/me").then((r) => r.status)`,
      `new Promise((done) => { const f = document.createElement("iframe"); f.src = "/pay?frame"; f.onload = () => done(200); document.body.append(f) })`,
    ];
    const tokenless = asked[0]?.replace("x-csrf-token", "x-other") ?? "";
    assert.equal(await page.evaluate(tokenless), 403, "scripts need their token");
    for (const script of asked) assert.equal(await page.evaluate(script), 200, script);
    passed(await web.arrival(`GET ${BANK}/pay?frame`), "same-origin");
    const frame = page.frame({ url: /frame/ });
    await frame?.locator("[name=who]").fill("dora");
    await frame?.locator("button").click();
    await frame?.getByText("Paid dora").waitFor();
    assert.deepEqual(bank.payments, ["bert by anna", "carl by anna", "dora by anna"]);
    await page.evaluate(
      `document.body.innerHTML = '<form action="/pay"><input name="month" value="may"></form>', document.forms[0].submit()`,
    );
    passed(await web.arrival(`GET ${BANK}/pay?month=may`), "same-origin");
    await context.close();
  });

  web.it("have a service worker that fetches for them", async () => {
    const { context, page, token } = await annasPage();
    await page.evaluate(
      `navigator.serviceWorker.register("/service.js").then(() => navigator.serviceWorker.ready)
        .then(() => navigator.serviceWorker.controller ?? new Promise((done) => { navigator.serviceWorker.oncontrollerchange = () => done() }))
        .then(() => undefined)`,
    );
    const headers = JSON.stringify({ "content-type": "application/json", "x-csrf-token": token });
    const status = await page.evaluate(
      `fetch("/pay", { method: "POST", headers: ${headers}, body: '{"who":"bert"}' }).then((r) => r.status)`,
    );
    assert.equal(status, 200);
    await page.reload();
    await fillForm(page, "carl");
    await page.getByText("Paid carl").waitFor();
    assert.deepEqual(bank.payments, ["bert by anna", "carl by anna"]);
    await context.close();
  });

  web.it(
    "are opened from an address bar, a bookmark and links of other sites, in the same tab and another",
    async () => {
      const { context, page } = await annasPage();
      await page.goto(`${BANK}/pay?typed`);
      passed(await web.arrival(`GET ${BANK}/pay?typed`), "none");
      for (const [from, site] of [
        [ELSEWHERE, "cross-site"],
        [SISTER, "same-site"],
      ] as const)
        for (const attributes of ["", 'target="_blank"', 'rel="noreferrer"']) {
          web.page(from, `<a href="${BANK}/pay?mail" ${attributes}>Your statement</a>`);
          web.arrivals.length = 0;
          await page.goto(from);
          await page.locator("a").click();
          passed(await web.arrival(`GET ${BANK}/pay?mail`), site);
        }
      await context.close();
    },
  );

  for (const method of ["get", "post"])
    web.it(
      `are come back to from an identity provider, by a form's ${method.toUpperCase()}; not from where nobody sent them`,
      async () => {
        web.serve(ELSEWHERE, (req, res) => {
          const state = new URL(req.url ?? "", ELSEWHERE).searchParams.get("state") ?? "";
          res.setHeader("Content-Type", "text/html");
          res.end(
            `<!doctype html><form method="${method}" action="${BANK}/oauth/answer"><input name="code" value="bert">` +
              `<input name="state" value="${state}"></form><script>document.forms[0].submit()</script>`,
          );
        });
        const context = await web.browser();
        const page = await context.newPage();
        await page.goto(`${ELSEWHERE}/?state=guessed`);
        await page.getByText("Not begun here").waitFor();
        await page.goto(`${BANK}/oauth/begin`);
        await page.waitForURL(`${BANK}/pay`);
        assert.equal(await page.locator("#user").textContent(), "bert");
        await context.close();
      },
    );

  web.it("look ahead to their own links", async () => {
    const { context, page } = await annasPage();
    const rules = JSON.stringify({ prerender: [{ source: "list", urls: ["/pay?next"] }] });
    await page.evaluate(
      `{ const s = document.createElement("script"); s.type = "speculationrules"; s.textContent = '${rules}'; document.head.append(s) }`,
    );
    assert.equal((await web.arrival(`GET ${BANK}/pay?next`)).status, 200);
    await page.evaluate(`location = "/pay?next"`);
    await page.waitForURL("**/pay?next");
    await fillForm(page, "bert");
    await page.getByText("Paid bert").waitFor();
    assert.deepEqual(bank.payments, ["bert by anna"]);
    await context.close();
  });
});
