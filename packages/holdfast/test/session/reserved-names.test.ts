import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError, MemoryStore } from "../../src/index.ts";
import { reservedNames } from "../../src/session/object/session-object.ts";
import { Snapshot } from "../../src/session/record/snapshot.ts";
import type { StoredRecord } from "../../src/store/contract.ts";
import { type AppSession, cookieOf, sessionApp, set, strongSecret } from "../support/session-app.ts";

const OURS = [
  "id",
  "handle",
  "cookie",
  "times",
  "expiresAt",
  "authenticatedAt",
  "level",
  "methods",
  "locked",
  "lockedUser",
  "signIn",
  "impersonator",
  "deviceBound",
  "impersonate",
  "endImpersonation",
  "elevate",
  "pend",
  "takePending",
  "signOut",
  "update",
  "regenerate",
  "destroy",
  "reload",
  "save",
  "touch",
  "resetMaxAge",
  "__proto__",
];

const isReserved = (error: unknown) =>
  error instanceof HoldfastError && error.code === "ERR_HOLDFAST_RESERVED_NAME";

describe("the session's own names", () => {
  it("are these", () => assert.deepEqual([...reservedNames].sort(), [...OURS].sort()));

  it("cannot be assigned: it throws at once, names the name, and changes nothing", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act((session) => {
      for (const name of OURS) {
        for (const value of [1, undefined, null, { admin: true }, () => {}]) {
          assert.throws(
            () => Object.assign(session, JSON.parse(`{${JSON.stringify(name)}:1}`)),
            isReserved,
            name,
          );
          assert.throws(
            () => {
              session[name] = value;
            },
            (error) => isReserved(error) && (error as Error).message.includes(`req.session.${name} `),
          );
        }
      }
      assert.equal((session as unknown as { admin?: unknown }).admin, undefined);
      return { keys: Object.keys(session), type: typeof session.save };
    });
    assert.deepEqual([reply.json(), reply.setCookie], [{ keys: [], type: "function" }, []]);
  });

  it("are not among the data: not listed, not copied, not in the JSON", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna", { data: { a: 1 } });
    const reply = await app.act((session) => {
      const looped: string[] = [];
      for (const name in session) looped.push(name);
      return {
        looped,
        keys: Object.keys(session),
        copy: { ...session },
        json: JSON.parse(JSON.stringify(session)),
      };
    });
    const data = { a: 1, userId: "anna" };
    assert.deepEqual(reply.json(), {
      looped: ["a", "userId"],
      keys: ["a", "userId"],
      copy: data,
      json: data,
    });
  });

  it("stored all the same are never seen: the methods stay, and no prototype changes", async (test) => {
    // As if an older version, or a hand, had written them.
    class Planting extends MemoryStore<unknown> {
      override read(handle: string, now: number): StoredRecord<unknown> | null {
        const record = super.read(handle, now);
        const planted = `{${OURS.map((name) => `${JSON.stringify(name)}:{"admin":true}`).join()},"a":1,"userId":"anna"}`;
        return record === null ? null : { ...record, body: Snapshot.ofJson(planted) };
      }
    }
    const app = await sessionApp(test, { store: new Planting(), secret: strongSecret() });
    await app.agent.signIn("anna");
    const reply = await app.act(async (session: AppSession) => {
      await session.reload();
      await session.save();
      const { admin } = session as { admin?: unknown };
      return {
        keys: Object.keys(session),
        admin: admin ?? null,
        handle: session.handle,
        polluted: ({} as { admin?: unknown }).admin ?? null,
      };
    });
    assert.deepEqual(reply.json(), {
      keys: ["a", "userId"],
      admin: null,
      handle: cookieOf(app.agent).split(".")[1],
      polluted: null,
    });
  });

  it("leave `user`, `constructor` and every other name to the app", async (test) => {
    const app = await sessionApp(test);
    const data = {
      user: { id: 7 },
      constructor: "mine",
      hasOwnProperty: 1,
      toString: "x",
      valueOf: 1,
      toJSON: "text",
      length: 0,
      0: "zero",
    };
    await app.act((session) => Object.assign(session, data));
    assert.deepEqual(await app.data(), JSON.parse(JSON.stringify(data)));
    await app.act(set({ more: 1 }));
    assert.deepEqual(await app.data(), { ...JSON.parse(JSON.stringify(data)), more: 1 });
  });
});

describe("req.session itself", () => {
  it("cannot be replaced by another object, only ended", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    for (const value of [{}, { userId: "admin" }, "text", 1, true]) {
      const reply = await app.act((_session, req) => {
        assert.throws(() => Reflect.set(req, "session", value), isReserved);
        return req.session;
      });
      assert.deepEqual(reply.json(), { userId: "anna" });
    }
    await app.act((session, req) => void Reflect.set(req, "session", session));
    assert.equal((await app.data()).userId, "anna", "assigning it to itself does nothing");
  });

  it("has a sessionID that is its handle and cannot be assigned", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    const reply = await app.act((session, req) => {
      assert.throws(() => Reflect.set(req, "sessionID", "planted"), isReserved);
      return [req.sessionID === session.handle, session.id === session.handle];
    });
    assert.deepEqual(reply.json(), [true, true]);
  });
});
