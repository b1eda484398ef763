import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { requireFreshSignIn, requireLevel, requireUser } from "../../../src/guards/index.ts";
import type { ClientRisk, RiskVerdict, SessionEvent } from "../../../src/index.ts";
import type { TestReply } from "../../../src/testing/index.ts";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../../support/session-app.ts";
import { everyStore } from "../../support/stores.ts";
import { WatchedStore } from "../../support/watched-store.ts";

const firefox = (version: number, system = "X11; Linux x86_64"): string =>
  `Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`;
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36";
const WINDOWS = firefox(133, "Windows NT 10.0; Win64; x64");

interface From {
  readonly userAgent?: string | undefined;
  readonly ip?: string;
}

/** An app behind a proxy that it trusts, so that a test can say where requests come from. */
class Visited {
  readonly app: SessionApp;

  private constructor(app: SessionApp) {
    this.app = app;
  }

  static async start(test: TestContext, options: AppOptions = {}): Promise<Visited> {
    const visited = new Visited(
      await sessionApp(test, { prepare: (app) => void app.set("trust proxy", "loopback"), ...options }),
    );
    await visited.signIn();
    visited.app.takeEvents();
    return visited;
  }

  signIn(): Promise<TestReply> {
    return this.app.act((session) => session.signIn("anna", { level: 2, methods: ["pwd"] }), headersOf({}));
  }

  /** What the session shows to a request from there; `guards`: what each of them replies. */
  async see(from: From): Promise<Record<string, unknown>> {
    const { userId, level, methods, proven } = (
      await this.app.act(
        (session) => ({
          userId: session.userId,
          level: session.level,
          methods: session.methods,
          proven: session.authenticatedAt !== undefined,
        }),
        headersOf(from),
      )
    ).json() as Record<string, unknown>;
    return { userId, level, methods, proven };
  }

  async guards(from: From): Promise<number[]> {
    const statuses: number[] = [];
    for (const guard of [requireUser(), requireFreshSignIn("100d"), requireLevel(1)]) {
      const reply = await this.app.act(
        (_session, req, res) => guard(req, res, () => void res.send("in")),
        headersOf(from),
      );
      statuses.push(reply.status);
    }
    return statuses;
  }

  /** What was told of changes since the last time. */
  told(): unknown[] {
    return this.app.events
      .splice(0)
      .filter(
        (event): event is SessionEvent<"session_client_changed"> => event.type === "session_client_changed",
      )
      .map(({ changes, action }) => [action, ...changes]);
  }
}

function headersOf(from: From): { headers: Record<string, string | undefined> } {
  const userAgent = "userAgent" in from ? from.userAgent : firefox(133);
  return { headers: { "user-agent": userAgent, "x-forwarded-for": from.ip ?? "203.0.113.7" } };
}

const SIGNED_IN = { userId: "anna", level: 2, methods: ["pwd"], proven: true };
const UNPROVEN = { userId: "anna", level: 0, methods: [], proven: false };

describe("a session whose client changes, by default", () => {
  const matrix: readonly (readonly [what: string, from: From, told: unknown[]])[] = [
    ["a patch of the browser", { userAgent: `${firefox(133)}.1` }, []],
    ["a new version of the browser", { userAgent: firefox(140) }, []],
    ["another address of the same network", { ip: "203.0.113.200" }, []],
    ["another network", { ip: "198.51.100.9" }, [["notify", "network"]]],
    ["IPv6", { ip: "2001:db8::1" }, [["notify", "network"]]],
    ["another browser", { userAgent: CHROME }, [["notify", "browser"]]],
    ["another system", { userAgent: WINDOWS }, [["notify", "system"]]],
    ["no User-Agent any more", { userAgent: undefined }, [["notify", "system", "browser"]]],
    [
      "a program somewhere else",
      { userAgent: "curl/8", ip: "::1" },
      [["notify", "system", "browser", "network"]],
    ],
    [
      "a User-Agent of any bytes",
      { userAgent: "\u00ff\u0080;;((".repeat(500) },
      [["notify", "system", "browser"]],
    ],
  ];
  for (const [what, from, told] of matrix) {
    it(`to ${what} goes on as it was, and tells ${told.length === 0 ? "nothing" : "of it once"}`, async (test) => {
      const visited = await Visited.start(test);
      assert.deepEqual(await visited.see(from), SIGNED_IN);
      assert.deepEqual(await visited.see(from), SIGNED_IN);
      assert.deepEqual(visited.told(), told);
      assert.deepEqual(await visited.guards(from), [200, 200, 200]);
    });
  }

  it("tells of each change, the way back too", async (test) => {
    const visited = await Visited.start(test);
    for (const from of [{ ip: "198.51.100.9" }, {}, {}, { userAgent: WINDOWS }, { userAgent: firefox(1) }]) {
      await visited.see(from);
    }
    assert.deepEqual(visited.told(), [
      ["notify", "network"],
      ["notify", "network"],
      ["notify", "system"],
      ["notify", "system"],
    ]);
  });

  it("says what it was and what it is, and keeps both for the list", async (test) => {
    const visited = await Visited.start(test);
    await visited.see({ userAgent: CHROME, ip: "10.0.0.1" });
    const event = visited.app.events.find(({ type }) => type === "session_client_changed");
    assert.deepEqual(
      [Reflect.get(event ?? {}, "before"), Reflect.get(event ?? {}, "now")],
      [
        { system: "Linux", browser: "Firefox", network: "203.0.113.0/24" },
        { system: "Linux", browser: "Chrome", network: "private" },
      ],
    );
    assert.deepEqual([event?.user, event?.ip], ["anna", "10.0.0.1"]);
    const [one] = await visited.app.sessions.list("anna");
    assert.deepEqual(one?.client, {
      ip: "203.0.113.7",
      userAgent: firefox(133),
      latest: { ip: "10.0.0.1", userAgent: CHROME },
    });
  });

  it("is not looked at where nobody is signed in", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ cart: 1 }), headersOf({}));
    app.takeEvents();
    await app.act((session) => session, headersOf({ userAgent: WINDOWS }));
    assert.deepEqual(app.takeEvents(), []);
  });

  it("does not believe X-Forwarded-For unless the app trusts who sends it", async (test) => {
    const visited = await Visited.start(test, { prepare: () => undefined });
    await visited.see({ ip: "198.51.100.9" });
    assert.deepEqual(visited.told(), []);
    const [one] = await visited.app.sessions.list("anna");
    assert.equal(one?.client.ip, "127.0.0.1");
  });
});

