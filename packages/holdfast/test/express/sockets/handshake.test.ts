import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { connect, Socket } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import { CookieStore } from "../../../src/store/cookie.ts";
import { signInForTest } from "../../../src/testing/sign-in.ts";
import { codeOf } from "../../support/session-app.ts";
import { socketApp } from "../../support/socket-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

describe("A request for a WebSocket", () => {
  it("gets its session: data, user and handle, in req.session too", async (test) => {
    const app = await socketApp(test);
    const cookie = await app.signIn();
    assert.equal((await app.open({ cookie })).status, 101);
    const [admitted] = app.admitted;
    assert.equal(admitted?.user, "anna");
    assert.equal(admitted?.handle, cookie.split(".")[1]);
    assert.equal(Reflect.get(admitted?.session ?? {}, "userId"), "anna");
    assert.equal(Reflect.get(app.requests[0] ?? {}, "session"), admitted?.session);
  });

  it("without a session is refused with 401, unless anonymous ones are welcome", async (test) => {
    const strict = await socketApp(test);
    const refused = await strict.open();
    assert.equal(refused.status, 401);
    assert.equal(refused.body, "Sign in first.\n");
    assert.equal(refused.headers["cache-control"], "no-store");
    const open = await socketApp(test, { upgrade: { anonymous: true } });
    assert.equal((await open.open()).status, 101);
    assert.deepEqual(
      [open.admitted[0]?.user, open.admitted[0]?.handle, open.watched],
      [undefined, undefined, 0],
    );
  });

  for (const [title, originBeside] of [
    ["another site", () => "https://evil.example"],
    ["a site whose name begins with ours", (own: string) => `${own}.evil.example`],
    ["a sandboxed frame", () => "null"],
    ["our host over plain HTTP", (own: string) => own.replace("https", "http")],
    ["our host on another port", () => "https://127.0.0.1:1"],
    ["two origins", (own: string) => `${own}, https://evil.example`],
    ["an origin with a path", (own: string) => `${own}/`],
    ["an empty origin", () => ""],
  ] as const) {
    it(`from ${title} is refused with 403, and an event tells`, async (test) => {
      const app = await socketApp(test);
      const cookie = await app.signIn();
      app.takeEvents();
      const origin = originBeside(app.origin);
      assert.equal((await app.open({ cookie, origin, "sec-fetch-site": "same-origin" })).status, 403);
      const [event] = app.events;
      assert.equal(event?.type, "malicious_csrf");
      assert.equal(event && Reflect.get(event, "reason"), "other-origin");
      assert.equal(app.admitted.length, 0);
    });
  }

  it("with a session and no Origin is refused, unless the app has clients that are no browsers", async (test) => {
    const app = await socketApp(test);
    const refused = await app.open({ cookie: await app.signIn(), origin: undefined });
    assert.equal(refused.status, 403);
    const native = await socketApp(test, { upgrade: { nativeClients: true } });
    const cookie = await native.signIn();
    assert.equal((await native.open({ cookie, origin: undefined })).status, 101);
    assert.equal((await native.open({ cookie, origin: "https://evil.example" })).status, 403);
  });

  it("goes by the configured origins, not by Host, where there are any", async (test) => {
    const app = await socketApp(test, { origin: ["https://app.example.org", "https://shop.example.org"] });
    const cookie = await app.signIn();
    assert.equal((await app.open({ cookie })).status, 403);
    const host = "evil.example";
    assert.equal((await app.open({ cookie, host, origin: "https://evil.example" })).status, 403);
    assert.equal((await app.open({ cookie, host, origin: "https://shop.example.org" })).status, 101);
  });

  it("is not excused from the Origin by insecureAllowCrossSite: no token can stand in for it", async (test) => {
    const app = await socketApp(test, { insecureAllowCrossSite: true });
    const cookie = await app.signIn();
    assert.equal((await app.open({ cookie, origin: "https://evil.example" })).status, 403);
  });

  it("over plain HTTP has no session, and a warning says what to do behind a proxy", async (test) => {
    const app = await socketApp(test, { https: false });
    const cookie = await app.signIn();
    app.takeEvents();
    const origin = `http://127.0.0.1:${app.port}`;
    assert.equal((await app.open({ cookie, origin })).status, 401);
    assert.deepEqual(app.takeEvents(), ["insecure_transport"]);
    assert.match(app.warnings.join(), /trust proxy/);
  });

  it("believes X-Forwarded-Proto only of whom `trust proxy` or `proxy` names", async (test) => {
    const forwarded = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7" };
    const statusWith = async (
      options: Parameters<typeof socketApp>[1],
    ): Promise<[number, string | undefined]> => {
      const app = await socketApp(test, { ...options, https: false });
      const cookie = await app.signIn();
      const { status } = await app.open({ ...forwarded, cookie });
      return [status, app.events.at(-1)?.ip];
    };
    const trusting = express().set("trust proxy", "loopback");
    const elsewhere = express().set("trust proxy", "192.0.2.1");
    assert.equal((await statusWith({ proxy: true }))[0], 101);
    assert.equal((await statusWith({ upgrade: { app: trusting } }))[0], 101);
    assert.equal((await statusWith({}))[0], 403);
    assert.equal((await statusWith({ upgrade: { app: elsewhere } }))[0], 403);
    const refused = await statusWith({ upgrade: { app: trusting }, origin: "https://app.example" });
    assert.deepEqual(refused, [403, "192.0.2.7"], "the client's address is the app's as well");
  });

  it("with a forged id never reaches the store, is an event, and 429 where guesses are limited", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await socketApp(test, {
      store,
      clientAddress: "connection",
      onForged: { most: 1, per: "1m" },
    });
    const cookie = await app.signIn();
    const fake = `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}`;
    store.calls.length = 0;
    app.takeEvents();
    assert.equal((await app.open({ cookie: fake })).status, 401);
    assert.equal((await app.open({ cookie: fake })).status, 429);
    assert.deepEqual(store.calls, []);
    assert.ok(app.takeEvents().includes("session_forged"));
  });

  it("with the cookies of two live sessions has none of them, and ends none", async (test) => {
    const app = await socketApp(test);
    const [anna, bert] = [await app.signIn("anna"), await app.signIn("bert")];
    assert.equal((await app.open({ cookie: `${anna}; ${bert}` })).status, 401);
    assert.ok(app.takeEvents().includes("session_duplicate"));
    assert.equal((await app.open({ cookie: anna })).status, 101);
    assert.equal((await app.open({ cookie: `${anna}; ${anna}` })).status, 101);
  });

  it("with any cookie header at all is refused or served, and the server stays up", async (test) => {
    const app = await socketApp(test);
    const name = "__Host-session";
    for (const cookie of [
      `${name}=`,
      `${name}=__proto__`,
      `${name}=${"A".repeat(8000)}`,
      `${"x=1; ".repeat(900)}${name}=x`,
      `${name}="; DROP`,
      `${name}=%00%0d%0a`,
      ";;;=;",
    ]) {
      assert.equal((await app.open({ cookie })).status, 401, cookie.slice(0, 40));
    }
    assert.equal((await app.open({ cookie: await app.signIn() })).status, 101);
  });

  it("whose client goes away while it is judged does no harm", async (test) => {
    const store = new WatchedStore({ sync: false });
    const app = await socketApp(test, { store });
    const cookie = await app.signIn();
    const reading = store.hold("read");
    const client = connect(app.port, "127.0.0.1");
    const lines = [
      "GET /live HTTP/1.1",
      `Host: 127.0.0.1:${app.port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
    ];
    client.write(`${[...lines, `Origin: ${app.origin}`, `Cookie: ${cookie}`].join("\r\n")}\r\n\r\n`);
    await reading.reached;
    const gone = new Promise((resolve) => app.connections[0]?.once("close", resolve));
    client.resetAndDestroy();
    await gone;
    reading.release();
    while (app.admitted.length === 0) await new Promise(setImmediate);
    assert.equal(app.watched, 0);
  });

  it("while the store is out is refused with 503 and Retry-After", async (test) => {
    const store = new WatchedStore({ sync: false });
    const app = await socketApp(test, { store });
    const cookie = await app.signIn();
    store.fail("read", new Error("out"));
    const refused = await app.open({ cookie });
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "5"]);
  });

  it("may be answered by the app instead", async (test) => {
    const told: unknown[] = [];
    const app = await socketApp(test, {
      upgrade: { refuse: (error) => told.push(Reflect.get(error, "code")) },
    });
    app.server.on("upgrade", (_req, socket) => setTimeout(() => socket.end("HTTP/1.1 418 No\r\n\r\n"), 20));
    assert.equal((await app.open()).status, 418);
    assert.deepEqual(told, ["ERR_HOLDFAST_SIGN_IN_REQUIRED"]);
  });

  it("of a locked session is refused with 401", async (test) => {
    const app = await socketApp(test, { onIdle: "lock", idle: "30m" });
    const cookie = await app.signIn();
    app.clock.advance("31m");
    const refused = await app.open({ cookie });
    assert.equal(refused.status, 401);
    assert.match(refused.body, /locked/);
  });

  it("from another client is judged as any other request: onRisk may end the session", async (test) => {
    const app = await socketApp(test, { onRisk: () => "end" });
    const agent = (system: string): string =>
      `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36`;
    const cookie = await signInForTest(app.sessions, "anna", {
      userAgent: agent("Windows NT 10.0; Win64; x64"),
    });
    assert.equal((await app.open({ cookie, "user-agent": agent("X11; Linux x86_64") })).status, 401);
  });

  it("has to be a request, with options that exist, and a store on the server", async (test) => {
    const app = await socketApp(test);
    const req = new IncomingMessage(new Socket());
    const ask = (...args: unknown[]): Promise<string> =>
      codeOf(Reflect.apply(app.sessions.fromUpgrade, undefined, args));
    assert.equal(await ask({ headers: {} }), "ERR_HOLDFAST_NOT_A_REQUEST");
    assert.equal(await ask(req, { anonymos: true }), "ERR_HOLDFAST_OPTION_UNKNOWN");
    const carried = await socketApp(test, { store: new CookieStore() });
    assert.equal(await codeOf(carried.sessions.fromUpgrade(req)), "ERR_HOLDFAST_STORE_CANNOT");
  });
});
