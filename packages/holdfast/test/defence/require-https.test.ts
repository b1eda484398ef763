import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import fc from "fast-check";
import { requireHttps } from "../../src/defence/index.ts";
import { HoldfastError } from "../../src/index.ts";
import { host, plain, serve } from "../support/https-app.ts";
import { inEnvironment, stacks } from "../support/policy-apps.ts";
import { head, rawExchange } from "../support/raw.ts";

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
