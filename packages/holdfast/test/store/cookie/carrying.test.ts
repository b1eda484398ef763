import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CookieStore } from "../../../src/store/cookie.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { carriedApp, copyOf, DATA, dataOf } from "../../support/carried.ts";
import { describeServers, sendJson, serve } from "../../support/servers.ts";
import { codeOf, cookieOf, countVisits, NAME, sessionApp, set } from "../../support/session-app.ts";

const MINUTE = 60_000;

describeServers("A session that its client carries", (server) => {
  it("counts visits, signs in and out, and is deleted with all its cookies", async (test) => {
    const { agent } = await serve(test, server, { store: new CookieStore() }, async (req, res) => {
      if (req.url === "/in") await req.session.signIn("anna");
      if (req.url === "/out") await req.session.signOut();
      else countVisits(req.session, req as never, res as never);
      sendJson(res, { ...req.session });
    });
    await agent.get("/");
    assert.deepEqual((await agent.get("/")).json(), { visits: 2 });
    assert.deepEqual([...agent.cookies.keys()], [NAME, DATA]);
    assert.deepEqual((await agent.post("/in")).json(), { userId: "anna", visits: 1 });
    assert.deepEqual((await agent.get("/")).json(), { userId: "anna", visits: 2 });
    const out = await agent.post("/out");
    assert.deepEqual(out.json(), {});
    assert.equal(agent.cookies.size, 0);
    for (const cookie of out.setCookie) {
      assert.match(
        cookie,
        /^__Host-session(\.data)?=; Path=\/; Max-Age=0; .*HttpOnly; Secure; SameSite=Lax$/,
      );
    }
  });
});

