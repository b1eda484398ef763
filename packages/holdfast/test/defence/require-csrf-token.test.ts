import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import {
  csrfToken,
  type Refusal,
  type RequireCsrfTokenOptions,
  requireCsrfToken,
} from "../../src/defence/index.ts";
import { session } from "../../src/index.ts";
import { fakeClock, testAgent } from "../../src/testing/index.ts";
import { codeIn, defenceApp } from "../support/defence-app.ts";
import { strongSecret } from "../support/session-app.ts";
import { FORM, sends, tokenApp, tokenFor } from "../support/token-app.ts";

describe("requireCsrfToken()", () => {
  it("takes the token from a header, a form's field or JSON, and from nowhere else", async (test) => {
    const { agent, events } = await tokenApp(test);
    await agent.signIn("anna");
    events.length = 0;
    const token = await tokenFor(agent);
    assert.equal(await sends(agent, token), 200);
    assert.equal((await agent.post("/", `_csrf=${token}`, { headers: FORM })).status, 200);
    assert.equal((await agent.post("/", { _csrf: token })).status, 200);
    for (const [path, body] of [
      [`/?_csrf=${token}`, "a=1"],
      ["/", `_csrf[]=${token}`],
      ["/", `_csrf=${token}&_csrf=${token}`],
      ["/", `_csrf[token]=${token}`],
      ["/", `csrf=${token}`],
      ["/", `_csrf=`],
    ] as const) {
      const reply = await agent.post(path, body, { headers: FORM });
      assert.deepEqual([reply.status, codeIn(reply)], [403, "ERR_HOLDFAST_CSRF_TOKEN"], body);
    }
    agent.cookies.set("_csrf", token);
    agent.cookies.set("x-csrf-token", token);
    assert.equal(await sends(agent, undefined), 403);
    assert.equal((await agent.post("/", { toString: token })).status, 403);
    assert.deepEqual(new Set(events.map(({ type }) => type)), new Set(["malicious_csrf"]));
    assert.ok(!JSON.stringify(events).includes(token));
  });

  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    it(`needs it of every ${method}, with a session or without`, async (test) => {
      const told: Refusal[] = [];
      const { agent, handled } = await tokenApp(test, { onRefusal: (refusal) => told.push(refusal) });
      assert.equal((await agent.send("/", { method })).status, 403);
      await agent.signIn("anna");
      assert.equal((await agent.send("/", { method })).status, 403);
      assert.equal((await agent.send("/", { method, headers: { "x-csrf-token": "x" } })).status, 403);
      assert.deepEqual(
        told.map(({ reason }) => reason),
        ["no-token", "no-token", "wrong-token"],
      );
      assert.deepEqual(handled, []);
      const headers = { "x-csrf-token": await tokenFor(agent) };
      assert.equal((await agent.send("/", { method, headers })).status, 200);
    });
  }

  it("needs it of a GET that asks to be taken for more, and of no other", async (test) => {
    const { agent } = await tokenApp(test);
    assert.equal((await agent.get("/")).status, 200);
    assert.equal((await agent.get("/?_method=DELETE")).status, 403);
  });

  it("refuses the token of another session and of another visitor", async (test) => {
    const { agent } = await tokenApp(test);
    const mallory = agent.newBrowser();
    const anna = agent.newBrowser();
    await mallory.signIn("mallory");
    await anna.signIn("anna");
    assert.equal(await sends(anna, await tokenFor(mallory)), 403);
    const strangers = await tokenFor(agent.newBrowser());
    assert.equal(await sends(anna, strangers), 403);
    assert.equal(await sends(agent, strangers), 403);
    // Nor is one of a second session of the same user.
    const phone = agent.newBrowser();
    await phone.signIn("anna");
    assert.equal(await sends(anna, await tokenFor(phone)), 403);
  });

  it("keeps open forms good when the session is renewed", async (test) => {
    const clock = fakeClock();
    const { agent, events } = await tokenApp(test, {}, { clock, renew: "5m", idle: "1h" });
    await agent.signIn("anna");
    const token = await tokenFor(agent);
    const before = agent.cookies.get("__Host-session");
    clock.advance("6m");
    await agent.get("/form");
    await agent.get("/form");
    assert.notEqual(agent.cookies.get("__Host-session"), before);
    assert.ok(events.some(({ type }) => type === "session_renewed"));
    assert.equal(await sends(agent, token), 200);
  });

  it("takes tokens after a multipart parser, and exempts what it is told", async (test) => {
    const app = await defenceApp(test, (inner) => {
      inner.use(requireCsrfToken({ exempt: ["/upload", "/webhook"], field: "token" }));
      inner.get("/form", (req, res) => void res.send(csrfToken(req)));
      // What a parser such as multer leaves behind; only what is the body's own counts.
      const parse: express.RequestHandler = (req, _res, next) => {
        const inherited = { token: req.headers["x-inherited"] };
        req.body = Object.assign(
          Object.create(inherited),
          req.headers["x-part"] && { token: req.headers["x-part"] },
        );
        next();
      };
      inner.post("/upload", parse, requireCsrfToken({ field: "token" }));
    });
    const { agent } = app;
    const token = await tokenFor(agent);
    assert.equal((await agent.post("/upload", "", { headers: { "x-part": token } })).status, 200);
    assert.equal((await agent.post("/upload", "", { headers: { "x-part": `${token}x` } })).status, 403);
    assert.equal((await agent.post("/upload", "")).status, 403);
    assert.equal((await agent.post("/upload", "", { headers: { "x-inherited": token } })).status, 403);
    assert.equal((await agent.post("/webhook", "")).status, 200);
    assert.equal((await agent.post("/webhook/", "")).status, 403);
  });

  it("says what is wrong rather than give a token that is dead when it arrives", async (test) => {
    const { agent } = await tokenApp(test, {}, {}, (app) => {
      app.get("/assigned", (req, res) => {
        Object.assign(req.session, { userId: "anna" });
        res.send(req.csrfToken());
      });
      app.get("/late", (req, res) => {
        res.write("x");
        try {
          res.end(req.csrfToken());
        } catch (error) {
          res.end(Reflect.get(Object(error), "code"));
        }
      });
    });
    const assigned = await agent.get("/assigned");
    assert.deepEqual([assigned.status, codeIn(assigned)], [500, "ERR_HOLDFAST_OPTION"]);
    assert.equal((await agent.newBrowser().get("/late")).text, "xERR_HOLDFAST_HEADERS_SENT");
  });

  it("is bound to the sessions it is told, where a request has several", async (test) => {
    const outer = session({ secret: strongSecret(), name: "outer", onWarning: () => {} });
    const inner = session({ secret: strongSecret(), name: "inner", onWarning: () => {} });
    const app = express();
    app.use(outer, inner);
    app.get("/form", (req, res) => void res.send(csrfToken(req, { sessions: outer })));
    app.get("/which", (req, res) => void res.send(csrfToken(req)));
    app.post("/", requireCsrfToken({ sessions: outer }), (_req, res) => void res.send("done"));
    app.use(((error, _req, res, _next) => {
      res.status(error.status).json({ code: error.code });
    }) satisfies express.ErrorRequestHandler);
    const agent = await testAgent(app, { sessions: outer });
    test.after(async () => {
      await agent.close();
      await outer.close();
      await inner.close();
    });
    await agent.signIn("anna");
    assert.equal(await sends(agent, await tokenFor(agent)), 200);
    assert.equal(codeIn(await agent.get("/which")), "ERR_HOLDFAST_OPTION");
  });

  it("works under bare node:http, where csrfToken(req) gives the token", async (test) => {
    const sessions = session({ secret: strongSecret(), onWarning: () => {} });
    const guard = requireCsrfToken();
    const agent = await testAgent(
      (req, res) =>
        sessions(req, res, () =>
          guard(req, res, () => void res.end(req.method === "GET" ? csrfToken(req) : "done")),
        ),
      { sessions },
    );
    test.after(async () => {
      await agent.close();
      await sessions.close();
    });
    await agent.signIn("anna");
    const token = await tokenFor(agent);
    assert.equal((await agent.post("/", "", { headers: { "x-csrf-token": token } })).text, "done");
    const refused = await agent.post("/", "");
    assert.deepEqual([refused.status, refused.headers["cache-control"]], [403, "no-store"]);
  });

  it("needs session() before it, and options that it knows", async (test) => {
    const agent = await testAgent(
      express().use(requireCsrfToken(), (_req, res) => void res.send("done")) as express.Express,
    );
    test.after(() => agent.close());
    assert.equal((await agent.get("/")).status, 500);
    for (const options of [
      { fields: "_csrf" },
      { field: "" },
      { field: 1 },
      { exempt: 1 },
      { onRefusal: 1 },
      { sessions: {} },
    ])
      assert.throws(
        () => requireCsrfToken(options as RequireCsrfTokenOptions),
        { name: "HoldfastError" },
        JSON.stringify(options),
      );
  });
});
