import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import compatSession from "../../src/compat/index.ts";
import { session } from "../../src/index.ts";
import { CookieStore } from "../../src/store/cookie.ts";
import { clock, cookiePolicy, FULL } from "../support/hardened.ts";
import { handler, inEnvironment, serveRow, stacks } from "../support/policy-apps.ts";
import { strongSecret } from "../support/session-app.ts";
import { get } from "../support/streaming.ts";
import { WatchedStore } from "../support/watched-store.ts";
import { dataOf } from "../support/wrapped-apps.ts";
import { compress, onHeaders, type Wrapper } from "../support/wrappers.ts";

/** Every way to set a cookie and to send a head. */
const ways: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  setHeader: (res) => [res.setHeader("set-COOKIE", "a=1"), res.end()],
  "setHeader with a list": (res) => [res.setHeader("Set-Cookie", ["a=1"]), res.end()],
  appendHeader: (res) => [res.appendHeader("Set-Cookie", "a=1"), res.end()],
  setHeaders: (res) => [res.setHeaders(new Headers({ "set-cookie": "a=1" })), res.end()],
  "writeHead with an object": (res) => res.writeHead(200, { "Set-Cookie": "a=1" }).end(),
  "writeHead with a reason": (res) => res.writeHead(200, "Fine", { "Set-Cookie": ["a=1"] }).end(),
  "writeHead without a reason": (res) =>
    Reflect.apply(res.writeHead, res, [200, undefined, { "Set-Cookie": "a=1" }]).end(),
  "writeHead with a flat list": (res) => res.writeHead(200, ["Set-Cookie", "a=1"]).end(),
  "writeHead with pairs": (res) => Reflect.apply(res.writeHead, res, [200, [["Set-Cookie", "a=1"]]]).end(),
  "writeHead over setHeader": (res) => {
    res.setHeader("Set-Cookie", "b=2");
    res.writeHead(200, { "Set-Cookie": "a=1" }).end();
  },
  "Node's old writeHeader": (res) => [
    Reflect.apply(Reflect.get(res, "writeHeader"), res, [200, { "Set-Cookie": "a=1" }]),
    res.end(),
  ],
  write: (res) => [res.setHeader("Set-Cookie", "a=1"), res.write("x"), res.end()],
  flushHeaders: (res) => [res.setHeader("Set-Cookie", "a=1"), res.flushHeaders(), res.end()],
  pipe: async (res) => {
    const { Readable } = await import("node:stream");
    res.setHeader("Set-Cookie", "a=1");
    Readable.from(["x"]).pipe(res);
  },
};

for (const stack of Object.keys(stacks)) {
  describe(`cookiePolicy(), on ${stack}`, () => {
    for (const [way, send] of Object.entries(ways)) {
      it(`hardens a cookie set by ${way}`, async (test) => {
        const agent = await serveRow(test, stack, [cookiePolicy(), handler(send)]);
        assert.deepEqual((await agent.get("/")).setCookie, [FULL]);
      });
    }

    const inHead: Wrapper = (_req, res, next) => {
      onHeaders(res, () => res.appendHeader("Set-Cookie", "a=1"));
      next();
    };
    const sent = handler((res) => void res.end("sent"));

    it("hardens what a listener sets just before the head is written, wherever that stands", async (test) => {
      for (const row of [
        [inHead, cookiePolicy(), sent],
        [cookiePolicy(), inHead, sent],
        [compress, inHead, cookiePolicy(), sent],
        [cookiePolicy(), inHead, compress, sent],
      ]) {
        const agent = await serveRow(test, stack, row);
        for (const browser of [agent, agent.newBrowser()])
          assert.deepEqual((await browser.get("/")).setCookie, [FULL]);
      }
    });

    it("leaves a compressed body whole", async (test) => {
      const agent = await serveRow(test, stack, [compress, cookiePolicy(), inHead, sent]);
      const body = await new Promise<Buffer>((resolve) => {
        get(agent, "/").on("response", async (reply) => resolve(Buffer.concat(await reply.toArray())));
      });
      assert.equal(gunzipSync(body).toString(), "sent");
    });

    for (const saving of ["at once", "later"]) {
      it(`stands before or after session(), which saves ${saving}, and leaves its cookie alone`, async (test) => {
        const write = handler((res, req) => {
          dataOf(req).n = 1;
          res.setHeader("Set-Cookie", ["a=1"]);
          if (req.url === "/head") res.writeHead(200, { "X-Own": "1" });
          res.end();
        });
        for (const before of [true, false]) {
          const sessions = session({
            secret: strongSecret(),
            clock,
            store: new WatchedStore({ sync: saving === "at once" }),
            cookie: { maxAge: "2h" },
          });
          const policy = cookiePolicy({ maxAge: "1h", sameSite: "strict" });
          const row = before ? [policy, sessions, write] : [sessions, policy, write];
          const agent = await serveRow(test, stack, row);
          for (const path of ["/end", "/head"]) {
            const { setCookie } = await agent.newBrowser().get(path);
            assert.equal(setCookie.length, 2);
            assert.ok(setCookie.includes(FULL.replace("Lax", "Strict")));
            const own = setCookie.find((one) => one.startsWith("__Host-session="));
            assert.match(own ?? "", /Max-Age=7200; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/);
          }
          await sessions.close();
        }
      });
    }
  });
}

