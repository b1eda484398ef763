import assert from "node:assert/strict";
import { afterEach, describe, it, type TestContext } from "node:test";
import { transportOf } from "../../src/express/transport.ts";
import { HoldfastError, session } from "../../src/index.ts";
import { cookieOf, countVisits, type SessionApp, sessionApp, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

type Request = Parameters<typeof transportOf>[0];

const local = async (test: TestContext, secure: boolean | "auto") => {
  const store = new WatchedStore();
  return { store, app: await sessionApp(test, { https: false, store, cookie: { secure } }) };
};

const visit = (app: SessionApp, headers: Record<string, string> = {}) => app.act(countVisits, { headers });

const { NODE_ENV } = process.env;
afterEach(() => {
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
});

describe("development without TLS", () => {
  for (const secure of [process.env.NODE_ENV === "production", "auto"] as const) {
    it(`secure: ${secure}: a working session on localhost, under a plain name, with one warning`, async (test) => {
      const { app } = await local(test, secure);
      for (const [index, host] of ["localhost:3000", "127.0.0.1", "[::1]:80", "LOCALHOST"].entries()) {
        assert.deepEqual((await visit(app, { host })).json(), { visits: index + 1 }, host);
      }
      assert.ok(cookieOf(app.agent, "session").length > 100);
      assert.equal(app.warnings.length, 1);
      assert.match(app.warnings[0] ?? "", /plain HTTP.*In production/);
    });
  }

  it("no session for a Host that is not this machine's", async (test) => {
    const { app, store } = await local(test, "auto");
    const hosts = [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "localhost.",
      "localhost:",
      "localhost:port",
      "user@localhost",
      "127.0.0.2",
      "[::1",
      "0.0.0.0",
      "localhost, evil.example",
      "",
    ];
    for (const host of hosts) {
      const reply = await visit(app, { host });
      assert.deepEqual([reply.json(), reply.setCookie], [{ visits: 1 }, []], host);
    }
    assert.equal(app.warnings.length, 1);
    assert.match(app.warnings[0] ?? "", /only requests from this machine to localhost/);
    assert.doesNotMatch(app.warnings[0] ?? "", /set cookie/, "it does not advise what is set already");
    assert.deepEqual(store.calls, []);
  });

  it("no session where anything shows that a proxy stands before the app", async (test) => {
    const { app, store } = await local(test, "auto");
    const traces = [
      "forwarded",
      "x-forwarded-for",
      "x-forwarded-proto",
      "x-forwarded-host",
      "X-Forwarded-Server",
      "x-forwarded-anything",
      "via",
      "x-real-ip",
    ];
    for (const name of traces) {
      const reply = await visit(app, { [name]: "x" });
      assert.deepEqual([reply.json(), reply.setCookie], [{ visits: 1 }, []], name);
    }
    assert.deepEqual(store.calls, []);
  });

  it("no session for a peer on another machine", () => {
    const request = (remoteAddress: string | undefined): Request =>
      ({ headers: { host: "localhost" }, socket: { remoteAddress } }) as unknown as Request;
    for (const peer of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]) {
      assert.equal(transportOf(request(peer), "local-development", undefined), "http", peer);
    }
    for (const peer of [
      "192.168.1.2",
      "10.0.0.1",
      "::ffff:10.0.0.1",
      "fe80::1",
      "128.0.0.1",
      "27.127.0.0.1",
      undefined,
    ]) {
      assert.equal(transportOf(request(peer), "local-development", undefined), "none", peer);
    }
  });

  it("the prefixed cookie of the HTTPS site is neither read nor written there", async (test) => {
    const { app } = await local(test, "auto");
    const reply = await visit(app, { cookie: "__Host-session=x" });
    assert.match(reply.setCookie[0] ?? "", /^session=/);
    assert.doesNotMatch(reply.setCookie[0] ?? "", /Secure|Domain/);
  });

  it("does not exist in production: false is refused at start, auto means true", async (test) => {
    process.env.NODE_ENV = "production";
    assert.throws(
      () => session({ secret: strongSecret(), cookie: { secure: false } }),
      (error) => error instanceof HoldfastError && error.code === "ERR_HOLDFAST_COOKIE_INSECURE",
    );
    const { app, store } = await local(test, "auto");
    const reply = await visit(app, { host: "localhost" });
    assert.deepEqual([reply.status, reply.setCookie], [500, []]);
    assert.deepEqual(store.calls, []);
  });
});