describe("a session that its client carries", () => {
  it("is known to every process with the key", async (test) => {
    const one = await carriedApp(test, { secret: SECRET });
    const other = await carriedApp(test, { secret: SECRET });
    await one.act(set({ a: 1 }));
    assert.deepEqual(await other.data(withCookiesOf(other.agent, one.agent)), { a: 1 });
  });

  it("has cookies of the same attributes, which come together and are never cached", async (test) => {
    const app = await carriedApp(test, { cookie: { maxAge: "1h", sameSite: "strict", priority: "high" } });
    const begun = await app.act(set({ a: 1 }));
    const attributes = begun.setCookie.map((cookie) => cookie.slice(cookie.indexOf(";")));
    assert.equal(attributes.length, 2);
    assert.equal(attributes[0], attributes[1]);
    assert.match(String(attributes[0]), /Max-Age=3600; .*HttpOnly; Secure; SameSite=Strict; Priority=High/);
    assert.equal(begun.headers["cache-control"], "no-store");
    assert.deepEqual((await app.act(set({ a: 1 }))).setCookie, [], "nothing has changed");
    const changed = await app.act(set({ a: 2 }));
    assert.deepEqual(changed.setCookie.length, 2);
    assert.equal(changed.headers["cache-control"], "no-store");
  });

  it("sends the data alone when it has changed and the id has not, and not to be cached", async (test) => {
    const app = await carriedApp(test);
    await app.act(set({ a: 1 }));
    const reply = await app.act(set({ a: 2 }));
    assert.deepEqual(
      reply.setCookie.map((cookie) => cookie.slice(0, cookie.indexOf("="))),
      [DATA],
    );
    assert.equal(reply.headers["cache-control"], "no-store");
  });

  it("re-sends both cookies with every reply where they are rolling", async (test) => {
    const app = await carriedApp(test, { rolling: true, cookie: { maxAge: "1h" } });
    await app.act(set({ a: 1 }));
    app.clock.advance("1m");
    const reply = await app.agent.get("/plain");
    assert.equal(reply.setCookie.length, 2);
    for (const cookie of reply.setCookie) assert.match(cookie, /Max-Age=3600/);
    assert.deepEqual(await app.data(), { a: 1 });
  });

  it("sends neither cookie where the reply's save failed", async (test) => {
    const app = await carriedApp(test);
    const reply = await app.act((session) => {
      session.big = "x".repeat(5_000);
    });
    assert.deepEqual([reply.status, reply.setCookie], [500, []]);
    assert.match(reply.text, /ERR_HOLDFAST_TOO_LARGE/);
  });

  it("shows nothing of what is in it", async (test) => {
    const app = await carriedApp(test);
    await app.act(async (session) => {
      await session.signIn("anna-of-green-gables");
      session.note = "a note that nobody may read";
    });
    const text = dataOf(app.agent);
    assert.match(text, /^[\w-]+$/);
    const bytes = Buffer.from(text.slice(5), "base64url").toString("latin1");
    for (const word of ["anna", "note", "userId", "127.0.0.1"]) assert.ok(!bytes.includes(word));
    const before = text;
    app.clock.advance("1s");
    await app.act((session) => session.touch());
    assert.notEqual(dataOf(app.agent).slice(20, 60), before.slice(20, 60), "another nonce each time");
  });

  it("goes on with a new id at sign-in, and the data follows it alone", async (test) => {
    const app = await carriedApp(test);
    await app.act(set({ cart: 1 }));
    const [id, data] = [cookieOf(app.agent), dataOf(app.agent)];
    await app.act((session) => session.signIn("anna", { keep: ["cart"] }));
    assert.notEqual(cookieOf(app.agent), id);
    assert.deepEqual(await app.data(), { cart: 1, userId: "anna" });
    assert.deepEqual(await app.data(copyOf(app.agent, { [NAME]: id })), {}, "old id, new data");
    assert.deepEqual(await app.data(copyOf(app.agent, { [DATA]: data })), {}, "new id, old data");
  });

  it("cannot be changed once the headers are out, and the app is told", async (test) => {
    const app = await carriedApp(test);
    await app.act(set({ a: 1 }));
    const reply = await app.act(async (session, _req, res) => {
      res.write("begun ");
      session.a = 2;
      const saved = await codeOf(session.save());
      session.a = 1;
      res.end(`${saved} ${await codeOf(session.signOut())}`);
    });
    assert.equal(reply.text, "begun ERR_HOLDFAST_HEADERS_SENT ERR_HOLDFAST_HEADERS_SENT");
    assert.deepEqual(await app.data(), { a: 1 });
  });

  it("works over plain HTTP where that is allowed, under names without prefix", async (test) => {
    const app = await carriedApp(test, { https: false, cookie: { secure: "auto" } });
    await app.act(countVisits);
    await app.act(countVisits);
    assert.deepEqual([...app.agent.cookies.keys()], ["session", "session.data"]);
    assert.deepEqual(await app.data(), { visits: 2 });
  });

  it("of two parallel requests keeps what the later reply brings, as the store says it does", async (test) => {
    const store = new CookieStore();
    assert.ok(store.capabilities.lacks.includes("atomic-writes"));
    const app = await sessionApp(test, { store });
    await app.act(set({ a: 1 }));
    const other = copyOf(app.agent);
    await app.act(set({ b: 2 }));
    await app.act(set({ c: 3 }), { by: other });
    assert.deepEqual(await app.data(copyOf(app.agent, { [DATA]: dataOf(other) })), { a: 1, c: 3 });
  });

  it("takes the later of two copies, and none of two sessions", async (test) => {
    const app = await carriedApp(test);
    await app.act(set({ a: 1 }));
    const early = dataOf(app.agent);
    await app.act(set({ a: 2 }));
    const [id, late] = [cookieOf(app.agent), dataOf(app.agent)];
    const bert = app.agent.newBrowser();
    await bert.signIn("bert");
    const see = async (...pairs: string[]): Promise<unknown> => {
      const request = { by: app.agent.newBrowser(), headers: { cookie: pairs.join("; ") } };
      return (await app.act((session) => session, request)).json();
    };
    const own = `${NAME}=${id}`;
    for (const order of [
      [early, late],
      [late, early],
      ["", late],
      [dataOf(bert), late],
    ])
      assert.deepEqual(await see(own, ...order.map((data) => `${DATA}=${data}`)), { a: 2 });
    const both = [own, `${NAME}=${cookieOf(bert)}`, `${DATA}=${late}`, `${DATA}=${dataOf(bert)}`];
    app.takeEvents();
    assert.deepEqual(await see(...both), {});
    assert.deepEqual(app.takeEvents(), ["session_duplicate"]);
  });
});

