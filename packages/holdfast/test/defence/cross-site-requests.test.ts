import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { session } from "../../src/index.ts";
import { testAgent } from "../../src/testing/index.ts";
import {
  type AppOptions,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";

const EVIL = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
const OLD = { "sec-fetch-site": undefined, origin: undefined, referer: undefined };

async function signedIn(test: TestContext, options: AppOptions = {}): Promise<SessionApp> {
  const app = await sessionApp(test, options);
  await app.agent.signIn("anna", { data: { balance: 100 } });
  app.takeEvents();
  return app;
}

const pay = set({ balance: 0 });

describe("a request that another site caused", () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    it(`${method} with a session: 403 before the handler, an event, and nothing has changed`, async (test) => {
      const app = await signedIn(test);
      let handled = false;
      const reply = await app.act(
        (session) => {
          handled = true;
          return pay(session);
        },
        { method, headers: EVIL },
      );
      assert.deepEqual([reply.status, handled, reply.setCookie], [403, false, []]);
      assert.equal(reply.headers.vary, "Sec-Fetch-Site, Origin");
      assert.equal(Reflect.get(reply.json() as object, "code"), "ERR_HOLDFAST_CROSS_SITE");
      const [event] = app.events;
      assert.deepEqual(
        [event?.type, event && Reflect.get(event, "reason"), event?.method],
        ["malicious_csrf", "cross-site", method],
      );
      assert.equal((await app.data()).balance, 100);
    });
  }

  it("of another app on a sister host is refused as well, until the app names it", async (test) => {
    const headers = { "sec-fetch-site": "same-site", origin: "https://shop.example.org" };
    assert.equal((await (await signedIn(test)).act(pay, { method: "POST", headers })).status, 403);
    const app = await signedIn(test, {
      origin: ["https://app.example.org", "https://SHOP.example.org:443/"],
    });
    assert.equal((await app.act(pay, { method: "POST", headers })).status, 200);
  });

  it("from an old browser is told by its Origin, else by its Referer", async (test) => {
    const app = await signedIn(test);
    const own = `https://127.0.0.1:${app.agent.port}`;
    const status = async (headers: Record<string, string>) =>
      (await app.act(() => ({}), { method: "POST", headers: { ...OLD, ...headers } })).status;
    assert.equal(await status({ origin: own }), 200);
    assert.equal(await status({ referer: `${own}/page` }), 200);
    assert.equal(await status({ origin: "https://evil.example" }), 403);
    assert.equal(await status({ origin: "null" }), 403);
    assert.equal(await status({ origin: own.replace("https", "http") }), 403);
    assert.equal(await status({ referer: "https://evil.example/page" }), 403);
  });

  it("that says nothing of where it comes from is refused, with a message that says why", async (test) => {
    const app = await signedIn(test);
    const reply = await app.act(pay, { method: "POST", headers: OLD });
    assert.equal(reply.status, 403);
    assert.match(
      Reflect.get(reply.json() as object, "message"),
      /no Sec-Fetch-Site, Origin or Referer header/,
    );
    assert.equal(Reflect.get(app.events[0] ?? {}, "reason"), "no-origin");
  });

  it("with a forged Host does not pass where the origin is configured", async (test) => {
    const app = await signedIn(test, { origin: "https://app.example.org" });
    const headers = {
      ...OLD,
      host: "evil.example",
      "x-forwarded-host": "evil.example",
      origin: "https://evil.example",
    };
    assert.equal((await app.act(pay, { method: "POST", headers })).status, 403);
  });

  it("may hide behind no second header and no method override", async (test) => {
    const app = await signedIn(test);
    for (const headers of [
      { ...EVIL, "x-http-method-override": "GET" },
      { ...EVIL, "x-requested-with": "XMLHttpRequest" },
      { "sec-fetch-site": "same-origin, cross-site", origin: "https://evil.example" },
      { "sec-fetch-site": "future-value", origin: "https://evil.example" },
    ]) {
      assert.equal((await app.act(pay, { method: "POST", headers, query: "?_method=GET" })).status, 403);
    }
  });

  it("is not answered with anything of the session, under bare node:http too", async (test) => {
    const secret = strongSecret();
    const sessions = session({ secret, onWarning: () => {} });
    let handled = false;
    const agent = await testAgent(
      (req, res) =>
        sessions(req, res, () => {
          handled = true;
          res.end();
        }),
      { sessions },
    );
    test.after(() => agent.close());
    test.after(() => sessions.close());
    await agent.signIn("anna");
    const reply = await agent.post("/", undefined, { headers: EVIL });
    assert.deepEqual([reply.status, handled, reply.setCookie], [403, false, []]);
    assert.match(reply.text, /^The request comes from another site\./);
    assert.equal(reply.headers["cache-control"], "no-store");
  });
});

describe("what the cross-site check leaves alone", () => {
  it("links from elsewhere", async (test) => {
    const app = await signedIn(test);
    for (const method of ["GET", "HEAD", "OPTIONS"])
      assert.equal((await app.act((session) => session, { method, headers: EVIL })).status, 200, method);
  });

  it("requests without a session cookie, and with a forged one: they have nothing to abuse", async (test) => {
    const app = await signedIn(test);
    const forged = { cookie: `${NAME}=${cookieOf(app.agent).slice(0, -1)}x` };
    for (const headers of [EVIL, { ...EVIL, ...forged }, OLD]) {
      const reply = await app.act((session) => ({ user: session.userId ?? null }), {
        by: app.agent.newBrowser(),
        method: "POST",
        headers,
      });
      assert.deepEqual([reply.status, reply.json()], [200, { user: null }]);
    }
  });

  it("an app that checks for itself, and says so", async (test) => {
    const app = await signedIn(test, { insecureAllowCrossSite: true });
    assert.equal((await app.act(pay, { method: "POST", headers: EVIL })).status, 200);
    assert.equal((await app.data()).balance, 0);
  });

  it("what the app has exempted by path or function, and nothing beside it", async (test) => {
    for (const exempt of [["/act/0"], (req: IncomingMessage) => req.url === "/act/0"]) {
      const app = await signedIn(test, { crossOrigin: { exempt } });
      assert.equal((await app.act(pay, { method: "POST", headers: EVIL })).status, 200);
      assert.deepEqual(app.takeEvents(), []);
      assert.equal((await app.act(pay, { method: "POST", headers: EVIL })).status, 403);
    }
  });

  it("everything while the app has it only report, with an event that says so", async (test) => {
    const app = await signedIn(test, { crossOrigin: { insecureReportOnly: true } });
    assert.equal((await app.act(pay, { method: "POST", headers: EVIL })).status, 200);
    const [event] = app.events;
    assert.deepEqual(
      [event?.type, event && Reflect.get(event, "reason"), event && Reflect.get(event, "reportOnly")],
      ["malicious_csrf", "cross-site", true],
    );
  });

  it("a sign-out by GET does nothing by itself: the app decides what its routes do", async (test) => {
    const app = await signedIn(test);
    assert.equal((await app.agent.get("/logout", { headers: EVIL })).status, 404);
    assert.equal((await app.data()).userId, "anna");
  });
});
