import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemRandom } from "../../src/crypto/random.ts";
import { open, seal } from "../../src/crypto/seal.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { decodeHeader, encodeHeader } from "../../src/session/record/header-bytes.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { scene } from "../support/edited-rows.ts";
import {
  type AppSession,
  codeOf,
  cookieOf,
  meanwhile,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const standing = ({ level, methods, authenticatedAt }: AppSession) => ({
  level,
  methods,
  proven: authenticatedAt !== undefined,
});

/** What a further request sees. */
const seen = async (app: SessionApp): Promise<unknown> => (await app.act(standing)).json();

const NOTHING = { level: 0, methods: [], proven: false };

for (const [name, newStore] of everyStore) {
  describe(`the level of a session on a ${name}`, () => {
    it("is 0 without a user, and for one who is merely assigned", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      assert.deepEqual(await seen(app), NOTHING);
      await app.act(set({ cart: 1 }));
      assert.deepEqual(await seen(app), NOTHING);
      await app.act(set({ userId: "anna" }));
      assert.deepEqual(await seen(app), NOTHING);
    });

    it("is 1 after signIn, or what signIn was told, and its methods with it", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act((session) => session.signIn("anna"));
      assert.deepEqual(await seen(app), { level: 1, methods: [], proven: true });
      await app.act((session) => session.signIn("anna", { level: 9, methods: ["pwd", "otp", "pwd"] }));
      assert.deepEqual(await seen(app), { level: 9, methods: ["pwd", "otp"], proven: true });
      await app.act((session) => session.signIn("anna", { methods: ["hwk"] }));
      assert.deepEqual(
        await seen(app),
        { level: 1, methods: ["hwk"], proven: true },
        "replaced, not added to",
      );
    });

    it("outlives writes, parallel ones too, and new ids of the same user", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const before = { level: 3, methods: ["pwd", "otp"], proven: true };
      await app.act((session) => session.signIn("anna", before));
      await app.act(async (session) => {
        session.mine = 1;
        await meanwhile(app, set({ theirs: 1 }));
      });
      app.clock.advance("20m");
      await app.data();
      await app.settle();
      assert.deepEqual(await seen(app), before);
      const handle = cookieOf(app.agent);
      await app.act((session) => session.regenerate({ keep: ["userId"] }));
      assert.notEqual(cookieOf(app.agent), handle);
      assert.deepEqual(await seen(app), before);
    });

    it("goes with the user: another one, signed in or assigned, begins anew", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act((session) => session.signIn("anna", { level: 3, methods: ["pwd"] }));
      const reply = await app.act((session) => {
        session.userId = "bert";
        return standing(session);
      });
      assert.deepEqual(reply.json(), NOTHING, "already in the request that assigns");
      assert.deepEqual(await seen(app), NOTHING);
      await app.act(set({ userId: "anna" }));
      assert.deepEqual(await seen(app), NOTHING, "and does not come back with the first user");
      await app.act((session) => session.signIn("anna", { level: 3 }));
      await app.act((session) => session.signOut());
      assert.deepEqual(await seen(app), NOTHING);
    });

    it("is not raised by being remembered", async (test) => {
      const app = await sessionApp(test, { store: newStore(test), idle: "2d", absolute: "30d" });
      await app.act((session) => session.signIn("anna", { level: 1, methods: ["pwd"], remember: true }));
      for (let day = 0; day < 29; day++) {
        app.clock.advance("1d");
        assert.deepEqual(await seen(app), { level: 1, methods: ["pwd"], proven: true });
      }
      await app.act((session) => session.regenerate({ keep: ["userId"] }));
      assert.deepEqual(await seen(app), { level: 1, methods: ["pwd"], proven: true });
    });
  });
}

