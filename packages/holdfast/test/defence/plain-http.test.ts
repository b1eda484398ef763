import assert from "node:assert/strict";
import { afterEach, describe, it, type TestContext } from "node:test";
import { HoldfastError, session } from "../../src/index.ts";
import { type TestReply, testAgent } from "../../src/testing/index.ts";
import {
  type AppOptions,
  cookieOf,
  countVisits,
  NAME,
  type SessionApp,
  sessionApp,
  strongSecret,
} from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const plain = async (test: TestContext, options: AppOptions = {}) => {
  const store = new WatchedStore();
  return { store, app: await sessionApp(test, { https: false, store, ...options }) };
};

const visit = (app: SessionApp, headers: Record<string, string> = {}): Promise<TestReply> =>
  app.act(countVisits, { headers });

const { NODE_ENV } = process.env;
afterEach(() => {
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
});

describe("on plain HTTP", () => {
  it("no session is stored, no cookie sent, and one warning says how to mend it", async (test) => {
    const { app, store } = await plain(test);
    for (let i = 0; i < 3; i++) {
      const reply = await visit(app);
      assert.deepEqual([reply.status, reply.json(), reply.setCookie], [200, { visits: 1 }, []]);
    }
    assert.deepEqual(store.calls, []);
    assert.equal(app.warnings.length, 1);
    assert.match(app.warnings[0] ?? "", /plain-HTTP.*trust proxy.*cookie: \{ secure: "auto" \}/s);
    assert.deepEqual(app.takeEvents(), Array(3).fill("insecure_transport"));
  });

  it("a warning that the app's logger cannot take costs no request, and is given to the process", async (test) => {
    const given = test.mock.method(process, "emitWarning", () => undefined);
    const { app } = await plain(test, {
      onWarning: () => {
        throw new Error("the log is full");
      },
    });
    assert.equal((await visit(app)).status, 200);
    assert.match(String(given.mock.calls[0]?.arguments[0]), /plain-HTTP/);
  });

  it("a reply that does not need a session is no reason for a warning", async (test) => {
    const { app } = await plain(test);
    assert.equal((await app.act((session) => session)).status, 200);
    assert.equal((await app.agent.get("/plain")).status, 200);
    assert.deepEqual(app.warnings, []);
  });

  it("in production changing a session is an error", async (test) => {
    process.env.NODE_ENV = "production";
    const { app } = await plain(test);
    const reply = await visit(app);
    assert.deepEqual(
      [reply.status, Reflect.get(reply.json() as object, "code"), reply.setCookie],
      [500, "ERR_HOLDFAST_INSECURE_TRANSPORT", []],
    );
    assert.equal((await app.act((session) => session)).status, 200, "reading one is none");
  });

  it("a sign-in fails loudly instead of pretending", async (test) => {
    const { app, store } = await plain(test);
    for (const act of ["signIn", "save", "update"] as const) {
      const reply = await app.act((session) => {
        session.a = 1;
        return act === "signIn"
          ? session.signIn("anna")
          : act === "save"
            ? session.save()
            : session.update((s) => s);
      });
      assert.deepEqual(
        [reply.status, Reflect.get(reply.json() as object, "code")],
        [500, "ERR_HOLDFAST_INSECURE_TRANSPORT"],
        act,
      );
    }
    assert.deepEqual(store.calls, []);
  });

  it("a genuine cookie is not accepted, under either name", async (test) => {
    const secret = strongSecret();
    const store = new WatchedStore();
    const secure = await sessionApp(test, { secret, store });
    await secure.agent.signIn("anna");
    const app = await sessionApp(test, { secret, store, https: false });
    store.calls.length = 0;
    const cookie = `${NAME}=${cookieOf(secure.agent)}; session=${cookieOf(secure.agent)}`;
    assert.deepEqual((await app.act((session) => session, { headers: { cookie } })).json(), {});
    assert.deepEqual(store.calls, []);
  });

  it("a forged X-Forwarded-Proto is believed neither under Express nor without it", async (test) => {
    const forged = {
      "x-forwarded-proto": "https",
      forwarded: "proto=https",
      "x-forwarded-ssl": "on",
      "front-end-https": "on",
    };
    const { app, store } = await plain(test);
    assert.deepEqual((await visit(app, forged)).setCookie, []);
    const sessions = session({ secret: strongSecret(), store, onWarning: () => {} });
    test.after(() => sessions.close());
    const agent = await testAgent(
      (req, res) =>
        sessions(req, res, () => {
          Object.assign(sessions.get(req) ?? {}, { a: 1 });
          res.end();
        }),
      { https: false },
    );
    test.after(() => agent.close());
    assert.deepEqual((await agent.get("/", { headers: forged })).setCookie, []);
    assert.deepEqual(store.calls, []);
  });
});

