import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasLevel, isFresh, isSignedIn } from "../../src/guards/index.ts";
import type { Session } from "../../src/index.ts";
import { fakeClock } from "../../src/testing/index.ts";
import { sendJson, serve } from "../support/servers.ts";
import { type AppSession, codeOf, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const checks = (session: Pick<Session, "id"> | undefined) => ({
  signedIn: isSignedIn(session as Session),
  fresh: isFresh(session as Session, "5m"),
  levels: [0, 1, 2].filter((level) => hasLevel(session as Session, level)),
});

const NOBODY = { signedIn: false, fresh: false, levels: [] };
const ASSIGNED = { signedIn: true, fresh: false, levels: [0] };

for (const [name, newStore] of everyStore) {
  describe(`isSignedIn(), isFresh() and hasLevel(), on node:http with a ${name}`, () => {
    it("follow a session from sign-in to its end, by the deployment's clock", async (test) => {
      const clock = fakeClock();
      const verbs: Record<string, (session: AppSession) => Promise<void>> = {
        "/elevate": (session) => session.elevate({ level: 2, methods: ["otp"] }),
        "/out": (session) => session.signOut(),
        "/destroy": (session) => session.destroy(),
      };
      const { agent } = await serve(test, "node:http", { clock, store: newStore(test) }, async (req, res) => {
        await verbs[req.url ?? ""]?.(req.session);
        sendJson(res, checks(req.session));
      });
      const ask = async (path = "/") => (await agent.get(path)).json();
      assert.deepEqual(await ask(), NOBODY);
      await agent.signIn("anna");
      assert.deepEqual(await ask(), { signedIn: true, fresh: true, levels: [0, 1] });
      clock.advance(5 * 60_000 - 1);
      assert.deepEqual(await ask(), { signedIn: true, fresh: true, levels: [0, 1] });
      clock.advance(1);
      assert.deepEqual(await ask(), { signedIn: true, fresh: false, levels: [0, 1] });
      assert.deepEqual(await ask("/elevate"), { signedIn: true, fresh: true, levels: [0, 1, 2] });
      clock.advance("5m");
      assert.deepEqual(await ask(), { signedIn: true, fresh: false, levels: [0, 1, 2] });
      assert.deepEqual(await ask("/out"), NOBODY);
      await agent.signIn("anna", { level: 2 });
      assert.deepEqual(await ask(), { signedIn: true, fresh: true, levels: [0, 1, 2] });
      assert.deepEqual(await ask("/destroy"), NOBODY);
      await agent.signIn("anna");
      clock.advance("30m");
      assert.deepEqual(await ask(), NOBODY, "expired");
    });
  });
}

describe("isFresh() and hasLevel()", () => {
  it("are never satisfied by a user who was merely assigned", async (test) => {
    const app = await sessionApp(test);
    const ways: Record<string, unknown>[] = [
      { userId: "anna" },
      { userId: null, user: { id: 7 } },
      { user: null, passport: { user: "bert" } },
    ];
    for (const way of ways) {
      const assigning = await app.act((session) => checks(Object.assign(session, way)));
      assert.deepEqual(assigning.json(), ASSIGNED, "in the request that assigns");
      assert.deepEqual((await app.act(checks)).json(), ASSIGNED, "afterwards");
    }
  });

  it("do not take what one user has proved for another, whom the request assigns", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna", { level: 2 });
    const reply = await app.act((session) => [
      checks(session),
      checks(Object.assign(session, { userId: "bert" })),
      checks(Object.assign(session, { userId: "anna" })),
      checks(Object.assign(session, { userId: null })),
      checks(Object.assign(session, { userId: "" })),
      Object.assign(session, { userId: "bert" }) && null,
    ]);
    const anna = { signedIn: true, fresh: true, levels: [0, 1, 2] };
    assert.deepEqual(reply.json(), [anna, ASSIGNED, anna, NOBODY, NOBODY, null]);
    assert.deepEqual((await app.act(checks)).json(), ASSIGNED);
  });

  it("are not satisfied by what data says of itself, nor by an object that looks like a session", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ authenticated: true, amr: ["pwd"], acr: 9 }));
    assert.deepEqual((await app.act(checks)).json(), NOBODY);
    await app.agent.signIn("anna", { level: 9 });
    const reply = await app.act((session) => {
      const { level, methods, authenticatedAt } = session;
      return [{ ...session, level, methods, authenticatedAt }, Object.create(session), {}].map(checks);
    });
    assert.deepEqual(reply.json(), [NOBODY, NOBODY, NOBODY]);
  });

  it("refuse a time or a level that makes no sense, whoever is asking", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act(async (session) => {
      const codes = ["", 0, -1, "5 minutes", Number.NaN, undefined].map((within) =>
        codeOf(Promise.resolve().then(() => isFresh(session as Session, within as number))),
      );
      const others = [-1, 10, 1.5, "2", undefined].map((level) =>
        codeOf(Promise.resolve().then(() => hasLevel(undefined, level as number))),
      );
      return [new Set(await Promise.all(codes)), new Set(await Promise.all(others))].map((set) => [...set]);
    });
    assert.deepEqual(reply.json(), [["ERR_HOLDFAST_DURATION"], ["ERR_HOLDFAST_OPTION"]]);
  });
});
