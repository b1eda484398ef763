import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type SessionOptions, session } from "../../src/index.ts";
import type { TestReply } from "../../src/testing/index.ts";
import { describeServers, serve } from "../support/servers.ts";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  strongSecret,
} from "../support/session-app.ts";

const LIMIT: AppOptions = {
  prepare: (app) => void app.set("trust proxy", "loopback"),
  clientAddress: "express",
  onForged: { most: 20, per: "1m" },
};

/** Guessed ids under the key of a real one. */
function guess(cookie: string, number: number): string {
  const [key, handle, secret] = cookie.split(".");
  return [key, handle, secret, String(number).padEnd(43, "A")].join(".");
}

async function start(
  test: TestContext,
  options: AppOptions = LIMIT,
): Promise<{ app: SessionApp; real: string }> {
  const app = await sessionApp(test, options);
  await app.agent.signIn("anna");
  return { app, real: cookieOf(app.agent) };
}

const send = (app: SessionApp, cookie: string | undefined, ip = "203.0.113.7"): Promise<TestReply> =>
  app.act((session) => ({ user: session.userId ?? null }), {
    by: app.agent.newBrowser(),
    headers: { cookie: cookie && `${NAME}=${cookie}`, "x-forwarded-for": ip },
  });

async function guessTimes(app: SessionApp, real: string, times: number, ip?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await send(app, guess(real, i), ip)).status);
  return statuses;
}

const times = (count: number, status: number): number[] => Array(count).fill(status);

describe("guessed session ids", () => {
  it("are not the genuine ids of a request with too many cookies", async (test) => {
    const { app, real } = await start(test, { ...LIMIT, onForged: { most: 6, per: "1m" } });
    app.takeEvents();
    const planted = Array(5).fill(real).join(`; ${NAME}=`);
    for (let i = 0; i < 5; i++) {
      const reply = await send(app, planted);
      assert.deepEqual([reply.status, reply.json()], [200, { user: null }]);
    }
    assert.ok(app.events.every((event) => !("guess" in event)));
    const guessed = `${planted}; ${NAME}=${guess(real, 0)}`;
    assert.equal((await send(app, guessed.replace(`${real}; ${NAME}=`, ""))).status, 200);
    assert.equal(Reflect.get(app.events.at(-1) ?? {}, "guess"), true);
  });

  it("are each an event and an anonymous request by default, however many", async (test) => {
    const { app, real } = await start(test, {});
    app.takeEvents();
    assert.deepEqual(await guessTimes(app, real, 100), times(100, 200));
    assert.deepEqual(
      app.events.map((event) => [event.type, Reflect.get(event, "guess")]),
      Array(100).fill(["session_forged", true]),
    );
  });

  it("get 429 and Retry-After beyond the limit, and one event says so", async (test) => {
    const { app, real } = await start(test);
    app.takeEvents();
    assert.deepEqual(await guessTimes(app, real, 100), [...times(20, 200), ...times(80, 429)]);
    const events = app.takeEvents();
    assert.equal(events.filter((type) => type === "session_forged").length, 100);
    assert.equal(events.filter((type) => type === "excess_rate_limit_exceeded").length, 1);
    app.clock.advance("30s");
    const reply = await send(app, guess(real, 0));
    assert.deepEqual(
      [reply.status, reply.headers["retry-after"], Reflect.get(reply.json() as object, "code")],
      [429, undefined, "ERR_HOLDFAST_TOO_MANY_GUESSES"],
    );
    assert.deepEqual(Reflect.get(app.errors.at(-1) as object, "headers"), { "Retry-After": "30" });
    app.clock.advance("30s");
    assert.equal((await send(app, guess(real, 0))).status, 200);
  });

  it("disturb nobody else: not without a cookie, with a good one, or at another address", async (test) => {
    const { app, real } = await start(test);
    await guessTimes(app, real, 30);
    assert.equal((await send(app, guess(real, 0))).status, 429);
    assert.deepEqual((await send(app, undefined)).json(), { user: null });
    assert.deepEqual((await send(app, real)).json(), { user: "anna" });
    assert.deepEqual((await send(app, `${guess(real, 0)}; ${NAME}=${real}`)).json(), { user: "anna" });
    assert.equal((await send(app, guess(real, 0), "203.0.113.8")).status, 200);
  });

  it("are counted by /64 where they come over IPv6, and each of several in one request", async (test) => {
    const { app, real } = await start(test, { ...LIMIT, onForged: { most: 3, per: "1m" } });
    const four = [1, 2, 3, 4].map((number) => guess(real, number)).join(`; ${NAME}=`);
    assert.equal((await send(app, four, "2001:db8::1")).status, 429);
    assert.equal((await send(app, guess(real, 1), "2001:db8::ffff:2")).status, 429);
    assert.equal((await send(app, guess(real, 1), "2001:db8:0:1::1")).status, 200);
  });

  it("are not what other software, a deletion, or a key that is gone has left behind", async (test) => {
    const { app, real } = await start(test, { ...LIMIT, onForged: { most: 1, per: "1m" } });
    const old = await start(test, {});
    app.takeEvents();
    for (const value of [old.real, "s%3Aabc.def", "", "x".repeat(115), `${real}A`]) {
      for (let i = 0; i < 5; i++) assert.equal((await send(app, value)).status, 200, value);
    }
    assert.ok(app.events.every((event) => event.type === "session_forged" && event.guess === undefined));
    assert.equal((await send(app, guess(real, 1))).status, 200);
    assert.equal((await send(app, guess(real, 1))).status, 429);
  });

  it("are counted by the connection, whatever X-Forwarded-For says, where the app trusts nobody", async (test) => {
    for (const clientAddress of ["connection", "express"] as const) {
      const { app, real } = await start(test, { ...LIMIT, prepare: () => undefined, clientAddress });
      await guessTimes(app, real, 20, "203.0.113.7");
      assert.equal((await send(app, guess(real, 0), "198.51.100.9")).status, 429, clientAddress);
    }
  });

  it("are not counted where the address is unknown, with a warning", async (test) => {
    const { app, real } = await start(test, { ...LIMIT, clientAddress: () => undefined });
    assert.deepEqual(await guessTimes(app, real, 30), times(30, 200));
    assert.match(app.warnings.join(), /`onForged` does nothing/);
  });

  it("are 429 before the app's own code runs", async (test) => {
    const { app, real } = await start(test, { ...LIMIT, onForged: { most: 1, per: "1m" } });
    let ran = 0;
    for (let i = 0; i < 3; i++) {
      await app.act(() => void ran++, { by: browserWith(app, guess(real, i)) });
    }
    assert.equal(ran, 1);
    assert.equal(browserWith(app, real).cookies.get(NAME), real);
  });
});