describe("the limits of a session that its client carries", () => {
  it("are kept by the server's clock: idle", async (test) => {
    const app = await carriedApp(test, { idle: "30m", absolute: "12h" });
    await app.agent.signIn("anna");
    const first = copyOf(app.agent);
    for (let i = 0; i < 4; i++) {
      app.clock.advance(29 * MINUTE);
      assert.equal((await app.data()).userId, "anna");
    }
    const last = copyOf(app.agent);
    app.clock.advance(30 * MINUTE);
    assert.deepEqual(await app.data(), {});
    assert.deepEqual(await app.data(first), {}, "nor with what the client had first");
    app.clock.advance("1h");
    app.takeEvents();
    await app.data(last);
    assert.deepEqual(app.takeEvents(), ["session_use_after_expire"], "it is gone, as from any store");
  });

  it("idle: is moved by requests that never look at their session, with a cookie at each tenth", async (test) => {
    const app = await carriedApp(test, { idle: "30m", absolute: "12h" });
    await app.agent.signIn("anna");
    let cookies = 0;
    for (let i = 0; i < 60; i++) {
      app.clock.advance(MINUTE);
      cookies += (await app.agent.get("/plain")).setCookie.length;
    }
    assert.equal(cookies, 20, "one every three minutes");
    assert.equal((await app.data()).userId, "anna");
  });

  it("idle: is remembered by the process between two cookies", async (test) => {
    const app = await carriedApp(test, { idle: "30m" });
    await app.agent.signIn("anna");
    await app.data();
    app.clock.advance(2 * MINUTE);
    assert.deepEqual((await app.agent.get("/plain")).setCookie, []);
    app.clock.advance(29 * MINUTE);
    assert.equal((await app.data()).userId, "anna");
  });

  it("idle: is not moved by requests that are no activity", async (test) => {
    const app = await carriedApp(test, { idle: "30m", isActivity: (req) => req.url !== "/plain" });
    await app.agent.signIn("anna");
    for (let i = 0; i < 30; i++) {
      app.clock.advance(MINUTE);
      assert.deepEqual((await app.agent.get("/plain")).setCookie, []);
    }
    assert.deepEqual(await app.data(), {});
  });

  it("idle: is known to a process that has not served the session, up to a tenth", async (test) => {
    const clock = { now: () => time };
    let time = Date.UTC(2026, 0, 1);
    const [one, other] = await Promise.all(
      [1, 2].map(() => carriedApp(test, { secret: SECRET, idle: "30m", clock })),
    );
    assert.ok(one && other);
    await one.agent.signIn("anna");
    time += 20 * MINUTE;
    await one.data();
    time += 29 * MINUTE;
    const there = withCookiesOf(other.agent, one.agent);
    assert.equal((await other.data(there)).userId, "anna");
    time += 30 * MINUTE;
    assert.deepEqual(await other.data(there), {});
  });

  it("are kept by the server's clock: absolute, whatever happens", async (test) => {
    const app = await carriedApp(test, { idle: "1h", absolute: "2h" });
    await app.agent.signIn("anna");
    for (let i = 0; i < 11; i++) {
      app.clock.advance(10 * MINUTE);
      await app.act((session) => {
        session.i = i;
        session.touch();
      });
    }
    const last = copyOf(app.agent);
    assert.equal((await app.data()).userId, "anna");
    app.clock.advance(10 * MINUTE);
    assert.deepEqual(await app.data(), {});
    assert.deepEqual(await app.data(last), {});
  });

  it("lock a session where they are to, and only its user's proof opens it", async (test) => {
    const app = await carriedApp(test, { idle: "30m", onIdle: "lock", denyList: new MemoryStore<unknown>() });
    await app.agent.signIn("anna", { data: { draft: "half done" } });
    app.clock.advance("31m");
    const locked = await app.act((session) => ({ ...session, locked: session.locked }));
    assert.deepEqual(locked.json(), { locked: true });
    const copy = copyOf(app.agent);
    await app.act((session) => session.signIn("anna"));
    assert.deepEqual(await app.data(), { draft: "half done", userId: "anna" });
    const old = await app.act((session) => ({ ...session, locked: session.locked }), { by: copy });
    assert.deepEqual(old.json(), { locked: false }, "the old one is over");
  });
});

const SECRET = "VKPmZ0yzvVh6mPjVjVhwC6o9m5k0m6cZgq1cC2kY3nE";

function withCookiesOf(
  agent: Parameters<typeof copyOf>[0],
  from: Parameters<typeof copyOf>[0],
): Parameters<typeof copyOf>[0] {
  return copyOf(agent, Object.fromEntries(from.cookies));
}