describe("clientAddress", () => {
  const cases: readonly (readonly [what: string, options: AppOptions, told: unknown[]])[] = [
    ['"connection" believes no header, whatever Express trusts', { clientAddress: "connection" }, []],
    ['"express" is req.ip', { clientAddress: "express" }, [["notify", "network"]]],
    [
      "as a function is the app's own reading",
      { prepare: () => undefined, clientAddress: (req) => String(req.headers["x-forwarded-for"]) },
      [["notify", "network"]],
    ],
    [
      "as a function that gives no address is unknown",
      { clientAddress: (req) => `${req.headers["x-forwarded-for"]}, 10.0.0.1` },
      [],
    ],
    [
      "as a function that throws is unknown",
      {
        clientAddress: () => {
          throw new Error("broken");
        },
      },
      [],
    ],
  ];
  for (const [what, options, told] of cases) {
    it(what, async (test) => {
      const visited = await Visited.start(test, options);
      assert.deepEqual(await visited.see({ ip: "198.51.100.9" }), SIGNED_IN);
      assert.deepEqual(visited.told(), told);
    });
  }
});

for (const [name, newStore] of everyStore) {
  describe(`onRisk on a ${name}`, () => {
    it("is asked once for each change, and told what has changed", async (test) => {
      const risks: ClientRisk[] = [];
      const onRisk = (risk: ClientRisk): RiskVerdict => {
        risks.push(risk);
        return "allow";
      };
      const visited = await Visited.start(test, { store: newStore(test), onRisk });
      for (const ip of ["203.0.113.7", "203.0.113.8", "198.51.100.9", "198.51.100.10"])
        await visited.see({ ip });
      assert.deepEqual(
        risks.map(({ changes, user, before, now }) => [changes, user, before.network, now.network]),
        [[["network"], "anna", "203.0.113.0/24", "198.51.100.0/24"]],
      );
      assert.equal(risks[0]?.handle, cookieOf(visited.app.agent).split(".")[1]);
      assert.deepEqual(visited.told(), [], "what is allowed is not told");
    });

    it("keeps user and data at reauthenticate, and takes freshness and level until the next proof", async (test) => {
      const visited = await Visited.start(test, { store: newStore(test), onRisk: () => "reauthenticate" });
      const elsewhere = { userAgent: WINDOWS };
      await visited.app.act(set({ cart: 1 }), headersOf({}));
      assert.deepEqual(await visited.guards(elsewhere), [200, 403, 403]);
      assert.deepEqual(await visited.see(elsewhere), UNPROVEN);
      assert.deepEqual(visited.told(), [["reauthenticate", "system"]]);
      assert.deepEqual(await visited.see({}), UNPROVEN, "the first client has proved nothing anew either");
      const before = cookieOf(visited.app.agent);
      await visited.app.act((session) => session.elevate({ level: 2 }), headersOf({}));
      assert.deepEqual(await visited.guards({}), [200, 200, 200]);
      assert.equal((await visited.app.data()).cart, 1);
      assert.deepEqual(
        await visited.app.data(browserWith(visited.app, before)),
        {},
        "and the old id is dead",
      );
    });

    it("counts at once at reauthenticate, and whatever the request saves", async (test) => {
      const visited = await Visited.start(test, { store: newStore(test), onRisk: () => "reauthenticate" });
      const reply = await visited.app.act(
        async (session) => {
          session.a = 1;
          const levels = [session.level];
          await session.save();
          levels.push(session.level);
          await session.update(set({ b: 2 }));
          return [...levels, session.level];
        },
        headersOf({ userAgent: CHROME }),
      );
      assert.deepEqual(reply.json(), [0, 0, 0]);
      assert.deepEqual(await visited.see({ userAgent: CHROME }), UNPROVEN);
    });

    it("ends the session at end, with its reason, and deletes the cookie", async (test) => {
      const visited = await Visited.start(test, { store: newStore(test), onRisk: () => "end" });
      const stolen = browserWith(visited.app, cookieOf(visited.app.agent));
      const reply = await visited.app.act((session) => session, { by: stolen, ...headersOf({ ip: "::1" }) });
      assert.deepEqual([reply.status, reply.json()], [200, {}]);
      assert.match(reply.setCookie.join(), /Max-Age=0/);
      const ended = visited.app.events.find(({ type }) => type === "session_revoked");
      assert.deepEqual([Reflect.get(ended ?? {}, "reason"), ended?.user], ["client_changed", "anna"]);
      assert.deepEqual(visited.told(), [["end", "network"]]);
      assert.deepEqual(await visited.see({}), { level: 0, methods: [], proven: false, userId: undefined });
    });
  });
}