describeServers("Guessed session ids", (server) => {
  it("are refused with Retry-After beyond the limit", async (test) => {
    const options: SessionOptions = { clientAddress: "connection", onForged: { most: 2, per: "1h" } };
    const { agent } = await serve(test, server, options, (_req, res) => void res.end("in"));
    await agent.signIn("anna");
    const real = cookieOf(agent);
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      statuses.push((await agent.get("/", { headers: { cookie: `${NAME}=${guess(real, i)}` } })).status);
    }
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.equal((await agent.get("/")).text, "in");
  });
});

describe("the reply to too many guesses on node:http", () => {
  it("has Retry-After and one sentence, and is stored nowhere", async (test) => {
    const options: SessionOptions = { clientAddress: "connection", onForged: { most: 1, per: "1h" } };
    const { agent } = await serve(test, "node:http", options, (_req, res) => void res.end("in"));
    await agent.signIn("anna");
    const headers = { cookie: `${NAME}=${guess(cookieOf(agent), 1)}` };
    await agent.get("/", { headers });
    const reply = await agent.get("/", { headers });
    assert.deepEqual([reply.status, reply.headers["cache-control"]], [429, "no-store"]);
    assert.match(String(reply.headers["retry-after"]), /^(?:3600|3599)$/);
    assert.match(reply.text, /^Too many invalid session cookies .*\n$/);
  });
});

describe("onForged", () => {
  const refused: readonly (readonly [options: Record<string, unknown>, code: string, says: RegExp])[] = [
    [{ onForged: { most: 20, per: "1m" } }, "ERR_HOLDFAST_OPTION", /set `clientAddress` to "connection"/],
    [{ onForged: true, clientAddress: "connection" }, "ERR_HOLDFAST_OPTION", /\{ most: 20, per: "1m" \}/],
    [{ onForged: { most: 0, per: "1m" }, clientAddress: "connection" }, "ERR_HOLDFAST_OPTION", /most: 20/],
    [{ onForged: { most: 1 }, clientAddress: "connection" }, "ERR_HOLDFAST_DURATION", /`onForged\.per`/],
    [
      { onForged: { most: 1, per: "1m", ban: true }, clientAddress: "connection" },
      "ERR_HOLDFAST_OPTION_UNKNOWN",
      /`most` and `per`/,
    ],
    [{ clientAddress: "x-forwarded-for" }, "ERR_HOLDFAST_OPTION", /`clientAddress` must be "connection"/],
    [{ onRisk: "end" }, "ERR_HOLDFAST_OPTION", /`onRisk` must be a function/],
  ];
  for (const [options, code, message] of refused) {
    it(`is refused at start as ${JSON.stringify(options)}, and the error says what to write`, () => {
      assert.throws(() => session({ secret: strongSecret(), ...options } as SessionOptions), {
        code,
        message,
      });
    });
  }
});
