import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { type Guard, requireFreshSignIn, requireLevel, requireUser } from "../../src/guards/index.ts";
import type { SessionOptions } from "../../src/index.ts";
import { fakeClock, type TestRequest } from "../../src/testing/index.ts";
import { type AppRequest, describeServers, type ServerName, serve } from "../support/servers.ts";
import { meanwhile, sessionApp, set } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** Deployments that read the session before the handler runs, and one that reads it when it is looked at. */
const deployments: Record<string, () => SessionOptions & { store: WatchedStore }> = {
  "across a network": () => ({ store: new WatchedStore() }),
  "that is read for every request": () => ({ store: new WatchedStore({ sync: true }), rolling: true }),
  "that was looked at early": () => ({ store: new WatchedStore({ sync: true }) }),
};

async function start(test: TestContext, server: ServerName, options: SessionOptions, guards: Guard[]) {
  const clock = fakeClock();
  let upload = (): unknown => undefined;
  const handler = async (req: AppRequest, res: ServerResponse): Promise<void> => {
    void req.session.userId;
    const during = upload;
    upload = () => undefined;
    await during();
    const pass = (index: number): void => {
      const guard = guards[index];
      if (guard === undefined) res.end("in");
      else guard(req, res, (error?: unknown) => (error === undefined ? pass(index + 1) : fail(res, error)));
    };
    pass(0);
  };
  const served = await serve(test, server, { clock, ...options }, handler);
  await served.agent.signIn("anna", { level: 2 });
  /** A request during whose upload this happens. */
  const send = async (during: () => unknown, request: TestRequest = {}): Promise<number> => {
    upload = during;
    return (await served.agent.post("/", "body", request)).status;
  };
  return { ...served, clock, send };
}

function fail(res: ServerResponse, error: unknown): void {
  res.statusCode = Number(Reflect.get(error as object, "status"));
  res.end();
}

describeServers("A guard behind a slow upload", (server) => {
  for (const [name, options] of Object.entries(deployments)) {
    it(`does not let a session pass that was revoked meanwhile, in a store ${name}`, async (test) => {
      for (const guard of [requireUser(), requireFreshSignIn("1h"), requireLevel(1)]) {
        const { send, clock, sessions } = await start(test, server, options(), [guard]);
        const slow = () => clock.advance("10s");
        assert.equal(await send(slow), 200);
        const revoked = await send(async () => {
          slow();
          assert.equal(await sessions.revokeUser("anna"), 1);
        });
        assert.equal(revoked, 401);
      }
    });
  }

  it("asks the store again once, and not where nothing has been waited for", async (test) => {
    const store = new WatchedStore();
    const { send, clock } = await start(test, server, { store }, [requireUser(), requireLevel(1)]);
    const reads = async (during: () => unknown): Promise<number> => {
      store.calls.length = 0;
      assert.equal(await send(during), 200);
      return store.calls.filter((call) => call === "read").length;
    };
    assert.equal(await reads(() => undefined), 1);
    assert.equal(await reads(() => clock.advance(999)), 1);
    assert.equal(await reads(() => clock.advance(1_000)), 2);
  });

  it("lets nobody pass where the store cannot say, and tells nobody to sign in", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const { send, clock } = await start(test, server, { store }, [requireUser({ redirect: "/login" })]);
      const status = await send(() => {
        clock.advance("10s");
        store.fail("read", new Error("gone"));
      });
      assert.equal(status, 503);
    }
  });

  it("judges what the user has proved as it is by then", async (test) => {
    const options: SessionOptions = { store: new WatchedStore(), onRisk: () => "reauthenticate" };
    const { send, clock, agent } = await start(test, server, options, [requireLevel(2)]);
    await agent.signIn("anna", { level: 2, userAgent: "Firefox/1" });
    const from = (userAgent: string) => ({ headers: { "user-agent": userAgent } });
    assert.equal(await send(() => clock.advance("10s"), from("Firefox/1")), 200);
    const status = await send(async () => {
      clock.advance("10s");
      assert.equal((await agent.get("/", from("curl/8"))).status, 403);
    }, from("Firefox/1"));
    assert.equal(status, 403);
  });
});

describe("A guard behind a slow upload", () => {
  it("leaves what the request has written to be merged with what others have", async (test) => {
    const app = await sessionApp(test, { store: new WatchedStore() });
    await app.agent.signIn("anna");
    await app.act(async (session, req, res) => {
      session.mine = 1;
      await meanwhile(app, set({ theirs: 2 }));
      app.clock.advance("10s");
      await new Promise((pass) => requireUser()(req, res, pass));
    });
    assert.deepEqual(await app.data(), { userId: "anna", theirs: 2, mine: 1 });
  });
});