describe("behind a proxy that ends TLS", () => {
  it("Express's `trust proxy` decides, and only where the proxy says https", async (test) => {
    const { app } = await plain(test, { prepare: (express) => express.set("trust proxy", 1) });
    assert.equal((await visit(app, { "x-forwarded-proto": "https" })).setCookie.length, 1);
    assert.ok(app.agent.cookies.has(NAME));
    assert.deepEqual((await visit(app, { "x-forwarded-proto": "http" })).setCookie, []);
    assert.deepEqual((await visit(app)).setCookie, []);
    assert.deepEqual((await visit(app, { "x-forwarded-proto": "https" })).json(), { visits: 2 });
  });

  it("an untrusted hop is not believed", async (test) => {
    const { app } = await plain(test, { prepare: (express) => express.set("trust proxy", "10.0.0.0/8") });
    assert.deepEqual((await visit(app, { "x-forwarded-proto": "https" })).setCookie, []);
  });

  it("on bare node:http the `proxy` option decides", async (test) => {
    for (const proxy of [true, false, undefined]) {
      const sessions = session({ secret: strongSecret(), onWarning: () => {}, proxy });
      test.after(() => sessions.close());
      const agent = await testAgent(
        (req, res) =>
          sessions(req, res, () => {
            Object.assign(sessions.get(req) ?? {}, { a: 1 });
            res.end();
          }),
        { https: false },
      );
      test.after(() => agent.close());
      const cookies = async (headers: Record<string, string>) =>
        (await agent.newBrowser().get("/", { headers })).setCookie.length;
      assert.equal(await cookies({ "x-forwarded-proto": "https" }), proxy === true ? 1 : 0);
      assert.equal(await cookies({ "x-forwarded-proto": "HTTPS, http" }), proxy === true ? 1 : 0);
      for (const other of ["http", "http, https", "", "httpss", "wss"]) {
        assert.equal(await cookies({ "x-forwarded-proto": other }), 0, other);
      }
      assert.equal(await cookies({}), 0);
    }
  });

  it("proxy: false takes no proxy's word, not even Express's", async (test) => {
    const { app } = await plain(test, {
      proxy: false,
      prepare: (express) => express.set("trust proxy", true),
    });
    assert.deepEqual((await visit(app, { "x-forwarded-proto": "https" })).setCookie, []);
  });
});

describe("an app that allows plain HTTP by name", () => {
  it("gives everybody a session, under the plain name, with no Secure; over HTTPS the safe one", async (test) => {
    const secret = strongSecret();
    for (const production of [false, true]) {
      process.env.NODE_ENV = production ? "production" : "test";
      const { app } = await plain(test, { secret, cookie: { insecureAllowHttp: true } });
      const [cookie = ""] = (await visit(app, { host: "evil.example", "x-forwarded-for": "203.0.113.9" }))
        .setCookie;
      assert.match(cookie, /^session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
      const secure = await sessionApp(test, { secret, cookie: { insecureAllowHttp: true } });
      assert.match((await visit(secure)).setCookie[0] ?? "", /^__Host-session=.*; HttpOnly; Secure; /);
    }
  });

  it("and still refuses what a browser would refuse", () => {
    for (const cookie of [
      { insecureAllowHttp: true, secure: true },
      { insecureAllowHttp: true, sameSite: "none" },
    ] as const) {
      assert.throws(() => session({ secret: strongSecret(), cookie }), HoldfastError);
    }
  });
});