describe("cookiePolicy() and the cookies of session()", () => {
  const write = handler((res, req) => {
    dataOf(req).n = 1;
    res.setHeader("Set-Cookie", "a=1");
    res.end();
  });

  it("leaves them usable over plain HTTP where session() allows it", async (test) => {
    const sessions = session({
      secret: strongSecret(),
      cookie: { insecureAllowHttp: true },
      onWarning: () => {},
    });
    const policy = inEnvironment("production", () => cookiePolicy());
    const agent = await serveRow(test, "Express 5", [policy, sessions, write], { https: false });
    const { setCookie } = await agent.get("/");
    assert.deepEqual(setCookie.map((one) => one.replace(/session=[^;]+/, "session=x")).sort(), [
      FULL,
      "session=x; Path=/; HttpOnly; SameSite=Lax",
    ]);
    await sessions.close();
  });

  it("leaves those that carry the session itself as they are", async (test) => {
    const sessions = session({ secret: strongSecret(), store: new CookieStore(), cookie: { maxAge: "2h" } });
    const policy = cookiePolicy({ maxAge: "1h", sameSite: "strict" });
    const agent = await serveRow(test, "Express 5", [policy, sessions, write]);
    const { setCookie } = await agent.get("/");
    const own = setCookie.filter((one) => one.startsWith("__Host-session"));
    assert.equal(own.length, 2);
    for (const cookie of own) assert.match(cookie, /Max-Age=7200; .*SameSite=Lax$/);
    await sessions.close();
  });

  it("hardens those of holdfast/compat, whose options are the app's", async (test) => {
    for (const stack of Object.keys(stacks)) {
      for (const before of [true, false]) {
        const options = { secret: strongSecret(), resave: false, saveUninitialized: true };
        const sessions = compatSession({ ...options, cookie: { httpOnly: false } });
        const row = [cookiePolicy(), sessions as unknown as Wrapper];
        const agent = await serveRow(test, stack, [...(before ? row : row.toReversed()), write]);
        const { setCookie } = await agent.get("/");
        const own = setCookie.find((one) => one.startsWith("connect.sid="));
        assert.match(own ?? "", /^[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/, `${stack} ${before}`);
        assert.ok(setCookie.includes(FULL));
      }
    }
  });

  it("does not take a cookie for theirs where there is no session", async (test) => {
    const sessions = session({ secret: strongSecret(), onWarning: () => {} });
    const send = handler((res) => [res.setHeader("Set-Cookie", "session=1"), res.end()]);
    const policy = inEnvironment("production", () => cookiePolicy());
    const agent = await serveRow(test, "Express 5", [policy, sessions, send], { https: false });
    assert.deepEqual((await agent.get("/")).setCookie, ["session=1; HttpOnly; SameSite=Lax; Secure"]);
    await sessions.close();
  });
});