describe("onRisk", () => {
  const broken: readonly (readonly [what: string, onRisk: () => unknown])[] = [
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["answers with a promise", () => Promise.resolve("allow")],
    ["answers with a promise that rejects", () => Promise.reject(new Error("broken"))],
    ["gives no verdict", () => undefined],
    ["gives one that does not exist", () => "logout"],
  ];
  for (const [what, onRisk] of broken) {
    it(`that ${what} makes the user prove who they are, with a warning, and ends nothing`, async (test) => {
      const visited = await Visited.start(test, { onRisk: onRisk as () => RiskVerdict });
      assert.deepEqual(await visited.see({ userAgent: WINDOWS }), UNPROVEN);
      assert.deepEqual(visited.told(), [["reauthenticate", "system"]]);
      assert.match(visited.app.warnings.join(), /`onRisk`/);
    });
  }

  it("gets the request", async (test) => {
    const seen: unknown[] = [];
    const visited = await Visited.start(test, {
      onRisk: (_risk, req) => {
        seen.push(req.method, req.headers["user-agent"]);
        return "allow";
      },
    });
    await visited.see({ userAgent: WINDOWS });
    assert.deepEqual(seen, ["GET", WINDOWS]);
  });

  it("is not asked, and nothing is written, while the client stays what it is", async (test) => {
    const store = new WatchedStore();
    const visited = await Visited.start(test, { store, onRisk: () => assert.fail() });
    store.calls.length = 0;
    for (let i = 0; i < 3; i++) await visited.see({});
    assert.deepEqual([...new Set(store.calls)], ["read"]);
  });

  it("counts though nothing can be written", async (test) => {
    const store = new WatchedStore({ sync: true });
    const visited = await Visited.start(test, { store, onRisk: () => "reauthenticate" });
    store.fail("update", new Error("disk trouble"));
    for (let i = 0; i < 2; i++) assert.deepEqual(await visited.see({ userAgent: WINDOWS }), UNPROVEN);
    assert.deepEqual(visited.told(), [["reauthenticate", "system"]]);
  });

  it("that cannot end the session lets nobody use it", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const visited = await Visited.start(test, { store, onRisk: () => "end" });
      store.fail("delete", new Error("disk trouble"));
      const reply = await visited.app.act((session) => session, headersOf({ userAgent: WINDOWS }));
      assert.equal(reply.status, 503);
    }
  });

  it("is asked again about a client that comes after another one, seen by another process", async (test) => {
    const shared: AppOptions = { secret: strongSecret(), store: new WatchedStore() };
    const [one, other] = [await Visited.start(test, shared), await Visited.start(test, shared)];
    other.app.agent.cookies.set(NAME, cookieOf(one.app.agent));
    await one.see({ userAgent: CHROME });
    await other.see({ userAgent: WINDOWS });
    await one.see({ userAgent: CHROME });
    assert.deepEqual(one.told(), [
      ["notify", "browser"],
      ["notify", "system", "browser"],
    ]);
    assert.deepEqual(other.told(), [["notify", "system", "browser"]]);
  });

  it("is asked once by requests that come at the same moment", async (test) => {
    let asked = 0;
    const onRisk = (): RiskVerdict => {
      asked += 1;
      return "reauthenticate";
    };
    const visited = await Visited.start(test, { store: new WatchedStore(), onRisk });
    const seen = await Promise.all(Array.from({ length: 8 }, () => visited.see({ userAgent: CHROME })));
    assert.deepEqual(seen, Array(8).fill(UNPROVEN));
    assert.equal(asked, 1);
    assert.equal(visited.told().length, 1);
  });
});
