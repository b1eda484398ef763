import assert from "node:assert/strict";
import { type IncomingMessage, request } from "node:http";
import { describe, it, type TestContext } from "node:test";
import express, { type RequestHandler } from "express";
import { requireCsrfToken } from "../../src/defence/index.ts";
import { backChannelLogout } from "../../src/oidc/index.ts";
import type { TestReply } from "../../src/testing/index.ts";
import { type AppRequest, describeServers, sendJson, serve } from "../support/servers.ts";
import { CLIENT, ISSUER, type SsoApp, sendToken, ssoApp, testProvider, usersOf } from "../support/sso-app.ts";

describeServers("the endpoint of back-channel logouts", (server) => {
  it("reads the token itself, and ends the session", async (t) => {
    const provider = await testProvider();
    let handler: ReturnType<typeof backChannelLogout> | undefined;
    const { agent, sessions } = await serve(t, server, { clock: provider.clock }, async (req, res) => {
      if (req.url === "/backchannel-logout") return handler?.(req, res);
      if (req.url === "/callback") await signIn(req);
      sendJson(res, { user: req.session.userId });
    });
    const signIn = ({ session }: AppRequest): Promise<void> =>
      session.signIn("anna", { idToken: provider.claims("anna", "s1") });
    handler = backChannelLogout({ sessions, issuer: ISSUER, clientId: CLIENT, keys: provider.keys });
    await agent.get("/callback");
    assert.equal((await sendToken(agent, "forged")).status, 400);
    assert.deepEqual((await agent.get("/")).json(), { user: "anna" });
    assert.equal((await sendToken(agent, await provider.logoutToken({ sid: "s1" }))).status, 200);
    assert.deepEqual((await agent.get("/")).json(), {});
  });
});

const parsers: Readonly<Record<string, RequestHandler>> = {
  "express.urlencoded()": express.urlencoded({ extended: false }),
  "express.urlencoded({ extended: true })": express.urlencoded({ extended: true }),
  "express.text()": express.text({ type: "*/*" }),
  "express.raw()": express.raw({ type: "*/*" }),
  "express.json(), which leaves it": express.json(),
  "a parser that sets an empty body and leaves it": (req, _res, next) => {
    req.body = {};
    next();
  },
};

