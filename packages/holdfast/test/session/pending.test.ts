import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireFreshSignIn, requireLevel, requireUser } from "../../src/guards/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { scene } from "../support/edited-rows.ts";
import {
  type AppSession,
  browserWith,
  codeOf,
  cookieOf,
  handleIn,
  meanwhile,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const STEP = { user: "anna", tries: [1] };

const begin = (session: AppSession) => session.pend("otp", STEP, "5m");

/** What a request takes, by the app's browser; `null` for nothing. */
async function take(app: SessionApp, purpose = "otp"): Promise<unknown> {
  const reply = await app.act(async (session) => [(await session.takePending(purpose)) ?? null]);
  return (reply.json() as unknown[])[0];
}

for (const [name, newStore] of everyStore) {
  describe(`a pending step on a ${name}`, () => {
    it("is taken once, by a later request, also of somebody who had no session", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      assert.equal(await take(app), null);
      const reply = await app.act(begin);
      assert.equal(reply.setCookie.length, 1);
      assert.deepEqual(await take(app), STEP);
      assert.equal(await take(app), null);
    });

    it("is taken once under 20 requests at the same time", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(begin);
      const taken = await Promise.all(Array.from({ length: 20 }, () => take(app)));
      assert.deepEqual(
        taken.filter((value) => value !== null),
        [STEP],
      );
    });

    it("is no data, and no request can write it as data", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(begin);
      const reply = await app.act((session) => ({ ...session, json: JSON.stringify(session) }));
      assert.deepEqual(reply.json(), { json: "{}" });
      await app.act(set({ pending: [{ purpose: "otp", value: "planted" }], otp: "planted" }));
      assert.deepEqual(await take(app), STEP);
      assert.equal(await take(app, "pending"), null);
    });

    it("lives beside the data: neither loses what the other writes at the same time", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(set({ a: 1 }));
      await app.act(async (session) => {
        session.b = 2;
        await meanwhile(app, set({ c: 3 }));
        await begin(session);
        session.d = 4;
        await meanwhile(app, (other) => other.pend("reset", 7, "5m"));
      });
      assert.deepEqual(await app.data(), { a: 1, b: 2, c: 3, d: 4 });
      assert.deepEqual([await take(app), await take(app, "reset")], [STEP, 7]);
      assert.deepEqual(await app.data(), { a: 1, b: 2, c: 3, d: 4 });
    });

    it("is gone when its time is over", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(begin);
      app.clock.advance(5 * 60_000 - 1);
      const value = await app.act(async (session) => {
        const taken = await session.takePending("otp");
        await begin(session);
        return { taken };
      });
      assert.deepEqual(value.json(), { taken: STEP });
      app.clock.advance("5m");
      assert.equal(await take(app), null);
    });

    it("is gone with the id: at sign-in, sign-out, elevation and regeneration", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const ends: ((session: AppSession) => unknown)[] = [
        (session) => session.signIn("anna"),
        (session) => session.signIn("anna"),
        (session) => session.elevate({ level: 2 }),
        (session) => session.regenerate({ keep: ["userId"] }),
        set({ userId: "bert" }),
        (session) => session.signOut(),
      ];
      for (const [index, end] of ends.entries()) {
        await app.act(begin);
        const before = cookieOf(app.agent);
        await app.act(end);
        assert.equal(await take(app), null, String(index));
        app.agent.cookies.clear();
        app.agent.cookies.set("__Host-session", before);
        assert.equal(await take(app), null, `${index}, by the old cookie`);
        await app.act((session) => session.signIn("anna"));
      }
    });

    it("satisfies no guard", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(begin);
      for (const guard of [requireUser(), requireLevel(0), requireFreshSignIn("5m")]) {
        const reply = await app.act((_session, req, res) => guard(req, res, () => void res.end("in")));
        assert.equal(reply.status, 401);
      }
      assert.deepEqual(await app.sessions.list("anna"), []);
    });

    it("is the latest one of its purpose, and nobody else's", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(begin);
      await app.act((session) => session.pend("otp", "second", "5m"));
      const stranger = app.agent.newBrowser();
      const reply = await app.act(async (session) => [(await session.takePending("otp")) ?? null], {
        by: stranger,
      });
      assert.deepEqual(reply.json(), [null]);
      assert.equal(await take(app, "reset"), null);
      assert.equal(await take(app), "second");
      assert.equal(await take(app), null);
    });
  });
}