describe("the level of a session", () => {
  it("is out of the data's reach", async (test) => {
    const app = await sessionApp(test);
    await app.act((session) => session.signIn("anna", { methods: ["pwd"] }));
    const reply = await app.act((session) => {
      assert.throws(() => Object.assign(session, { level: 9 }), { code: "ERR_HOLDFAST_RESERVED_NAME" });
      assert.throws(() => (session.methods as string[]).push("otp"), TypeError);
      return { ...session };
    });
    assert.deepEqual(reply.json(), { userId: "anna" });
    assert.deepEqual(await seen(app), { level: 1, methods: ["pwd"], proven: true });
  });

  it("is a whole number from 0 to 9, and a method a short text: anything else changes nothing", async (test) => {
    const app = await sessionApp(test);
    await app.act((session) => session.signIn("anna", { level: 2 }));
    const wrong: object[] = [
      ...[-1, 10, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "2", true, {}].map((level) => ({ level })),
      ...["pwd", [""], [1], [["pwd"]], ["x".repeat(65)], {}, null].map((methods) => ({ methods })),
      { methods: Array.from({ length: 17 }, (_, i) => `m${i}`) },
    ];
    for (const options of wrong) {
      for (const verb of ["signIn", "elevate"] as const) {
        const reply = await app.act(async (session) => ({
          code: await codeOf(verb === "signIn" ? session.signIn("anna", options) : session.elevate(options)),
        }));
        const what = `${verb} ${JSON.stringify(options)}`;
        assert.deepEqual([reply.json(), reply.setCookie], [{ code: "ERR_HOLDFAST_OPTION" }, []], what);
      }
    }
    assert.deepEqual(await seen(app), { level: 2, methods: [], proven: true });
  });

  it("survives a restart on SQLite, raised or not", async (test) => {
    const path = databaseFor(test);
    const secret = strongSecret();
    const before = await sessionApp(test, { store: new SqliteStore(path), secret });
    await before.act((session) => session.signIn("anna", { level: 1, methods: ["pwd"] }));
    await before.act((session) => session.elevate({ level: 2, methods: ["otp"] }));
    const cookies = [...before.agent.cookies];
    await before.sessions.close();
    const after = await sessionApp(test, { store: new SqliteStore(path), secret });
    for (const [name, value] of cookies) after.agent.cookies.set(name, value);
    assert.deepEqual(await seen(after), { level: 2, methods: ["pwd", "otp"], proven: true });
    assert.deepEqual(await after.data(), { userId: "anna" });
  });

  it("of a row from before there were levels is 1 for a user who had signed in, and the row lives on", async (test) => {
    const secret = strongSecret();
    const { app, get, set: edit } = await scene(test, { secret });
    const key = new KeyRing([secret]).newest;
    await app.agent.signIn("anna", { data: { n: 1 }, level: 5 });
    const handle = cookieOf(app.agent).split(".")[1] ?? "";
    const sealed = get(handle, "header") as Buffer;
    const header = open(key.headerKey(handle), sealed.subarray(4), `header.${handle}`);
    assert.ok(header);
    edit(
      handle,
      "header",
      Buffer.concat([
        sealed.subarray(0, 4),
        seal(key.headerKey(handle), inFormat1(header), `header.${handle}`, systemRandom),
      ]),
    );
    assert.deepEqual(await seen(app), { level: 1, methods: [], proven: true });
    await app.act(set({ n: 2 }));
    assert.deepEqual(await app.data(), { n: 2, userId: "anna" });
    assert.deepEqual(await seen(app), { level: 1, methods: [], proven: true });
  });
});

/** A header without methods as it was before there were levels. */
function inFormat1(bytes: Buffer): Buffer {
  const opened = decodeHeader(bytes);
  assert.ok(opened);
  assert.deepEqual(bytes, encodeHeader(opened));
  const levelAt = 102 + 36 * opened.header.wraps.length;
  return Buffer.concat([Buffer.of(1), bytes.subarray(1, levelAt), bytes.subarray(levelAt + 1)]);
}