describe("a request with a logout token", () => {
  for (const [name, parser] of Object.entries(parsers)) {
    it(`may have come through ${name}`, async (t) => {
      const sso = await ssoApp(t, { before: [parser] });
      const browser = await sso.browser("anna", "s1");
      const twice = await withBody(sso, (token) => `logout_token=${token}&logout_token=${token}`);
      assert.deepEqual([twice.status, reasonOf(twice)], [400, "duplicate"]);
      for (const body of ["a=b", ""]) assert.equal(reasonOf(await withBody(sso, () => body)), "missing");
      assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
      assert.equal((await sso.logOut({ sid: "s1" })).status, 200);
      assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
    });
  }

  const refused: Readonly<Record<string, readonly [string, (sso: SsoApp) => Promise<TestReply>]>> = {
    "as JSON": ["content_type", (sso) => withType(sso, "application/json")],
    "as multipart": ["content_type", (sso) => withType(sso, "multipart/form-data; boundary=x")],
    "as plain text": ["content_type", (sso) => withType(sso, "text/plain")],
    "of a type that begins like a form's": [
      "content_type",
      (sso) => withType(sso, "application/x-www-form-urlencoded-not"),
    ],
    "without a type": ["content_type", (sso) => withType(sso, undefined)],
    "twice, another between": [
      "duplicate",
      (sso) => withBody(sso, (token) => `logout_token=${token}&a=b&logout_token=x`),
    ],
    "in a list": ["missing", (sso) => withBody(sso, (token) => `logout_token[]=${token}`)],
    "under another name": ["missing", (sso) => withBody(sso, (token) => `Logout_Token=${token}`)],
    "that is empty": ["missing", (sso) => withBody(sso, () => "logout_token=")],
    "but an empty body": ["missing", (sso) => withBody(sso, () => "")],
    "in the URL": ["in_query", (sso) => withPath(sso, (token) => `?logout_token=${token}`, "")],
    "in the URL and the body": ["in_query", (sso) => withPath(sso, (token) => `?logout_token=${token}`)],
    "in too long a body": [
      "too_large",
      (sso) => withBody(sso, (token) => `logout_token=${token}&a=${"b".repeat(40_000)}`),
    ],
  };

  for (const [what, [reason, send]] of Object.entries(refused)) {
    it(`${what} is refused, and ends nothing`, async (t) => {
      const sso = await ssoApp(t);
      const browser = await sso.browser("anna", "s1");
      const reply = await send(sso);
      assert.deepEqual([reply.status, reasonOf(reply)], [400, reason]);
      assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
    });
  }

  it("may have other fields, a charset and capitals in its type", async (t) => {
    const sso = await ssoApp(t);
    const browser = await sso.browser("anna", "s1");
    const token = await sso.provider.logoutToken({ sid: "s1" });
    const reply = await sendToken(sso.app.agent, token, {
      body: `state=1&logout_token=${token}&iss=other`,
      headers: { "content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8" },
    });
    assert.equal(reply.status, 200);
    assert.deepEqual(await usersOf(sso.app, [browser]), [undefined]);
  });

  it("is refused before all of an endless body has come", { timeout: 20_000 }, async (t) => {
    const sso = await ssoApp(t);
    assert.equal(await sendEndlessly(t, sso.app.agent.port), 400);
  });

  it("that breaks off changes nothing, and leaves the server well", async (t) => {
    let arrive: (req: IncomingMessage) => void = () => undefined;
    const arrived = new Promise<IncomingMessage>((resolve) => {
      arrive = resolve;
    });
    const note: RequestHandler = (req, _res, next) => {
      arrive(req);
      next();
    };
    const sso = await ssoApp(t, { before: [note] });
    const browser = await sso.browser("anna", "s1");
    const outgoing = post(sso.app.agent.port);
    outgoing.on("error", () => undefined);
    outgoing.write("logout_token=");
    const req = await arrived;
    const closed = new Promise((resolve) => req.once("close", resolve));
    outgoing.destroy();
    await closed;
    assert.deepEqual(await usersOf(sso.app, [browser]), ["anna"]);
  });

  it("that was answered by somebody else meanwhile, with a time-out, is carried out all the same", async (t) => {
    const late: RequestHandler = (_req, res, next) => {
      next();
      res.status(503).end();
    };
    const sso = await ssoApp(t, { before: [late] });
    const browser = await sso.browser("anna", "s1");
    assert.equal((await sso.send("forged")).status, 503);
    assert.equal((await sso.logOut({ sid: "s1" })).status, 503);
    while ((await usersOf(sso.app, [browser]))[0] !== undefined) await new Promise(setImmediate);
  });

  it("comes by POST only", async (t) => {
    const sso = await ssoApp(t);
    const reply = await sso.app.agent.get("/backchannel-logout");
    assert.deepEqual(
      [reply.status, reply.headers.allow, reply.headers["cache-control"]],
      [405, "POST", "no-store"],
    );
  });

  it("needs a CSRF token only where requireCsrfToken() is not told to leave it alone", async (t) => {
    for (const [exempt, status] of [
      [["/backchannel-logout"], 200],
      [undefined, 403],
    ] as const) {
      const sso = await ssoApp(t, { before: [requireCsrfToken({ exempt }) as RequestHandler] });
      assert.equal((await sso.logOut({ sid: "s1" })).status, status);
    }
  });

  it("from a page of another site, with its visitor's cookies, is refused by session()", async (t) => {
    const sso = await ssoApp(t);
    const browser = await sso.browser("anna", "s1");
    const reply = await browser.send("/backchannel-logout", {
      method: "POST",
      body: `logout_token=${await sso.provider.logoutToken({ sid: "s1" })}`,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: "https://evil.example",
        "sec-fetch-site": "cross-site",
      },
    });
    assert.equal(reply.status, 403);
  });
});

function reasonOf(reply: TestReply): string | undefined {
  const { error_description } = reply.json() as { error_description: string };
  return /refused: (\w+)\.$/.exec(error_description)?.[1];
}

async function withBody(sso: SsoApp, body: (token: string) => string): Promise<TestReply> {
  const token = await sso.provider.logoutToken({ sid: "s1" });
  return sendToken(sso.app.agent, token, { body: body(token) });
}

async function withType(sso: SsoApp, type: string | undefined): Promise<TestReply> {
  const token = await sso.provider.logoutToken({ sid: "s1" });
  return sendToken(sso.app.agent, token, { headers: { "content-type": type } });
}

async function withPath(sso: SsoApp, query: (token: string) => string, body?: string): Promise<TestReply> {
  const token = await sso.provider.logoutToken({ sid: "s1" });
  const path = `/backchannel-logout${query(token)}`;
  return sendToken(sso.app.agent, token, { path, ...(body !== undefined && { body }) });
}

function post(port: number): ReturnType<typeof request> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return request({ host: "127.0.0.1", port, path: "/backchannel-logout", method: "POST", headers });
}

/** Writes on until there is an answer. */
function sendEndlessly(test: TestContext, port: number): Promise<number | undefined> {
  const outgoing = post(port);
  test.after(() => outgoing.destroy());
  const chunk = "a".repeat(8_192);
  const more = (): void => void (outgoing.destroyed || outgoing.write(chunk, () => setImmediate(more)));
  more();
  return new Promise((resolve, reject) => {
    outgoing.on("response", ({ statusCode }) => {
      outgoing.destroy();
      resolve(statusCode);
    });
    outgoing.on("error", reject);
  });
}
