import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Session } from "../../../src/index.ts";
import { storedKeys } from "../../../src/keys/index.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { codeOf, strongSecret } from "../../support/session-app.ts";
import { type SocketApp, type SocketAppOptions, socketApp } from "../../support/socket-app.ts";

async function opened(
  test: TestContext,
  options: SocketAppOptions = {},
): Promise<{ app: SocketApp; cookie: string; session: Session & Record<string, unknown> }> {
  const app = await socketApp(test, options);
  const cookie = await app.signIn();
  await app.open({ cookie });
  const session = app.admitted[0]?.session;
  if (session === undefined) throw new Error("refused");
  return { app, cookie, session: session as Session & Record<string, unknown> };
}

async function sealedStore(test: TestContext): Promise<SqliteStore> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-sockets-"));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return new SqliteStore(join(folder, "sessions.db"));
}

const set = (key: string, value: unknown) => (session: object | undefined) =>
  void Reflect.set(session ?? {}, key, value);

describe("Over an open socket a session", () => {
  it("is changed by update() and save(), and read again by reload()", async (test) => {
    const { app, cookie, session } = await opened(test);
    await session.update(set("cart", ["tea"]));
    await app.request(cookie, set("theme", "dark"));
    session.draft = "hello";
    await session.save();
    await session.reload();
    assert.deepEqual({ ...session }, { userId: "anna", cart: ["tea"], theme: "dark", draft: "hello" });
  });

  for (const verb of ["signIn", "elevate", "impersonate", "regenerate"] as const) {
    it(`cannot ${verb}(): no reply would bring the client its new id`, async (test) => {
      const { app, session } = await opened(test);
      const run = { signIn: "bert", elevate: {}, impersonate: "bert", regenerate: {} }[verb];
      const done = Reflect.apply(Reflect.get(session, verb), session, [run]);
      assert.equal(await codeOf(done), "ERR_HOLDFAST_HEADERS_SENT");
      assert.equal(app.watched, 1);
    });
  }

  it("cannot get another user by an assignment either", async (test) => {
    const { session } = await opened(test);
    const done = session.update(set("userId", "bert"));
    assert.equal(await codeOf(done), "ERR_HOLDFAST_HEADERS_SENT");
  });

  it("is not offered another secret", async (test) => {
    const { app, session } = await opened(test);
    app.clock.advance("20m");
    await session.update(set("a", 1));
    assert.equal(app.takeEvents().includes("session_renewed"), false);
  });

  it("that has ended says so", async (test) => {
    const { app, session } = await opened(test);
    await app.sessions.revokeUser("anna");
    assert.equal(await codeOf(session.update(set("a", 1))), "ERR_HOLDFAST_SESSION_ENDED");
    assert.equal(await codeOf(session.reload()), "ERR_HOLDFAST_SESSION_ENDED");
  });

  for (const sealed of [false, true]) {
    it(`goes on after many renewals of its id, which nobody tells it of (${sealed ? "sealed" : "plain"} store)`, async (test) => {
      const store = sealed ? { store: await sealedStore(test) } : {};
      const { app, cookie, session } = await opened(test, store);
      let jar = cookie;
      for (let round = 0; round < 6; round++) {
        app.clock.advance("16m");
        jar = await app.request(jar, set("round", round));
        app.clock.advance("1m");
        jar = await app.request(jar);
      }
      assert.equal(app.takeEvents().filter((type) => type === "session_renewed").length, 6);
      await session.update(set("late", true));
      session.later = true;
      await session.save();
      await session.reload();
      assert.deepEqual({ ...session }, { userId: "anna", round: 5, late: true, later: true });
      await app.request(jar, (own) => assert.equal(Reflect.get(own ?? {}, "late"), true));
      assert.equal(app.takeEvents().includes("session_replayed"), false);
    });
  }

  it("goes on when the key that signs has rotated between renewals", async (test) => {
    const keys = storedKeys({ secret: strongSecret(), propagation: "1m" });
    const { app, cookie, session } = await opened(test, { store: await sealedStore(test), secret: keys });
    let jar = cookie;
    for (let round = 0; round < 3; round++) {
      app.clock.advance("16m");
      jar = await app.request(jar, set("round", round));
      // The next secret is derived from the key of before, and presented under the one of now.
      await app.sessions.keys.rotate();
      app.clock.advance("1m");
      await app.sessions.keys.list();
      jar = await app.request(jar);
      await app.tick();
    }
    await session.update(set("late", true));
    assert.deepEqual({ ...session }, { userId: "anna", round: 2, late: true });
  });

  it("is no way around a replay: the old id of the handshake stays refused elsewhere", async (test) => {
    const { app, cookie } = await opened(test);
    let jar = cookie;
    for (let step = 0; step < 2; step++) {
      app.clock.advance("16m");
      jar = await app.request(jar);
      app.clock.advance("1m");
      jar = await app.request(jar);
    }
    app.takeEvents();
    assert.equal((await app.open({ cookie })).status, 401);
    assert.ok(app.takeEvents().includes("session_replayed"));
    assert.equal(app.watched, 0);
  });
});