describe("a pending step", () => {
  it("survives a restart and a new secret on SQLite", async (test) => {
    const path = databaseFor(test);
    const secret = strongSecret();
    const before = await sessionApp(test, { store: new SqliteStore(path), secret });
    await before.act(begin);
    const cookie = cookieOf(before.agent);
    await before.sessions.close();
    const after = await sessionApp(test, { store: new SqliteStore(path), secret: [strongSecret(), secret] });
    after.agent.cookies.set("__Host-session", cookie);
    await after.act(set({ a: 1 }));
    assert.notEqual(cookieOf(after.agent), cookie, "under the new key");
    assert.deepEqual(await take(after), STEP);
  });

  it("of one session, put by hand into another's row, is not taken there", async (test) => {
    const { app, get, set: edit } = await scene(test);
    await app.act(begin);
    const other = app.agent.newBrowser();
    await app.act(set({ a: 1 }), { by: other });
    const [mine, theirs] = [handleIn(cookieOf(app.agent)), handleIn(cookieOf(other))];
    edit(theirs, "header", get(mine, "header"));
    const reply = await app.act(async (session) => [(await session.takePending("otp")) ?? null], {
      by: browserWith(app, cookieOf(other)),
    });
    assert.deepEqual(reply.json(), [null]);
  });

  it("is refused if it is no JSON, too large, one too many, or for no time or purpose; nothing is stored", async (test) => {
    const app = await sessionApp(test);
    const codes = async (steps: readonly [unknown, unknown, unknown][]) => {
      const reply = await app.act(async (session) => {
        const found: string[] = [];
        for (const [purpose, value, within] of steps)
          found.push(await codeOf(session.pend(purpose as string, value, within as number)));
        return [...new Set(found)];
      });
      return [reply.json(), reply.setCookie.length];
    };
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const noJson = [undefined, 1n, () => 1, Symbol("x"), cycle];
    assert.deepEqual(await codes(noJson.map((value) => ["otp", value, "5m"])), [
      ["ERR_HOLDFAST_NOT_JSON"],
      0,
    ]);
    assert.deepEqual(await codes([["otp", "x".repeat(4095), "5m"]]), [["ERR_HOLDFAST_TOO_LARGE"], 0]);
    const purposes = ["", "x".repeat(65), 7, undefined];
    assert.deepEqual(await codes(purposes.map((purpose) => [purpose, 1, "5m"])), [
      ["ERR_HOLDFAST_OPTION"],
      0,
    ]);
    const times = [0, -1, "soon", undefined];
    assert.deepEqual(await codes(times.map((within) => ["otp", 1, within])), [["ERR_HOLDFAST_DURATION"], 0]);
    const many = Array.from({ length: 8 }, (_, i): [string, number, string] => [`step${i}`, i, "1m"]);
    assert.deepEqual(await codes(many), [["no error"], 1]);
    assert.deepEqual(
      await codes([["step0", 1, "5m"]]),
      [["no error"], 0],
      "a step that is replaced makes room",
    );
    assert.deepEqual(await codes([["step8", 1, "5m"]]), [["ERR_HOLDFAST_TOO_LARGE"], 0]);
    app.clock.advance("1m");
    assert.deepEqual(
      await codes([["step8", 1, "5m"]]),
      [["no error"], 0],
      "and so does one whose time is over",
    );
  });

  it("cannot be begun or taken in a session that has ended", async (test) => {
    const app = await sessionApp(test);
    for (const verb of ["pend", "takePending"] as const) {
      await app.agent.signIn("anna");
      const reply = await app.act(async (session) => {
        await app.sessions.revoke(session.handle);
        return { code: await codeOf(verb === "pend" ? begin(session) : session.takePending("otp")) };
      });
      assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_SESSION_ENDED" });
      app.agent.cookies.clear();
    }
  });

  it("that could not be stored, or taken, is an error, also where nobody waits for it", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const app = await sessionApp(test, { store });
      await app.act(begin);
      store.fail("update", new Error("gone"));
      for (const verb of [begin, (session: AppSession) => session.takePending("otp")]) {
        assert.equal((await app.act(verb)).status, 503);
      }
      assert.equal((await app.act((session) => void session.takePending("otp"))).status, 503);
      store.fail("update", undefined);
      assert.deepEqual(await take(app), STEP, "it is still there");
    }
  });
});
