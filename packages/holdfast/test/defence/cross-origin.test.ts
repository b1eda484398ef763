import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import { type CrossOriginOptions, crossOrigin, type Refusal } from "../../src/defence/index.ts";
import { testAgent } from "../../src/testing/index.ts";
import { codeIn, defenceApp } from "../support/defence-app.ts";

const OWN = "https://app.example.org";
const EVIL = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
/** A client that says nothing of itself. */
const SILENT = { "sec-fetch-site": undefined, origin: undefined, referer: undefined };

describe("crossOrigin()", () => {
  it("refuses a login form that another site sends, though there is no session yet, and says so", async (test) => {
    const told: Refusal[] = [];
    const { agent, events, handled } = await defenceApp(test, (app) =>
      app.use(crossOrigin({ onRefusal: (refusal) => told.push(refusal) })),
    );
    for (const type of [
      "application/x-www-form-urlencoded",
      "text/plain",
      "multipart/form-data",
      undefined,
    ]) {
      const headers = { ...EVIL, "content-type": type };
      const reply = await agent.post("/login", "name=mallory&password=x", { headers });
      assert.deepEqual([reply.status, codeIn(reply)], [403, "ERR_HOLDFAST_CROSS_SITE"], type);
    }
    assert.deepEqual(handled, []);
    assert.deepEqual(told[0], { reason: "cross-site", reportOnly: false });
    const [event] = events;
    assert.deepEqual(
      [event?.type, event && Reflect.get(event, "reason"), event?.path],
      ["malicious_csrf", "cross-site", "/login"],
    );
    assert.equal((await agent.post("/login", "name=anna")).status, 200);
  });

  it("refuses what a sister host has a browser fetch ahead to be taken for another method", async (test) => {
    const { agent, handled } = await defenceApp(test, (app) => app.use(crossOrigin({ origin: OWN })));
    // As Chromium sends it.
    const ahead = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-purpose": "prefetch" };
    const headers = { ...SILENT, ...ahead, referer: "https://sister.example.org/" };
    const reply = await agent.get("/account?_method=DELETE", { headers });
    assert.deepEqual([reply.status, codeIn(reply)], [403, "ERR_HOLDFAST_CROSS_SITE"]);
    assert.deepEqual(handled, []);
    assert.equal((await agent.get("/account", { headers })).status, 200);
  });

  it("never goes by Host: without an origin of its own only Fetch Metadata lets a browser pass", async (test) => {
    const { agent } = await defenceApp(test, (app) => app.use(crossOrigin()));
    const own = `https://127.0.0.1:${agent.port}`;
    const send = async (headers: Record<string, string | undefined>) =>
      (await agent.post("/", "", { headers: { ...SILENT, ...headers } })).status;
    assert.equal(await send({ origin: own }), 403);
    assert.equal(await send({ referer: `${own}/page` }), 403);
    assert.equal(await send({ "sec-fetch-site": "same-origin", origin: own }), 200);
  });

  it("falls back to Origin, then Referer, and compares with its own origin", async (test) => {
    const origin = [OWN, "https://shop.example.org"];
    const { agent } = await defenceApp(test, (app) => app.use(crossOrigin({ origin })));
    const send = async (headers: Record<string, string | undefined>) =>
      (await agent.post("/", "", { headers: { ...SILENT, ...headers } })).status;
    assert.equal(await send({ origin: OWN }), 200);
    assert.equal(await send({ origin: "https://shop.example.org", "sec-fetch-site": "same-site" }), 200);
    assert.equal(await send({ referer: `${OWN}/page?x` }), 200);
    assert.equal(await send({ origin: "https://evil.example", host: "evil.example" }), 403);
    assert.equal(await send({ origin: "null", referer: `${OWN}/` }), 403);
    assert.equal(await send({ "sec-fetch-site": "same-host" }), 403);
  });

  it("lets the browser extensions pass that are named among the origins, and no others", async (test) => {
    const named = [
      "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
      "moz-extension://0f3b2a1c-1111-4222-8333-444455556666",
      "safari-web-extension://0F3B2A1C-1111-4222-8333-444455556666",
    ];
    const origin = [OWN, ...named.map((own, index) => (index === 0 ? `${own}/` : own))];
    const { agent } = await defenceApp(test, (app) => app.use(crossOrigin({ origin })), { origin });
    await agent.signIn("anna");
    const send = async (from: string): Promise<number> => {
      const headers = { "sec-fetch-site": "none", "sec-fetch-mode": "cors", origin: from };
      return (await agent.post("/", "", { headers })).status;
    };
    for (const extension of named) assert.equal(await send(extension), 200, extension);
    for (const other of [
      "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba",
      "moz-extension://abcdefghijklmnopabcdefghijklmnop",
      "null",
    ])
      assert.equal(await send(other), 403, other);
  });

  it("lets clients pass that say nothing and have no cookie, and no others that say nothing", async (test) => {
    const { agent } = await defenceApp(test, (app) => app.use(crossOrigin({ origin: OWN })));
    assert.equal((await agent.post("/webhook", "{}", { headers: SILENT })).status, 200);
    agent.cookies.set("anything", "1");
    assert.equal((await agent.post("/webhook", "{}", { headers: SILENT })).status, 403);
  });

  it("is not fooled by a GET that asks to be taken for more", async (test) => {
    const { agent, handled } = await defenceApp(test, (app) => app.use(crossOrigin()));
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    assert.equal((await agent.get("/account?_method=DELETE", { headers })).status, 403);
    assert.equal(
      (await agent.get("/account", { headers: { ...headers, "x-http-method-override": "DELETE" } })).status,
      403,
    );
    // Which qs, Express's extended parser, reads as `_method`.
    for (const name of ["[_method]", "%5B_method%5D"])
      assert.equal((await agent.get(`/account?${name}=DELETE`, { headers })).status, 403, name);
    assert.deepEqual(handled, []);
    assert.equal((await agent.get("/account", { headers })).status, 200);
  });

  it("is not fooled by a POST that was made a GET before it", async (test) => {
    const { agent } = await defenceApp(test, (app) => {
      app.use((req, _res, next) => {
        Object.assign(req, { originalMethod: req.method });
        req.method = "GET";
        next();
      });
      app.use(crossOrigin());
    });
    assert.equal((await agent.post("/?_method=GET", "", { headers: EVIL })).status, 403);
  });

  it("tells caches what the reply depends on, beside what the app has told them", async (test) => {
    const { agent } = await defenceApp(test, (app) => {
      app.use((_req, res, next) => {
        res.setHeader("Vary", "Accept, origin");
        next();
      });
      app.use(crossOrigin());
    });
    assert.equal((await agent.post("/", "")).headers.vary, "Accept, origin, Sec-Fetch-Site");
    assert.equal(
      (await agent.post("/", "", { headers: EVIL })).headers.vary,
      "Accept, origin, Sec-Fetch-Site",
    );
    assert.equal((await agent.get("/")).headers.vary, "Accept, origin");
  });

  it("exempts exactly the paths it is told, or what a function says true to", async (test) => {
    const exempt = ["/saml/answer"];
    const { agent } = await defenceApp(test, (app) => {
      app.use("/saml", crossOrigin({ exempt }));
      app.use("/promised", crossOrigin({ exempt: () => Promise.resolve(true) as unknown as boolean }));
      app.use("/other", crossOrigin({ exempt: (req) => req.headers["x-signed"] === "yes" }));
    });
    const send = async (path: string, headers = {}) =>
      (await agent.post(path, "", { headers: { ...EVIL, ...headers } })).status;
    assert.equal(await send("/saml/answer"), 200);
    assert.equal(await send("/saml/answer?x=1"), 200);
    for (const path of [
      "/saml/answer/",
      "/saml/Answer",
      "/saml/%61nswer",
      "/saml//answer",
      "/saml/x?/saml/answer",
    ])
      assert.equal(await send(path), 403, path);
    assert.equal(await send("/promised"), 403);
    assert.equal(await send("/other"), 403);
    assert.equal(await send("/other", { "x-signed": "yes" }), 200);
  });

  it("refuses nothing while it only reports, and says which it would", async (test) => {
    const told: Refusal[] = [];
    const { agent, events } = await defenceApp(test, (app) =>
      app.use(crossOrigin({ insecureReportOnly: true, onRefusal: (refusal) => told.push(refusal) })),
    );
    assert.equal((await agent.post("/login", "", { headers: EVIL })).status, 200);
    assert.deepEqual(told, [{ reason: "cross-site", reportOnly: true }]);
    assert.equal(events[0] && Reflect.get(events[0], "reportOnly"), true);
  });

  it("reports a request once where session() has reported the same of it", async (test) => {
    const told: Refusal[] = [];
    const reportOnly = { insecureReportOnly: true };
    const onRefusal = (refusal: Refusal) => void told.push(refusal);
    const { agent, events } = await defenceApp(
      test,
      (app) => {
        app.use(crossOrigin({ ...reportOnly, onRefusal }));
        app.use("/strict", crossOrigin({ onRefusal }));
      },
      { crossOrigin: reportOnly },
    );
    await agent.signIn("anna");
    const reported = () => events.splice(0).map((event) => [event.type, Reflect.get(event, "reportOnly")]);
    reported();
    assert.equal((await agent.post("/", "", { headers: EVIL })).status, 200);
    assert.deepEqual(reported(), [["malicious_csrf", true]]);
    assert.deepEqual(told.splice(0), [{ reason: "cross-site", reportOnly: true }]);
    // That it was refused in the end is another fact.
    assert.equal((await agent.post("/strict", "", { headers: EVIL })).status, 403);
    assert.deepEqual(reported(), [
      ["malicious_csrf", true],
      ["malicious_csrf", undefined],
    ]);
  });

  it("stands alone, under bare node:http and without a session", async (test) => {
    const guard = crossOrigin();
    const agent = await testAgent((req, res) => guard(req, res, () => void res.end("done")));
    test.after(() => agent.close());
    const reply = await agent.post("/", "", { headers: EVIL });
    assert.deepEqual([reply.status, reply.headers["cache-control"]], [403, "no-store"]);
    assert.match(reply.text, /^The request comes from another site\./);
    assert.equal((await agent.post("/", "")).text, "done");
    const app = express().use(crossOrigin(), (_req, res) => void res.send("done"));
    const bare = await testAgent(app);
    test.after(() => bare.close());
    assert.equal((await bare.post("/", "", { headers: EVIL })).status, 403);
  });

  it("refuses options that it does not know or cannot use", () => {
    for (const options of [
      { origins: OWN },
      { origin: "example.org" },
      { origin: [] },
      { origin: "chrome-extension://" },
      { origin: "chrome-extension://*" },
      { origin: "chrome-extension://abc/page.html" },
      { origin: "chrome-extension:abc" },
      { origin: "file:///" },
      { exempt: "/webhook" },
      { exempt: ["webhook"] },
      { exempt: ["/a?b"] },
      { exempt: [/webhook/] },
      { insecureReportOnly: "yes" },
      { onRefusal: true },
      null,
    ])
      assert.throws(
        () => crossOrigin(options as CrossOriginOptions),
        { name: "HoldfastError", message: /crossOrigin|origin/ },
        JSON.stringify(options),
      );
  });
});
