import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import { requireHttps } from "../../src/defence/index.ts";
import { fakeClock } from "../../src/testing/index.ts";
import { host, plain, serve } from "../support/https-app.ts";
import { inEnvironment, stacks } from "../support/policy-apps.ts";

describe("requireHttps() behind a proxy", () => {
  const forwarded = { "x-forwarded-proto": "https", host: "localhost:3000" };

  it("believes the one that it is told of, and pins the app's own host", async (test) => {
    const agent = await serve(test, { host, proxy: true });
    const { text, headers } = await agent.get("/", { headers: forwarded });
    assert.deepEqual(
      [text, headers["strict-transport-security"]],
      ["reached", "max-age=31536000; includeSubDomains"],
    );
    const bare = await agent.get("/", { headers: { ...forwarded, "x-forwarded-proto": "http" } });
    assert.equal(bare.headers.location, "https://example.com/");
  });

  it("believes those that Express's trust proxy names", async (test) => {
    for (const [trust, passes] of [
      ["loopback", true],
      ["10.0.0.1", false],
      [false, false],
    ] as const) {
      const app = express().set("env", "test").set("trust proxy", trust);
      app.use(inEnvironment("production", () => requireHttps({ host, onWarning: () => {} })));
      app.use((_req, res) => void res.send("reached"));
      const agent = await plain(test, app);
      const { status } = await agent.get("/", { headers: forwarded });
      assert.equal(status, passes ? 200 : 403, String(trust));
    }
  });

  for (const stack of Object.keys(stacks)) {
    it(`refuses the word of anybody else, instead of redirecting in circles, on ${stack}`, async (test) => {
      const warnings: string[] = [];
      const clock = fakeClock();
      const onWarning = (message: string) => warnings.push(message);
      const agent = await serve(test, { host, clock, onWarning }, { stack });
      const claims = [
        { "x-forwarded-proto": "https" },
        { "x-forwarded-proto": "HTTPS, http" },
        { "x-forwarded-proto": "http, https" },
        { forwarded: 'for=192.0.2.1;proto="https";by=x' },
        { forwarded: "proto=http, for=192.0.2.1;proto=https" },
        { "x-forwarded-scheme": "https" },
        { "x-forwarded-protocol": "ssl" },
        { "x-url-scheme": "https" },
        { "x-forwarded-ssl": "on" },
        { "front-end-https": "On" },
        { "cf-visitor": '{"scheme":"https"}' },
        { "cloudfront-forwarded-proto": "https" },
        { "fastly-ssl": "1" },
        { "x-appengine-https": "on" },
        { "x-arr-ssl": "2048|256|C=US, O=Example" },
        { "sec-fetch-site": "none", host },
      ] as Record<string, string>[];
      for (const headers of claims) {
        for (const method of ["GET", "POST"]) {
          const reply = await agent.send("/", { method, headers });
          assert.equal(reply.status, 403);
          assert.deepEqual(
            [reply.headers.location, reply.headers["cache-control"], /reached|trust proxy/.test(reply.text)],
            [undefined, "no-store", false],
          );
        }
      }
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", /from (?:::ffff:)?127\.0\.0\.1 says .*"trust proxy".*proxy: true/s);
      clock.advance("1m");
      await agent.get("/", { headers: { "x-forwarded-proto": "https" } });
      assert.equal(warnings.length, 2);
    });
  }

  it("tells a developer in the reply what to set", async (test) => {
    const agent = await serve(test, { host }, { environment: "development" });
    const { status, text } = await agent.get("/", { headers: forwarded });
    assert.equal(status, 403);
    assert.match(text, /requireHttps\(\{ proxy: true \}\)/);
  });

  it("lets an untrusted claim open nothing but what is exempt", async (test) => {
    const agent = await serve(test, { host, exempt: ["/healthz"] }, { environment: "development" });
    assert.equal((await agent.get("/healthz", { headers: forwarded })).text, "reached");
    assert.equal((await agent.get("/", { headers: { "x-forwarded-proto": "http" } })).status, 308);
  });

  it("names the header in its warning, and what to set", async (test) => {
    const warnings: string[] = [];
    const options = { host, onWarning: (message: string) => warnings.push(message) };
    const cloud = { "cf-visitor": '{"scheme":"https"}' };
    await (await serve(test, options)).get("/", { headers: cloud });
    assert.match(
      warnings[0] ?? "",
      /by `CF-Visitor` .* that address is no proxy .*set `X-Forwarded-Proto`, and declare it/,
    );
    await (await serve(test, options)).get("/", { headers: { "sec-fetch-site": "none", host } });
    assert.match(warnings[1] ?? "", /`Sec-Fetch-Site`, which browsers send over HTTPS/);
    const inner = { ...cloud, "x-forwarded-proto": "http" };
    await (await serve(test, { ...options, proxy: true })).get("/", { headers: inner });
    assert.match(warnings[2] ?? "", /`CF-Visitor` .*`X-Forwarded-Proto` of the proxy there, .*does not/);
  });

  it("refuses what a trusted proxy says in another way, instead of redirecting in circles", async (test) => {
    const app = express().set("env", "test").set("trust proxy", 1);
    app.use(inEnvironment("production", () => requireHttps({ host, onWarning: () => {} })));
    const agents = [await serve(test, { host, proxy: true }), await plain(test, app)];
    for (const agent of agents) {
      for (const headers of [
        { "x-forwarded-ssl": "on" },
        { "x-forwarded-proto": "http", "cf-visitor": '{"scheme":"https"}' },
        { "x-forwarded-proto": "http", "sec-fetch-site": "same-origin", host },
      ] as Record<string, string>[])
        assert.equal((await agent.get("/", { headers })).status, 403, JSON.stringify(headers));
    }
  });

  it("sends on whom a proxy says to have come in the clear, though proxies speak HTTPS with each other", async (test) => {
    const app = express().set("env", "test").set("trust proxy", 2);
    app.use(inEnvironment("production", () => requireHttps({ host })));
    const agents = [await serve(test, { host, proxy: true }), await plain(test, app)];
    for (const agent of agents) {
      for (const headers of [
        { "x-forwarded-proto": "http, https" },
        { forwarded: "for=192.0.2.1;proto=http, for=10.0.0.1;proto=https" },
        { "x-forwarded-proto": "http", "cf-visitor": '{"scheme":"http"}', "x-forwarded-ssl": "off" },
      ] as Record<string, string>[])
        assert.equal((await agent.get("/", { headers })).status, 308, JSON.stringify(headers));
    }
  });

  it("takes no word of Fetch Metadata from the own machine, where browsers send it in the clear", async (test) => {
    const agent = await serve(test, { host });
    for (const name of ["localhost:3000", "app.localhost", "127.0.0.1"]) {
      const headers = { "sec-fetch-site": "none", host: name };
      assert.equal((await agent.get("/", { headers })).headers.location, `https://${host}/`, name);
    }
  });
});
