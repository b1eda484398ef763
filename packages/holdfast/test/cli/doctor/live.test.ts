import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import cookieSession from "cookie-session";
import express, { type Express } from "express";
import compatible from "express-session";
import fc from "fast-check";
import { getIronSession } from "iron-session";
import { examineReply } from "../../../src/cli/doctor/live/examine-reply.ts";
import { copiedReply, fetchReply, type Reply } from "../../../src/cli/doctor/live/reply.ts";
import { COOKIE_LOOKS, REPLY_RULES } from "../../../src/cli/doctor/live/rules.ts";
import { session } from "../../../src/index.ts";
import { strongSecret } from "../../support/session-app.ts";

const NOW = Date.UTC(2030, 0, 1);
const PAGE = readFileSync(new URL("../../../../../docs/migrate.md", import.meta.url), "utf8");
const ID = "s%3A8sHx0Tz3m1Yk2Qw4Er6Ty8Ui0Op2As4D.kq9Xv1Lw7Rt5Yb2Nc8Md4Hf6Jg0SaQeUiOoTyWxZzAb";

const overHttps = (...setCookies: string[]): Reply => ({
  from: "https://app.example/login",
  https: true,
  local: false,
  setCookies,
  headers: new Map([
    ["cache-control", "no-store"],
    ["strict-transport-security", "max-age=31536000"],
  ]),
  plainHttp: "redirects",
});
const rulesFor = (reply: Reply): string[] => examineReply(reply, NOW).findings.map(({ rule }) => rule);
const rulesOf = (header: string): string[] => rulesFor(overHttps(header));

const SAFE = `__Host-id=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`;

async function serve(test: TestContext, app: Express): Promise<URL> {
  const server: Server = createServer(app).listen(0, "127.0.0.1");
  test.after(() => server.close());
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  return new URL(`http://127.0.0.1:${port}/login?token=hidden`);
}

