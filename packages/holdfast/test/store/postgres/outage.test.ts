import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { found, type PostgresServer, startPostgres } from "test-servers";
import { PostgresStore } from "../../../src/store/postgres.ts";
import { NOW, newHandle, newUser, record } from "../records.ts";
import { newSchema, poolOf } from "./databases.ts";

const { server, skip } = await found(() =>
  startPostgres([
    "-c",
    "max_connections=6",
    "-c",
    "superuser_reserved_connections=0",
    "-c",
    "reserved_connections=0",
  ]),
);
after(() => server?.stop());

const UNAVAILABLE = "ERR_HOLDFAST_STORE_UNAVAILABLE";

function running(): PostgresServer {
  assert.ok(server);
  return server;
}

function storeFor(test: TestContext, options: pg.PoolConfig = {}): { store: PostgresStore; pool: pg.Pool } {
  const pool = poolOf(running().url, { max: 2, ...options });
  test.after(() => pool.end());
  return { store: new PostgresStore(pool, { schema: newSchema() }), pool };
}

/** The code an operation is refused with; the answer if it is not. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => Reflect.get(Object(error), "code"));
}

describe("a PostgreSQL server in trouble", { skip }, () => {
  it("that is killed and started again has every write and every end it acknowledged, without a restart here", async (t) => {
    const { store, pool } = storeFor(t);
    const user = newUser();
    const [kept, ended] = [newHandle(), newHandle()];
    await store.create(kept, record(), NOW);
    await store.create(ended, record({ user }), NOW);
    assert.equal(await store.update(kept, 1, record(), NOW), true);
    assert.equal(await store.deleteUser([user], NOW), 1);
    // Two idle connections are there to break, and nobody but the store listens.
    await Promise.all([pool.query("SELECT 1"), pool.query("SELECT 1")]);
    await running().kill();
    assert.equal(await outcome(store.read(kept, NOW)), UNAVAILABLE);
    await running().start();
    assert.equal((await store.read(kept, NOW))?.version, 2);
    assert.equal(await store.read(ended, NOW), null);
    assert.notEqual(await store.userGeneration(user), 0);
  });

  it("that is killed in the middle of writing loses nothing acknowledged", async (t) => {
    const { store } = storeFor(t);
    await store.open();
    const created: string[] = [];
    const write = async (): Promise<void> => {
      for (;;) {
        const handle = newHandle();
        if ((await outcome(store.create(handle, record(), NOW))) !== "created") return;
        created.push(handle);
      }
    };
    const writers = [write(), write(), write()];
    while (created.length < 100) await delay(5);
    await running().kill();
    await Promise.all(writers);
    await running().start();
    for (const handle of created) assert.ok(await store.read(handle, NOW), "an acknowledged session is gone");
  });

  it("loses all sessions of an unlogged table when it crashes, and brings no ended one back", async (t) => {
    const pool = poolOf(running().url, { max: 2 });
    t.after(() => pool.end());
    const store = new PostgresStore(pool, { schema: newSchema(), unlogged: true });
    const user = newUser();
    const handle = newHandle();
    const generation = await store.userGeneration(user);
    await store.create(handle, record({ user }), NOW);
    await store.writeValue("keys", 0, Buffer.from("kept"), NOW);
    await store.deleteUser([user], NOW);
    await store.create(handle, record({ user }), NOW);
    await running().kill();
    await running().start();
    await outcome(store.open());
    assert.equal(await store.read(handle, NOW), null);
    assert.equal(await store.create(handle, record({ user }), NOW, generation), "revoked");
    assert.equal(await store.create(handle, record({ user }), NOW), "created");
    assert.equal((await store.readValue("keys", NOW))?.version, 1);
  });

  it("that has no connection left says so, and works again once it has", async (t) => {
    const { store } = storeFor(t);
    await store.open();
    const others = Array.from({ length: 6 }, () => new pg.Client(running().url));
    const connected = await Promise.allSettled(others.map((each) => each.connect()));
    assert.ok(connected.some(({ status }) => status === "rejected"));
    const { store: another } = storeFor(t);
    await assert.rejects(another.open(), { code: UNAVAILABLE, message: /no connection left/ });
    assert.equal(await store.read(newHandle(), NOW), null, "who has one already goes on");
    await Promise.all(others.map((each) => each.end().catch(() => {})));
    while ((await outcome(another.open())) === UNAVAILABLE) await delay(20);
    assert.equal(await another.read(newHandle(), NOW), null);
  });

  it("does not answer while the application keeps every connection of the pool to itself", async (t) => {
    const { store, pool } = storeFor(t, { max: 1, connectionTimeoutMillis: 100 });
    await store.open();
    const held = await pool.connect();
    assert.equal(await outcome(store.read(newHandle(), NOW)), UNAVAILABLE);
    held.release();
    assert.equal(await store.read(newHandle(), NOW), null);
  });

  it("that is frozen is waited for no longer than the pool says, and answers once it thaws", async (t) => {
    const { store } = storeFor(t, { connectionTimeoutMillis: 200, query_timeout: 200 });
    await store.open();
    await running().freeze();
    t.after(() => running().thaw());
    const began = performance.now();
    const stuck = await Promise.all(Array.from({ length: 6 }, () => outcome(store.read(newHandle(), NOW))));
    assert.deepEqual(new Set(stuck), new Set([UNAVAILABLE]));
    assert.ok(performance.now() - began < 3_000);
    await running().thaw();
    while ((await outcome(store.read(newHandle(), NOW))) === UNAVAILABLE) await delay(20);
  });
});
