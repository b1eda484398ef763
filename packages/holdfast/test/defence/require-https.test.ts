import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { describe, it, type TestContext } from "node:test";
import express from "express";
import fc from "fast-check";
import { type RequireHttpsOptions, requireHttps } from "../../src/defence/index.ts";
import { HoldfastError } from "../../src/index.ts";
import { fakeClock, type TestAgent, testAgent } from "../../src/testing/index.ts";
import { handler, inEnvironment, serveRow, stacks } from "../support/policy-apps.ts";
import { head, rawExchange } from "../support/raw.ts";
import type { Wrapper } from "../support/wrappers.ts";

const reached = handler((res) => void res.end("reached"));

interface Place {
  readonly stack?: string;
  readonly https?: boolean;
  readonly environment?: string;
}

/** A server behind `requireHttps()`, by default over plain HTTP and in production. */
function serve(
  test: TestContext,
  options: RequireHttpsOptions,
  { stack = "node:http", https = false, environment = "production" }: Place = {},
): Promise<TestAgent> {
  const guard = inEnvironment(environment, () => requireHttps({ onWarning: () => {}, ...options }));
  return serveRow(test, stack, [guard as Wrapper, reached], { https });
}

/** An app of its own, over plain HTTP. */
async function plain(test: TestContext, app: RequestListener): Promise<TestAgent> {
  const agent = await testAgent(app, { https: false });
  test.after(() => agent.close());
  return agent;
}

const host = "example.com";

for (const stack of Object.keys(stacks)) {
  describe(`requireHttps(), over plain HTTP on ${stack}`, () => {
    it("sends GET and HEAD on to the same page over HTTPS", async (test) => {
      const agent = await serve(test, { host }, { stack });
      for (const method of ["GET", "HEAD"]) {
        const { status, headers, text } = await agent.send("/a/b?c=d&e=%0d%0a", { method });
        assert.equal(status, 308);
        assert.equal(headers.location, "https://example.com/a/b?c=d&e=%0d%0a");
        assert.equal(headers["cache-control"], "no-store");
        // RFC 6797 7.2: never over plain HTTP, where anybody could have written it.
        assert.equal(headers["strict-transport-security"], undefined);
        assert.doesNotMatch(text, /reached/);
      }
    });

    it("refuses every other method, whatever its headers call it", async (test) => {
      const agent = await serve(test, { host, exempt: ["/healthz"] }, { stack });
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
        for (const path of ["/login", "/healthz", "/login?_method=GET"]) {
          const headers = { "x-http-method-override": "GET" };
          const body = method.startsWith("P") ? "password=1" : undefined;
          const reply = await agent.send(path, { method, headers, body });
          assert.equal(reply.status, 403, `${method} ${path}`);
          assert.equal(reply.headers.location, undefined);
          assert.doesNotMatch(reply.text, /reached/);
        }
      }
    });

    it("sends nobody to a host that the app has not named", async (test) => {
      const agent = await serve(
        test,
        { host: ["example.com", "www.example.com", "api.example.com:8443"] },
        { stack },
      );
      const cases = [
        ["example.com", "example.com"],
        ["WWW.example.com:8080", "www.example.com"],
        ["api.example.com", "api.example.com:8443"],
        ["evil.example", "example.com"],
        ["example.com.evil.example", "example.com"],
        ["example.com@evil.example", "example.com"],
        ["evil.example#example.com", "example.com"],
        ["example.com:80@evil.example", "example.com"],
        ["[::1]", "example.com"],
        ["", "example.com"],
      ];
      for (const [asked = "", target] of cases) {
        const headers = { host: asked, "x-forwarded-host": "evil.example" };
        const { status, headers: sent } = await agent.get("/x", { headers });
        assert.deepEqual([status, sent.location], [308, `https://${target}/x`], asked);
      }
    });

    it("answers 400 for a name that no URL can hold, without asking the app's function", async (test) => {
      const asked: string[] = [];
      const known = (name: string): string => {
        asked.push(name);
        return name;
      };
      const agent = await serve(test, { host: known }, { stack });
      const long = `${"a".repeat(64)}.example.com`;
      for (const host of [
        "xn--0.example.com",
        ".example.com",
        "a..example.com",
        ".",
        long,
        "1.2.3.256",
        "[::1::]",
      ]) {
        const reply = await agent.get("/", { headers: { host } });
        assert.deepEqual([reply.status, reply.headers.location], [400, undefined], host);
      }
      assert.deepEqual(asked, []);
      for (const host of ["example.com", "example.com.", "a_b.example.com", "[::1]"])
        assert.equal((await agent.get("/", { headers: { host } })).headers.location, `https://${host}/`);
    });

    it("sends nobody elsewhere by a path, however it is written", async (test) => {
      const agent = await serve(test, { host }, { stack });
      const paths = [
        "//evil.example/",
        "/\\evil.example",
        "/.//evil.example",
        "/@evil.example",
        "http://evil.example/x",
        "*",
      ];
      for (const path of paths) {
        const raw = await rawExchange(agent.port, head(`GET ${path} HTTP/1.1`, { Connection: "close" }));
        const [, location = ""] = /\r\nLocation: (.*)\r\n/i.exec(raw) ?? [];
        assert.equal(new URL(location).origin, "https://example.com", `${path}: ${raw}`);
      }
    });

    it("lets health checks through by their exact path", async (test) => {
      const agent = await serve(test, { host, exempt: ["/healthz"] }, { stack });
      for (const path of ["/healthz", "/healthz?deep=1"])
        assert.equal((await agent.get(path)).text, "reached");
      for (const path of [
        "/healthz/",
        "/healthz/../admin",
        "/Healthz",
        "//healthz",
        "/healthz;x",
        "/%68ealthz",
      ])
        assert.equal((await agent.get(path)).status, 308, path);
    });
  });

  describe(`requireHttps(), over HTTPS on ${stack}`, () => {
    it("lets every method pass and keeps browsers with HTTPS", async (test) => {
      const agent = await serve(test, { host }, { stack, https: true });
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const { text, headers } = await agent.send("/", { method, headers: { host } });
        assert.equal(text, "reached");
        assert.equal(headers["strict-transport-security"], "max-age=31536000; includeSubDomains");
      }
    });

    it("binds neither localhost nor an IP address, which other programs share", async (test) => {
      const agent = await serve(test, { host }, { stack, https: true });
      for (const local of [
        "localhost",
        "LOCALHOST:3000",
        "app.localhost",
        "localhost.",
        "127.0.0.1:3000",
        "[::1]:3000",
        "10.1.2.3",
        "a b",
      ]) {
        const { text, headers } = await agent.get("/", { headers: { host: local } });
        assert.deepEqual([text, headers["strict-transport-security"]], ["reached", undefined], local);
      }
    });
  });
}

