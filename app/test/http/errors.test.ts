import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MemoryStore, session } from "holdfast";
import { requireHttps } from "holdfast/defence";
import { fakeClock, type TestAgent, testAgent } from "holdfast/testing";
import { LoginThrottle } from "../../src/accounts/login-throttle.ts";
import { Passwords } from "../../src/accounts/passwords.ts";
import { Throttle } from "../../src/accounts/throttle.ts";
import { Turnstile } from "../../src/accounts/turnstile.ts";
import { Users } from "../../src/accounts/users.ts";
import { createApp } from "../../src/app.ts";
import { openDatabase } from "../../src/database.ts";
import { createLog } from "../../src/log.ts";
import { logSessionEvents } from "../../src/log-session-events.ts";
import { EventFeed } from "../../src/operator/event-feed.ts";
import { Operators } from "../../src/operator/operators.ts";
import { PASSWORD } from "../support/application.ts";

const HTML = { headers: { accept: "text/html" } };
const JSON_ONLY = { headers: { accept: "application/json" } };

class FragileStore extends MemoryStore {
  broken = false;

  override read(handle: string, now: number): ReturnType<MemoryStore["read"]> {
    if (this.broken) throw new Error("disk 7 of host db-3 is gone");
    return super.read(handle, now);
  }
}

describe("what goes wrong on our side", () => {
  const clock = fakeClock();
  const store = new FragileStore();
  const database = openDatabase(":memory:");
  const lines: string[] = [];
  const sessions = session({ secret: "kJ2v-9Xq_4mTz7Wc1Rb8Ny5Lp3Hs6Gd0Fa", store, clock });
  const services = {
    clock,
    log: createLog("warn", (line) => lines.push(line)),
    worker: undefined,
    origins: undefined,
    sessions,
    events: new EventFeed(sessions),
    operators: new Operators([]),
    users: new Users(database),
    passwords: new Passwords({ ln: 5, r: 8, p: 1 }, new Turnstile(0, 0)),
    loginThrottle: new LoginThrottle(database, clock),
    signupThrottle: new Throttle({ name: "signup", limit: 9, windowMs: 1000 }, database, clock),
    passwordThrottle: new Throttle({ name: "password", limit: 9, windowMs: 1000 }, database, clock),
  };
  logSessionEvents(sessions, services.log);
  let agent: TestAgent;
  before(async () => {
    agent = await testAgent(createApp(services, requireHttps()), { sessions });
    const user = services.users.create("ada", "no hash", clock.now());
    await agent.signIn(user?.id ?? "");
  });
  after(async () => {
    await agent.close();
    await sessions.close();
    database.close();
  });

  it("is a 503 while the session store is out, and never an anonymous page", async () => {
    assert.match((await agent.get("/dashboard")).text, /Welcome back, ada!/);
    store.broken = true;
    for (const [options, words] of [
      [HTML, /<h1>Please try again in a moment<\/h1>/],
      [JSON_ONLY, /^\{"error":".*","code":"ERR_HOLDFAST_STORE_UNAVAILABLE"\}$/],
      [{}, /^The session store did not answer/],
    ] as const) {
      for (const path of ["/", "/dashboard", "/api/session"]) {
        const reply = await agent.get(path, options);
        assert.equal(reply.status, 503, path);
        assert.match(reply.text, words);
        assert.ok(reply.headers["retry-after"]);
        assert.doesNotMatch(reply.text, /db-3|\bat .*\.[jt]s/);
      }
    }
    const health = await agent.get("/healthz");
    assert.deepEqual([health.status, health.json()], [503, { status: "unavailable" }]);
    store.broken = false;
    assert.match((await agent.get("/dashboard")).text, /Welcome back, ada!/);
    assert.match(lines.join(""), /store_error .*db-3/, "the operator is told");
    assert.equal(lines.filter((line) => line.includes("request failed")).length, 9, "one line per request");
  });

  it("is a 503 when too many passwords are being checked", async () => {
    const reply = await agent.newBrowser().post("/login", { username: "grace", password: PASSWORD });
    assert.equal(reply.status, 503);
    assert.equal(reply.headers["retry-after"], "5");
    assert.match(reply.text, /"code":"ERR_BUSY"/);
  });

  it("is a 500 without details when it is a mistake of ours, which the log has", async () => {
    const { users } = services;
    const find = users.findByName;
    users.findByName = () => {
      throw new Error("secret detail");
    };
    const reply = await agent.newBrowser().post("/login", { username: "ada", password: PASSWORD }, {});
    users.findByName = find;
    assert.equal(reply.status, 500);
    assert.equal(
      reply.text,
      '{"error":"Something went wrong on our side. Try again in a moment.","code":"ERR_INTERNAL"}',
    );
    assert.match(lines.join(""), /request failed method=POST path=\/login error="secret detail" stack=/);
  });
});
