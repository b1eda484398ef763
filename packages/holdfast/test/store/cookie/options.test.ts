import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type SessionOptions, session } from "../../../src/index.ts";
import { storedKeys } from "../../../src/keys/index.ts";
import type { Store } from "../../../src/store/contract.ts";
import { CookieStore } from "../../../src/store/cookie.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { carriedApp, copyOf, dataOf } from "../../support/carried.ts";
import { codeOf, cookieOf, NAME, sessionApp, set, strongSecret } from "../../support/session-app.ts";

const refusal = (make: () => unknown): string => {
  try {
    make();
    return "no error";
  } catch (error) {
    return String(Reflect.get(error as object, "code"));
  }
};

/** As a store through cached() is. */
function settling(): Store<unknown> {
  const store = new MemoryStore<unknown>();
  return Object.assign(Object.create(store), {
    capabilities: { ...store.capabilities, settlesWithin: 1000 },
  });
}

describe("the cookie store's options", () => {
  it("are refused where they are wrong", () => {
    for (const [options, code] of [
      [{ chunks: 0 }, "ERR_HOLDFAST_OPTION"],
      [{ chunks: 4 }, "ERR_HOLDFAST_OPTION"],
      [{ chunks: "2" }, "ERR_HOLDFAST_OPTION"],
      [{ chunk: 2 }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ denyList: {} }, "ERR_HOLDFAST_STORE_OPTION"],
      [{ denyList: new CookieStore() }, "ERR_HOLDFAST_STORE_OPTION"],
      [{ denyList: settling() }, "ERR_HOLDFAST_STORE_OPTION"],
    ] as const)
      assert.equal(
        refusal(() => Reflect.construct(CookieStore, [options])),
        code,
      );
  });

  it("of session() that need a store on the server are refused at start", () => {
    const impossible: SessionOptions[] = [
      { maxSessions: 3 },
      { maxSessions: 3, onLimit: "reject" },
      { renew: "15m" },
      { renewGrace: "10s" },
      { onReplay: "alert" },
    ];
    for (const options of impossible) {
      const make = (): unknown => session({ secret: strongSecret(), store: new CookieStore(), ...options });
      assert.equal(refusal(make), "ERR_HOLDFAST_STORE_CANNOT", JSON.stringify(options));
    }
    const sessions = session({ secret: strongSecret(), store: new CookieStore(), renew: false });
    assert.equal(sessions.policy().renewal, null);
    return sessions.close();
  });

  it("leave no room for a name that fills the cookie", () => {
    const make = (): unknown =>
      session({ secret: strongSecret(), store: new CookieStore(), name: "n".repeat(2_500) });
    assert.equal(refusal(make), "ERR_HOLDFAST_COOKIE_NAME");
  });

  it("of a store that only says it is one are refused", () => {
    const store = new MemoryStore<unknown>();
    const liar = Object.assign(Object.create(store), {
      capabilities: { ...store.capabilities, location: "client" },
    });
    assert.equal(
      refusal(() => session({ secret: strongSecret(), store: liar })),
      "ERR_HOLDFAST_STORE_OPTION",
    );
  });
});

describe("what the cookie store can do", () => {
  it("it says", () => {
    const bare = new CookieStore().capabilities;
    assert.deepEqual(bare, {
      location: "client",
      sync: true,
      lacks: ["atomic-writes", "listing", "limits", "values", "revocation"],
      forgetsAfter: [],
    });
    const denying = new CookieStore({ denyList: new MemoryStore<unknown>() }).capabilities;
    assert.deepEqual(denying.lacks, ["atomic-writes", "listing", "limits"]);
    assert.deepEqual(denying.forgetsAfter, ["exit"]);
  });

  it("is not to list or count sessions", async (test) => {
    const app = await carriedApp(test, { denyList: new MemoryStore<unknown>() });
    await app.agent.signIn("anna");
    for (const attempt of [
      app.sessions.list("anna"),
      app.sessions.listAll(),
      app.sessions.keys.usage(),
      app.sessions.revoke(cookieOf(app.agent).slice(5, 27), { user: "anna" }),
    ])
      assert.equal(await codeOf(attempt), "ERR_HOLDFAST_STORE_CANNOT");
  });

  it("is to keep keys in its deny list, and without one to say that it cannot", async (test) => {
    const wrap = strongSecret();
    const denyList = new MemoryStore<unknown>();
    const app = await carriedApp(test, { denyList, secret: storedKeys({ secret: wrap }) });
    await app.act(set({ a: 1 }));
    assert.deepEqual(await app.data(), { a: 1 });
    const [key] = await app.sessions.keys.list();
    assert.equal(await app.sessions.keys.revoke(key?.id ?? ""), 0);
    assert.deepEqual(await app.data(), {}, "a revoked key ends its sessions");
    const make = (): unknown => session({ store: new CookieStore(), secret: storedKeys({ secret: wrap }) });
    assert.equal(refusal(make), "ERR_HOLDFAST_STORE_CANNOT");
  });
});

describe("keys of sessions that their clients carry", () => {
  it("rotate without logging anyone out, and end their sessions when they are taken away", async (test) => {
    const [first, second] = [strongSecret(), strongSecret()];
    const at = async (secret: readonly string[]): Promise<Awaited<ReturnType<typeof carriedApp>>> =>
      carriedApp(test, { secret });
    const [one, both, two] = [await at([first]), await at([second, first]), await at([second])];
    await one.agent.signIn("anna");
    const early = copyOf(both.agent, Object.fromEntries(one.agent.cookies));
    const browser = copyOf(early);
    assert.equal((await both.data(browser)).userId, "anna");
    assert.notEqual(cookieOf(browser).slice(0, 4), cookieOf(early).slice(0, 4), "the id is signed anew");
    assert.equal(dataOf(browser).slice(1, 5), cookieOf(browser).slice(0, 4), "and the session sealed anew");
    const later = copyOf(two.agent, Object.fromEntries(browser.cookies));
    assert.equal((await two.data(later)).userId, "anna");
    assert.deepEqual(await two.data(copyOf(two.agent, Object.fromEntries(early.cookies))), {});
    // A parallel reply has brought the session as it was before under the new id.
    const mixed = copyOf(both.agent, { ...Object.fromEntries(early.cookies), [NAME]: cookieOf(browser) });
    assert.equal((await both.data(mixed)).userId, "anna");
  });

  it("shared by two apps of the same cookie name share their sessions", async (test) => {
    const secret = strongSecret();
    const [one, other] = [await carriedApp(test, { secret }), await carriedApp(test, { secret })];
    await one.act(set({ a: 1 }));
    const there = copyOf(other.agent, Object.fromEntries(one.agent.cookies));
    await other.act(set({ b: 2 }), { by: there });
    assert.deepEqual(await one.data(copyOf(one.agent, Object.fromEntries(there.cookies))), { a: 1, b: 2 });
  });

  it("open no cookie of an app that keeps its sessions on the server", async (test) => {
    const secret = strongSecret();
    const server = await sessionApp(test, { secret });
    const client = await carriedApp(test, { secret });
    await server.agent.signIn("anna");
    const there = copyOf(client.agent, { [NAME]: cookieOf(server.agent) });
    assert.deepEqual(await client.data(there), {});
  });
});
