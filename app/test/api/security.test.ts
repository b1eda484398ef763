import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { describe, it } from "node:test";
import { PASSWORD, useApplication } from "../support/application.ts";

describe("requests of other sites", () => {
  const app = useApplication();

  it("are refused where they would change something, with or without a session", async () => {
    const { client, username } = await app().signedIn();
    const fromAfar = [
      { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      { "sec-fetch-site": "same-site", origin: undefined },
      { "sec-fetch-site": undefined, origin: "https://evil.example" },
      { "sec-fetch-site": undefined, origin: "null" },
      { "sec-fetch-site": undefined, origin: `http://localhost:${client.port}` },
      { "sec-fetch-site": undefined, origin: undefined, referer: "https://evil.example/page" },
    ];
    for (const headers of fromAfar) {
      const logout = await client.post("/logout", { headers, as: "json" });
      assert.equal(logout.status, 403, JSON.stringify(headers));
      assert.match(logout.json<{ error: string }>().error, /another (?:site|origin)/);
      const json = { username, password: PASSWORD };
      const login = await app().client().post("/login", { headers, json });
      assert.equal(login.status, 403, JSON.stringify(headers));
      assert.equal(login.setCookie.length, 0);
    }
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("are refused as a page in a browser", async () => {
    const { client } = await app().signedIn();
    const reply = await client.post("/logout", { as: "html", headers: { "sec-fetch-site": "cross-site" } });
    assert.equal(reply.status, 403);
    assert.match(reply.text, /<h1>That was refused<\/h1>/);
  });

  it("may not embed pages, nor read them", async () => {
    const { client } = await app().signedIn();
    for (const headers of [
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
      { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    ])
      assert.equal((await client.get("/dashboard", { headers })).status, 403);
  });

  it("may open pages", async () => {
    const { client } = await app().signedIn();
    const headers = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    assert.equal((await client.get("/dashboard", { headers })).status, 200);
  });
});

describe("a request that does not say where it comes from", () => {
  const app = useApplication();
  const headers = { "sec-fetch-site": undefined, origin: undefined };

  it("is refused with the reason if it carries a session and would change something", async () => {
    const { client } = await app().signedIn();
    for (const [method, path] of [
      ["POST", "/logout"],
      ["DELETE", "/account/sessions"],
      ["POST", "/api/session/extend"],
    ] as const) {
      const reply = await client.send(path, { method, headers, as: "json" });
      assert.equal(reply.status, 403);
      assert.match(reply.json<{ error: string }>().error, /no Sec-Fetch-Site, Origin or Referer/);
    }
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("may log in, for it has no session that another site could abuse", async () => {
    const { username } = await app().signedIn();
    const json = { username, password: PASSWORD };
    assert.equal((await app().client().post("/login", { headers, json })).status, 200);
  });
});

describe("every reply", () => {
  const app = useApplication();

  it("carries security headers, and a policy without unsafe-inline", async () => {
    for (const path of ["/", "/nowhere", "/healthz", "/assets/style.css"]) {
      const { headers } = await app().client().get(path, { as: "html" });
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["x-frame-options"], "DENY");
      assert.equal(headers["x-powered-by"], undefined);
    }
  });

  it("carries HSTS, except on localhost", async () => {
    const host = (name: string) =>
      app()
        .client()
        .get("/healthz", { headers: { host: name } });
    for (const name of ["localhost", "localhost:3000", "127.0.0.1", "[::1]:3000", "app.localhost"]) {
      assert.equal((await host(name)).headers["strict-transport-security"], undefined, name);
    }
    for (const name of ["app.example", "localhost.example:3000"]) {
      assert.match(String((await host(name)).headers["strict-transport-security"]), /max-age=31536000/, name);
    }
  });

  it("sets one cookie, for HTTPS and the server alone", async () => {
    const { setCookie } = await app().client().get("/");
    assert.equal(setCookie.length, 1);
    assert.match(setCookie[0] ?? "", /^__Host-session=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it("has no inline script or style", async () => {
    const { client } = await app().signedIn();
    for (const path of ["/", "/dashboard", "/account/sessions", "/account/password", "/nowhere"]) {
      const { text } = await client.get(path, { as: "html" });
      assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i, path);
    }
  });
});

describe("what has no use for a session", () => {
  const app = useApplication();

  it("gets none: health, assets, missing pages", async () => {
    const health = await app().client().get("/healthz");
    assert.equal(health.status, 200);
    assert.deepEqual(health.json(), { status: "ok" });
    for (const path of ["/healthz", "/assets/main.js", "/login", "/signup", "/nowhere"]) {
      assert.equal((await app().client().get(path)).setCookie.length, 0, path);
    }
  });

  it("does not count as activity", async () => {
    const { client } = await app().signedIn();
    for (let i = 0; i < 2; i++) {
      app().clock.advance("16m");
      await client.get("/healthz");
      await client.get("/assets/style.css");
    }
    assert.equal((await client.get("/dashboard")).status, 401);
  });
});

describe("errors", () => {
  const app = useApplication();

  it("are told in the form the client understands", async () => {
    const json = await app().client().get("/nowhere", { as: "json" });
    assert.equal(json.status, 404);
    assert.deepEqual(json.json(), { error: "There is nothing at this address.", code: "ERR_NOT_FOUND" });
    const html = await app().client().get("/nowhere", { as: "html" });
    assert.match(html.text, /<h1>Not found<\/h1>/);
    assert.equal((await app().client().get("/nowhere")).text, "There is nothing at this address.\n");
  });

  it("of malformed paths and cookies are the client's, not ours", async () => {
    assert.equal((await app().client().get("/%ff")).status, 404);
    const client = app().client();
    for (const value of ["", "a.b.c.d", "%00", "x".repeat(4000), '{"__proto__":1}']) {
      client.cookies.set("__Host-session", value);
      assert.equal((await client.get("/dashboard")).status, 401, value.slice(0, 20));
    }
  });
});

describe("the log", () => {
  const app = useApplication();

  it("tells what happened, and never a cookie or a password", async () => {
    const { client } = await app().signedIn();
    await client.get("/dashboard?token=in-the-query");
    const cookie = client.cookies.get("__Host-session") ?? "";
    await client.post("/logout", { headers: { "user-agent": "evil\x9b2Jagent" } });
    const log = app().log.join("");
    assert.match(log, /session_created/);
    assert.match(log, /session_logout/);
    assert.match(log, /debug request method=GET path=\/dashboard status=200/);
    for (const secret of [PASSWORD, cookie, ...cookie.split(".").slice(1), "in-the-query", "\x9b"]) {
      assert.ok(secret.length > 0 && !log.includes(secret), JSON.stringify(secret));
    }
  });
});

describe("the plain-HTTP port", () => {
  const app = useApplication();

  const ask = async (method: string, path: string, host: string) => {
    const port = app().running.httpPort;
    const outgoing = request({ host: "localhost", port, path, method, headers: { host }, agent: false });
    outgoing.end();
    const [reply] = await once(outgoing, "response");
    reply.resume();
    return reply;
  };

  it("sends GET and HEAD to HTTPS, on the host that was asked for if it is ours", async () => {
    const https = app().running.port;
    for (const [host, origin] of [
      ["localhost:3080", `https://localhost:${https}`],
      ["127.0.0.1", `https://127.0.0.1:${https}`],
      ["[::1]:3080", `https://[::1]:${https}`],
    ] as const) {
      for (const method of ["GET", "HEAD"]) {
        const reply = await ask(method, "/dashboard?x=1", host);
        assert.equal(reply.statusCode, 308);
        assert.equal(reply.headers.location, `${origin}/dashboard?x=1`);
        assert.equal(reply.headers["set-cookie"], undefined);
      }
    }
  });

  it("redirects to no host that the certificate does not cover", async () => {
    for (const host of [
      "evil.example",
      "localhost@evil.example",
      "localhost.evil.example",
      "localhost:1:2",
    ]) {
      const reply = await ask("GET", "/", host);
      assert.equal(reply.statusCode, 400, host);
      assert.equal(reply.headers.location, undefined);
    }
  });

  it("keeps the host whatever the path is", async () => {
    const reply = await ask("GET", "//evil.example/", "localhost");
    assert.equal(reply.headers.location, `https://localhost:${app().running.port}//evil.example/`);
  });

  it("refuses everything else: it was sent in the clear", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      assert.equal((await ask(method, "/login", "localhost")).statusCode, 403, method);
    }
  });
});

describe("STORE_URL=memory:", () => {
  const app = useApplication({ STORE_URL: "memory:" });

  it("keeps sessions and users in memory", async () => {
    const { client } = await app().signedIn();
    assert.equal((await client.get("/dashboard")).status, 200);
  });
});