describe("requireHttps()", () => {
  it("tells an Express app's error handler why it refused", async (test) => {
    const errors: unknown[] = [];
    const app = express().set("env", "test");
    app.use(inEnvironment("production", () => requireHttps({ host })));
    app.use(((error, _req, res, _next) => {
      errors.push(error);
      res.status(error.status).send("the app's page");
    }) satisfies express.ErrorRequestHandler);
    const agent = await plain(test, app);
    const { status, text, headers } = await agent.post("/login", "password=1");
    assert.deepEqual([status, text, headers.location], [403, "the app's page", undefined]);
    assert.ok(errors[0] instanceof HoldfastError && errors[0].code === "ERR_HOLDFAST_HTTPS_REQUIRED");
  });

  it("redirects within a router to the whole path", async (test) => {
    const app = express().use(
      "/deep",
      inEnvironment("production", () => requireHttps({ host, exempt: ["/deep/healthz", "/page"] })),
    );
    const agent = await plain(test, app);
    assert.equal((await agent.get("/deep/page?x")).headers.location, "https://example.com/deep/page?x");
    assert.equal((await agent.get("/deep/healthz")).status, 404);
    assert.equal((await agent.get("/deep/page")).status, 308);
  });

  it("closes the connection on which something came in the clear", async (test) => {
    const agent = await serve(test, { host });
    for (const [method, status] of [
      ["GET", 308],
      ["POST", 403],
    ]) {
      const raw = await rawExchange(agent.port, head(`${method} / HTTP/1.1`));
      assert.match(raw, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(raw, /\r\nConnection: close\r\n/);
    }
  });

  it("asks a function for the host, and answers 400 where that knows none", async (test) => {
    const asked: string[] = [];
    const hostOf = (name: string) => {
      asked.push(name);
      return name.endsWith(".example.com") ? `${name}:3000` : undefined;
    };
    const agent = await serve(test, { host: hostOf }, { environment: "development" });
    const one = await agent.get("/x", { headers: { host: "A.example.com:80" } });
    assert.equal(one.headers.location, "https://a.example.com:3000/x");
    for (const name of ["evil.example", "localhost", "x@a.example.com", "evil.example/a.example.com"]) {
      const { status, headers } = await agent.get("/x", { headers: { host: name } });
      assert.deepEqual([status, headers.location], [400, undefined], name);
    }
    assert.deepEqual(asked, ["a.example.com", "evil.example", "localhost"]);
  });

  it("answers 500 where that function throws or returns no host, and goes on", async (test) => {
    const hostOf = (name: string) => {
      if (name === "throws.example") throw new Error("s3cret");
      return name === "bad.example" ? "https://bad.example/" : name;
    };
    const agent = await serve(test, { host: hostOf });
    for (const name of ["throws.example", "bad.example"]) {
      const { status, headers, text } = await agent.get("/", { headers: { host: name } });
      assert.deepEqual([status, headers.location, text], [500, undefined, "Internal Server Error\n"], name);
    }
    assert.equal((await agent.get("/", { headers: { host: "a.example" } })).status, 308);
  });

  it("never redirects to a host that it was not given, whatever is asked", async (test) => {
    const agent = await serve(test, { host: ["example.com", "b.example.com"] });
    const printable = fc.string({ unit: fc.constantFrom(..."ab.:/@\\#?[]%-_~example.com"), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(printable, printable, async (name, path) => {
        const raw = await rawExchange(
          agent.port,
          head(`GET /${path} HTTP/1.1`, { Host: name, Connection: "close" }),
        );
        const [, location] = /\r\nLocation: (.*)\r\n/i.exec(raw) ?? [];
        if (location === undefined) return assert.match(raw, /^HTTP\/1\.1 400 /);
        assert.ok(
          ["https://example.com", "https://b.example.com"].includes(new URL(location).origin),
          location,
        );
      }),
      { numRuns: 300 },
    );
  });
});

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
        { forwarded: 'for=192.0.2.1;proto="https";by=x' },
        { forwarded: "proto=https" },
      ] as Record<string, string>[];
      for (const headers of claims) {
        for (const method of ["GET", "POST"]) {
          const reply = await agent.send("/", { method, headers });
          assert.equal(reply.status, 403);
          assert.deepEqual(
            [reply.headers.location, /reached|trust proxy/.test(reply.text)],
            [undefined, false],
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
});

describe("requireHttps() on the developer's own machine", () => {
  const development = { environment: "development" };
  const local = { headers: { host: "localhost:3000" } };

  it("lets plain HTTP pass, without host or for another one", async (test) => {
    for (const options of [{}, { host }]) {
      const agent = await serve(test, options, development);
      for (const name of ["localhost:3000", "127.0.0.1", "[::1]:80"]) {
        const { text, headers } = await agent.get("/", { headers: { host: name } });
        assert.deepEqual([text, headers["strict-transport-security"]], ["reached", undefined]);
      }
      assert.equal((await agent.post("/", "x", local)).text, "reached");
    }
  });

  it("sends it on where the app serves localhost over HTTPS", async (test) => {
    const agent = await serve(test, { host: ["example.com", "localhost:3443"] }, development);
    assert.equal((await agent.get("/", local)).headers.location, "https://localhost:3443/");
    assert.equal((await agent.post("/", "x", local)).status, 403);
  });

  it("lets nobody pass who is not there, or comes through a proxy", async (test) => {
    const agent = await serve(test, {}, development);
    for (const headers of [
      { host: "example.com" },
      { host: "localhost", "x-forwarded-for": "192.0.2.1" },
    ] as Record<string, string>[])
      assert.equal((await agent.get("/", { headers })).status, 403);
    const production = await serve(test, { host });
    assert.equal((await production.get("/", local)).headers.location, "https://example.com/");
  });
});

describe("The options of requireHttps()", () => {
  it("say what browsers are told", async (test) => {
    const values: [RequireHttpsOptions["hsts"], string | undefined][] = [
      [{}, "max-age=31536000; includeSubDomains"],
      [{ maxAge: "730d", preload: true }, "max-age=63072000; includeSubDomains; preload"],
      [{ maxAge: "1h", includeSubDomains: false }, "max-age=3600"],
      [{ maxAge: 0 }, "max-age=0; includeSubDomains"],
      [false, undefined],
    ];
    for (const [hsts, value] of values) {
      const agent = await serve(test, { host, hsts }, { https: true });
      const { headers } = await agent.get("/", { headers: { host } });
      assert.equal(headers["strict-transport-security"], value);
    }
  });

  it("stop the app at start if they are wrong", () => {
    const wrong: [object, string][] = [
      [{ hosts: "example.com" }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ host: "https://example.com" }, "ERR_HOLDFAST_OPTION"],
      [{ host: "example.com/x" }, "ERR_HOLDFAST_OPTION"],
      [{ host: "a@b" }, "ERR_HOLDFAST_OPTION"],
      [{ host: "example.com:99999" }, "ERR_HOLDFAST_OPTION"],
      [{ host: [] }, "ERR_HOLDFAST_OPTION"],
      [{ host: "" }, "ERR_HOLDFAST_OPTION"],
      [{ host, proxy: "loopback" }, "ERR_HOLDFAST_OPTION"],
      [{ host, exempt: "/healthz" }, "ERR_HOLDFAST_OPTION"],
      [{ host, exempt: ["healthz"] }, "ERR_HOLDFAST_OPTION"],
      [{ host, onWarning: true }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: true }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: { maxage: 1 } }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ host, hsts: { maxAge: "soon" } }, "ERR_HOLDFAST_DURATION"],
      [{ host, hsts: { includeSubDomains: "no" } }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: { preload: true, maxAge: "30d" } }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: { preload: true, includeSubDomains: false } }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [options, code] of wrong)
      assert.throws(() => requireHttps(options), { code }, JSON.stringify(options));
  });

  it("must name the host in production", () => {
    inEnvironment("production", () => {
      assert.throws(() => requireHttps(), { code: "ERR_HOLDFAST_OPTION", message: /needs `host`/ });
    });
    inEnvironment("development", () => requireHttps());
  });
});
