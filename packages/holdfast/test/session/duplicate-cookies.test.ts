import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

async function annaAndMallory(
  test: TestContext,
): Promise<{ app: SessionApp; anna: string; mallory: string; store: WatchedStore }> {
  const store = new WatchedStore();
  const app = await sessionApp(test, { store });
  await app.agent.signIn("anna");
  const other = app.agent.newBrowser();
  await other.signIn("mallory");
  app.takeEvents();
  store.calls.length = 0;
  return { app, anna: cookieOf(app.agent), mallory: cookieOf(other), store };
}

/** Whom the app sees when the session cookies come in this order. */
async function user(app: SessionApp, ...values: string[]): Promise<unknown> {
  const cookie = values.map((value) => `${NAME}=${value}`).join("; ");
  const reply = await app.act((session) => ({ user: session.userId ?? null }), {
    by: app.agent.newBrowser(),
    headers: { cookie },
  });
  assert.equal(reply.status, 200);
  assert.deepEqual(reply.setCookie, []);
  return Reflect.get(reply.json() as object, "user");
}

describe("several session cookies in one request", () => {
  it("one forged, one genuine: the genuine one counts, in either order", async (test) => {
    const { app, anna } = await annaAndMallory(test);
    const evil = `evil${anna.slice(4)}`;
    for (const order of [
      [evil, anna],
      [anna, evil],
      [evil, anna, "x"],
      ["", anna],
    ])
      assert.equal(await user(app, ...order), "anna");
    assert.deepEqual(
      app.takeEvents(),
      ["session_forged", "session_forged", "session_forged"],
      "an empty value is no forgery",
    );
  });

  it("the same one twice: as if it came once", async (test) => {
    const { app, anna } = await annaAndMallory(test);
    assert.equal(await user(app, anna, anna), "anna");
    assert.deepEqual(app.takeEvents(), []);
  });

  it("two genuine ones, one of them over: the live one counts, in either order", async (test) => {
    const { app, anna, mallory } = await annaAndMallory(test);
    await app.sessions.revokeUser("mallory");
    app.takeEvents();
    assert.equal(await user(app, anna, mallory), "anna");
    assert.equal(await user(app, mallory, anna), "anna");
    const duplicates = app.events.filter(({ type }) => type === "session_duplicate");
    assert.deepEqual(
      duplicates.map((event) => Reflect.get(event, "live")),
      [1, 1],
    );
  });

  it("two live ones: the visitor is nobody, an event says so, and neither session is ended", async (test) => {
    const { app, anna, mallory } = await annaAndMallory(test);
    assert.equal(await user(app, anna, mallory), null);
    assert.equal(await user(app, mallory, anna), null);
    const duplicates = app.events.filter(({ type }) => type === "session_duplicate");
    assert.deepEqual(
      duplicates.map((event) => Reflect.get(event, "live")),
      [2, 2],
    );
    assert.equal((await app.data(browserWith(app, anna))).userId, "anna");
    assert.equal((await app.data(browserWith(app, mallory))).userId, "mallory");
  });

  it("two live ones on a request that writes: it gets a session of its own, and changes neither", async (test) => {
    const { app, anna, mallory } = await annaAndMallory(test);
    const browser = app.agent.newBrowser();
    const cookie = `${NAME}=${anna}; ${NAME}=${mallory}`;
    await app.act(set({ note: "mine" }), { by: browser, headers: { cookie } });
    assert.ok(![anna, mallory].includes(cookieOf(browser)));
    assert.deepEqual(await app.data(browser), { note: "mine" });
    for (const value of [anna, mallory])
      assert.equal((await app.data(browserWith(app, value))).note, undefined);
  });

  it("two live ones on a request that signs out: neither is ended", async (test) => {
    const { app, anna, mallory } = await annaAndMallory(test);
    const cookie = `${NAME}=${anna}; ${NAME}=${mallory}`;
    await app.act((session) => session.signOut(), { by: app.agent.newBrowser(), headers: { cookie } });
    assert.equal((await app.data(browserWith(app, anna))).userId, "anna");
    assert.equal((await app.data(browserWith(app, mallory))).userId, "mallory");
  });

  it("more than four: the visitor is nobody, wherever genuine ones stand, and an event says so", async (test) => {
    const { app, anna, mallory, store } = await annaAndMallory(test);
    assert.equal(await user(app, "a", "b", "c", anna), "anna");
    store.calls.length = 0;
    app.takeEvents();
    for (const order of [
      ["a", "b", "c", "d", anna],
      [anna, "a", "b", "c", "d"],
      ["a", "b", "c", mallory, anna],
      [mallory, mallory, mallory, mallory, anna],
    ]) {
      assert.equal(await user(app, ...order), null);
      assert.deepEqual(app.takeEvents(), ["session_forged"]);
    }
    assert.deepEqual(store.calls, []);
  });

  it("count as a credential to the cross-site check, all of them", async (test) => {
    const { app, anna } = await annaAndMallory(test);
    const cookie = `${NAME}=evil; ${NAME}=${anna}`;
    const reply = await app.act(() => ({}), {
      by: app.agent.newBrowser(),
      method: "POST",
      headers: { cookie, "sec-fetch-site": "cross-site" },
    });
    assert.equal(reply.status, 403);
  });
});

describe("two session() in one app", () => {
  it("with different names do not disturb each other", async (test) => {
    const first = await sessionApp(test);
    const { session } = await import("../../src/index.ts");
    const admin = session({ secret: strongSecret(), name: "admin", clock: first.clock });
    test.after(() => admin.close());
    const app = await sessionApp(test, { prepare: (express) => express.use(admin) });
    const reply = await app.act((session, req) => {
      session.a = 1;
      Object.assign(admin.get(req) ?? {}, { b: 2 });
    });
    assert.deepEqual(reply.setCookie.map((header) => header.split("=", 1)[0]).sort(), ["__Host-admin", NAME]);
    const seen = await app.act((session, req) => ({ own: session, admin: admin.get(req) }));
    assert.deepEqual(seen.json(), { own: { a: 1 }, admin: { b: 2 } });
    const ended = await app.act((session) => session.destroy());
    assert.deepEqual(
      ended.setCookie.map((header) => header.split("=", 1)[0]),
      [NAME],
    );
    assert.deepEqual(
      Reflect.get((await app.act((_session, req) => ({ admin: admin.get(req) }))).json() as object, "admin"),
      { b: 2 },
    );
  });
});
