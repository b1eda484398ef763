import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { PostgresStore } from "../../../src/store/postgres.ts";
import {
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../../support/session-app.ts";
import { storm } from "../../support/storm/deployment.ts";
import { findDatabase, newSchema, poolOf } from "./databases.ts";

const { server, skip } = await findDatabase();
after(() => server?.stop());

/** What opens the same database once more, as another process would. */
function database(test: TestContext): { open: () => PostgresStore; rows: () => Promise<string> } {
  const schema = newSchema();
  const pool = poolOf(server?.url ?? "");
  test.after(async () => {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await pool.end();
  });
  const open = (): PostgresStore => {
    const own = poolOf(server?.url ?? "");
    test.after(() => own.end());
    return new PostgresStore(own, { schema });
  };
  const rows = async (): Promise<string> => {
    const found = await pool.query(`SELECT session::text FROM ${schema}.holdfast_sessions AS session`);
    return JSON.stringify(found.rows);
  };
  return { open, rows };
}

/** Two processes of one deployment. */
async function twoApps(test: TestContext, open: () => PostgresStore): Promise<[SessionApp, SessionApp]> {
  const secret = strongSecret();
  const one = await sessionApp(test, { store: open(), secret });
  return [one, await sessionApp(test, { store: open(), secret, clock: one.clock })];
}

describe("sessions in PostgreSQL, on two processes", { skip }, () => {
  for (const seed of [1, 20_261]) {
    it(`go through a storm: nobody sees another's data, nothing comes back, no write is lost (${seed})`, async (t) => {
      await storm(t, database(t).open, seed);
    });
  }

  it("end on both as soon as one has said so, and no request in flight brings them back", async (t) => {
    const [one, other] = await twoApps(t, database(t).open);
    for (const revoke of [
      () => other.sessions.revokeUser("anna"),
      () => other.sessions.revokeAll(),
      () => other.sessions.revoke(cookieOf(one.agent).split(".")[1] ?? ""),
    ]) {
      await one.agent.signIn("anna");
      const cookie = cookieOf(one.agent);
      assert.equal((await other.data(browserWith(other, cookie))).userId, "anna");
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      let arrive = (): void => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const inFlight = one.act(async (session) => {
        void session.userId;
        arrive();
        await finished;
        session.late = true;
      });
      await arrived;
      await revoke();
      finish();
      await inFlight;
      for (const app of [one, other]) assert.deepEqual(await app.data(browserWith(app, cookie)), {});
    }
  });

  it("keep every one of many changes made at once", async (t) => {
    const [one, other] = await twoApps(t, database(t).open);
    await one.agent.signIn("anna");
    const cookie = cookieOf(one.agent);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const app = index % 2 === 0 ? one : other;
        return app.act(set({ [`key${index}`]: index }), { by: browserWith(app, cookie) });
      }),
    );
    assert.equal(Object.keys(await one.data()).filter((key) => key.startsWith("key")).length, 20);
  });

  it("are rows that tell nothing: no secret, no user, no data", async (t) => {
    const { open, rows } = database(t);
    const [one] = await twoApps(t, open);
    await one.agent.signIn("anna", { data: { note: "confidential" } });
    const stolen = await rows();
    const [, handle = "", ...secrets] = cookieOf(one.agent).split(".");
    assert.ok(stolen.includes(handle));
    const hidden = [...secrets, "anna", "confidential"];
    for (const text of hidden) {
      assert.ok(!stolen.includes(text) && !stolen.includes(Buffer.from(text).toString("hex")), text);
    }
  });
});