describe("a session cookie", () => {
  it("that is as it should be gives no finding", () => {
    assert.deepEqual(rulesOf(SAFE), []);
    assert.deepEqual(rulesOf(`${SAFE}; Max-Age=3600`), []);
  });

  it("is found wanting in each of its attributes", () => {
    const samples: Record<string, string> = {
      "secure-missing": `id=${ID}; Path=/; HttpOnly; SameSite=Lax`,
      "http-only-off": `__Host-id=${ID}; Path=/; Secure; SameSite=Lax`,
      "same-site": `__Host-id=${ID}; Path=/; Secure; HttpOnly`,
      "name-default": `connect.sid=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`,
      "name-prefix": `id=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`,
      "host-prefix-refused": `__Host-id=${ID}; Path=/app; HttpOnly; Secure; SameSite=Lax`,
      "domain-shared": `id=${ID}; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax`,
      "max-age-long": `${SAFE}; Max-Age=34560001`,
    };
    assert.deepEqual(Object.keys(samples).toSorted(), COOKIE_LOOKS.map(({ id }) => id).toSorted());
    for (const [rule, header] of Object.entries(samples)) assert.ok(rulesOf(header).includes(rule), rule);
    for (const sameSite of ["None", "Maybe", ""]) {
      assert.deepEqual(rulesOf(SAFE.replace("Lax", sameSite)), ["same-site"]);
    }
    const expires = new Date(NOW + 401 * 24 * 3600 * 1000).toUTCString();
    assert.deepEqual(rulesOf(`${SAFE}; Expires=${expires}`), ["max-age-long"]);
    assert.deepEqual(rulesOf(`${SAFE}; Expires=${expires}; Max-Age=60`), [], "Max-Age wins");
  });

  it("is not what has another purpose", () => {
    const { findings, unread } = examineReply(overHttps("theme=dark"), NOW);
    assert.deepEqual(findings, []);
    assert.match(unread[0]?.what ?? "", /none of the reply's cookies/);
    assert.match(examineReply(overHttps(), NOW).unread[0]?.what ?? "", /sets no cookie/);
  });
});

describe("a reply that begins a session", () => {
  it("is found wanting in its headers, and in what plain HTTP does", () => {
    const reply = overHttps(SAFE);
    const samples: Record<string, Reply> = {
      "cookie-twice": overHttps(SAFE, SAFE),
      cacheable: { ...reply, headers: new Map([["strict-transport-security", "max-age=31536000"]]) },
      hsts: { ...reply, headers: new Map([["cache-control", "no-store"]]) },
      "plain-http": { ...reply, plainHttp: "answers" },
    };
    assert.deepEqual(Object.keys(samples).toSorted(), REPLY_RULES.map(({ id }) => id).toSorted());
    for (const [rule, sample] of Object.entries(samples)) assert.deepEqual(rulesFor(sample), [rule]);
    const soon = new Map([...(reply.headers ?? []), ["strict-transport-security", "max-age=3600"]]);
    assert.deepEqual(rulesFor({ ...reply, headers: soon as Map<string, string> }), ["hsts"]);
    assert.deepEqual(rulesFor({ ...reply, plainHttp: "sets-cookie" }), ["plain-http"]);
    assert.deepEqual(rulesFor({ ...reply, plainHttp: "silent" }), []);
  });

  it("is fetched with one GET, without its body and without following it", async (test) => {
    const app = express();
    let requests = 0;
    app.get("/login", (_req, res) => {
      requests++;
      res.setHeader("Set-Cookie", `connect.sid=${ID}; Path=/; HttpOnly`);
      res.redirect("/elsewhere");
    });
    app.get("/elsewhere", () => assert.fail("was followed"));
    const reply = await fetchReply(await serve(test, app));
    assert.equal(requests, 1);
    assert.deepEqual([reply.https, reply.local, reply.plainHttp], [false, true, undefined]);
    assert.ok(!reply.from.includes("hidden"), "the query is not shown");
    assert.deepEqual(rulesFor(reply), ["same-site", "cacheable"], "plain HTTP on this machine is left alone");
  });

  it("over HTTPS is fetched once more over plain HTTP", async () => {
    const replies: Record<string, () => Response> = {
      redirects: () => new Response(null, { status: 308, headers: { location: "https://app.example/" } }),
      answers: () => new Response("hello"),
      "sets-cookie": () => new Response("hello", { headers: { "set-cookie": "a=b" } }),
      silent: () => {
        throw new TypeError("fetch failed");
      },
    };
    for (const [outcome, answer] of Object.entries(replies)) {
      const asked: string[] = [];
      const get = async (url: unknown): Promise<Response> => {
        asked.push(String(url));
        return asked.length === 1 ? new Response("", { headers: { "set-cookie": SAFE } }) : answer();
      };
      const reply = await fetchReply(new URL("https://app.example/login"), get);
      assert.deepEqual(asked, ["https://app.example/login", "http://app.example/login"]);
      assert.equal(reply.plainHttp, outcome);
    }
  });

  it("is let go as soon as its headers are there", async () => {
    let cancelled = 0;
    const endless = (): Response => new Response(new ReadableStream({ cancel: () => void cancelled++ }));
    await fetchReply(new URL("https://app.example/"), async () => endless());
    assert.equal(cancelled, 2);
  });

  it("may be copied, a header alone or all of them", () => {
    const alone = copiedReply(SAFE);
    assert.deepEqual([alone.setCookies, alone.headers], [[SAFE], undefined]);
    const whole = copiedReply(
      `HTTP/2 200\r\ncache-control: no-store\r\nSet-Cookie: ${SAFE}\r\nset-cookie: a=b\r\n`,
    );
    assert.equal(whole.setCookies.length, 2);
    assert.equal(whole.headers?.get("cache-control"), "no-store");
    assert.deepEqual(rulesFor(whole), []);
    assert.deepEqual(rulesFor(copiedReply(`Set-Cookie: ${SAFE}`)), []);
  });
});

describe("the maker of a session cookie", () => {
  const makerOf = async (test: TestContext, prepare: (app: Express) => void): Promise<string[]> => {
    const app = express();
    prepare(app);
    const url = await serve(test, app);
    return examineReply(await fetchReply(url), NOW).recognised.map(({ what }) => what.split(":")[0] ?? "");
  };
  const count: express.RequestHandler = (req, res) => {
    Object.assign(req.session ?? {}, { visits: 1 });
    res.end();
  };

  it("is recognised by the form of real cookies", async (test) => {
    const secret = strongSecret();
    assert.deepEqual(
      await makerOf(test, (app) =>
        app.use(compatible({ secret, resave: false, saveUninitialized: false, name: "x" }), count),
      ),
      ["express-session's"],
    );
    assert.deepEqual(await makerOf(test, (app) => app.use(cookieSession({ keys: [secret] }), count)), [
      "cookie-session's",
    ]);
    assert.deepEqual(
      await makerOf(test, (app) =>
        app.use(async (req, res) => {
          const sealed = await getIronSession<{ n: number }>(req, res, { password: secret, cookieName: "y" });
          sealed.n = 1;
          await sealed.save();
          res.end();
        }),
      ),
      ["iron-session's"],
    );
    const sessions = session({ secret, cookie: { secure: "auto" }, onWarning: () => {} });
    test.after(() => sessions.close());
    assert.deepEqual(await makerOf(test, (app) => app.use(sessions, count)), ["Holdfast's"]);
  });

  it("is recognised of the libraries that do not run here", () => {
    const fastify = `sessionId=8sHx0Tz3m1Yk2Qw4Er6Ty8Ui0Op2As4D.${"kq9Xv1Lw7Rt5Yb2Nc8Md4Hf6Jg0SaQeUiOoTyWxZzAb"}`;
    const [maker] = examineReply(overHttps(fastify), NOW).recognised;
    assert.match(maker?.what ?? "", /^@fastify\/session's/);
    const token = "jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    assert.match(examineReply(overHttps(token), NOW).recognised[0]?.what ?? "", /^a JSON Web Token/);
  });
});

describe("the way to move that a maker is given", () => {
  it("is a part of the page about moving", () => {
    const cookies = [
      SAFE,
      "id=Fe26.2*1*ab",
      "id=eyJhIjoxfQ==",
      "id=8sHx0Tz3m1Yk2Qw4Er6Ty8Ui0Op2As4D.kq9Xv1Lw7Rt5Yb2Nc8Md4Hf6Jg0SaQeUiOoTyWxZzAb",
    ];
    for (const cookie of cookies) {
      const [found] = examineReply(overHttps(cookie, "id.sig=abc"), NOW).recognised;
      const [, heading] = /^docs\/migrate\.md, "(.*)"$/.exec(found?.migration ?? "") ?? [];
      assert.ok(heading !== undefined && PAGE.includes(`\n## ${heading}\n`), cookie);
    }
  });
});

describe("a cookie's value", () => {
  it("is in nothing that is said, whatever the header", () => {
    const value = fc.stringMatching(/^[\w%.*~:+/-]{12,60}$/);
    const attribute = fc.constantFrom(
      "Secure",
      "HttpOnly",
      "SameSite=None",
      "Domain=x.y",
      "Max-Age=9e9",
      "Expires=never",
    );
    fc.assert(
      fc.property(
        value,
        fc.array(attribute),
        fc.constantFrom("sid", "__Host-s", "connect.sid"),
        (secret, rest, name) => {
          const header = [`${name}=${secret}`, ...rest].join("; ");
          for (const reply of [
            overHttps(header),
            copiedReply(header),
            copiedReply(`Set-Cookie: ${header}`),
          ]) {
            assert.ok(!JSON.stringify(examineReply(reply, NOW)).includes(secret));
          }
        },
      ),
    );
  });

  it("may be anything: nothing crashes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => void examineReply(copiedReply(text), NOW)),
    );
  });
});
