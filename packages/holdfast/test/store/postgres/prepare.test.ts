import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import pg from "pg";
import { found, startPgBouncer } from "test-servers";
import { type PostgresClient, PostgresStore } from "../../../src/store/postgres.ts";
import { HOUR, NOW, newHandle, newUser, record } from "../records.ts";
import { newSchema, poolOf } from "./databases.ts";
import { server, skip } from "./scene.ts";

const bouncer = await found(() => startPgBouncer(server?.url ?? ""));
after(() => bouncer.server?.stop());

/** A pool of one connection and a store on it, in a schema of its own. */
async function open(
  test: TestContext,
  options: { prepare?: boolean; pool?: pg.Pool } = {},
): Promise<{ store: PostgresStore; pool: pg.Pool; schema: string }> {
  const schema = newSchema();
  const { prepare, pool = poolOf(server?.url ?? "", { max: 1 }) } = options;
  const store = new PostgresStore(pool, { schema, prepare });
  await store.open();
  test.after(async () => {
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await pool.end();
  });
  return { store, pool, schema };
}

/** Everything that requests wait for. */
async function useAll(store: PostgresStore): Promise<void> {
  const handle = newHandle();
  const user = newUser();
  assert.equal(await store.userGeneration(user), 0);
  assert.equal(await store.create(handle, record({ user }), NOW, 0), "created");
  const found = await store.read(handle, NOW);
  assert.equal(found?.version, 1);
  assert.equal(await store.update(handle, 1, record({ user }), NOW), true);
  const touch = { handle, version: 2, expiresAt: NOW + 2 * HOUR, header: Buffer.from("seen") };
  assert.deepEqual(await store.touch([touch], NOW), [handle]);
  assert.equal((await store.read(handle, NOW))?.expiresAt, NOW + 2 * HOUR);
  const touches = [
    { ...touch, expiresAt: NOW + 3 * HOUR },
    { ...touch, handle: newHandle() },
  ];
  assert.deepEqual(await store.touch(touches, NOW), [handle]);
  assert.equal((await store.read(handle, NOW))?.expiresAt, NOW + 3 * HOUR);
  assert.equal(await store.delete(handle, NOW), true);
  assert.equal(await store.read(handle, NOW), null);
}

async function prepared(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query("SELECT name FROM pg_prepared_statements ORDER BY name");
  return rows.map(({ name }) => name);
}

/** A pool that notes how it is asked, and can be made to fail. */
class NotingPool extends pg.Pool {
  readonly named: string[] = [];
  /** How often the server has refused a name. */
  refused = 0;
  /** What the next query is answered with. */
  failure: Error | undefined;

  // biome-ignore lint/suspicious/noExplicitAny: what pg declares has ten overloads
  override query(...args: any[]): any {
    const [statement] = args;
    const name = typeof statement === "object" ? statement.name : undefined;
    if (name === undefined) return Reflect.apply(super.query, this, args);
    this.named.push(name);
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    return Reflect.apply(super.query, this, args).catch((error: Error) => {
      this.refused += 1;
      throw error;
    });
  }
}

describe("the option `prepare` of the PostgreSQL store", { skip }, () => {
  it("has the server prepare once what requests wait for", async (t) => {
    const { store, pool } = await open(t, { prepare: true });
    assert.deepEqual(await prepared(pool), []);
    for (let times = 0; times < 8; times++) await useAll(store);
    const names = await prepared(pool);
    assert.equal(names.length, 7);
    for (const name of names) assert.match(name, /^holdfast_[\w-]{22}$/);
  });

  it("is off unless asked for", async (t) => {
    const { store, pool } = await open(t);
    await useAll(store);
    assert.deepEqual(await prepared(pool), []);
  });

  it("gives stores in two schemas names of their own on one connection", async (t) => {
    const { store, pool } = await open(t, { prepare: true });
    const schema = newSchema();
    const other = new PostgresStore(pool, { schema, prepare: true });
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    assert.notEqual(await store.read(handle, NOW), null);
    assert.equal(await other.read(handle, NOW), null);
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
  });

  for (const code of ["26000", "42P05", "0A000"]) {
    it(`does without, then and after, where the server answers ${code}`, async (t) => {
      const pool = new NotingPool({ connectionString: server?.url, max: 1 });
      const { store } = await open(t, { prepare: true, pool });
      await useAll(store);
      assert.ok(pool.named.length > 0);
      pool.failure = Object.assign(new pg.DatabaseError("no such thing", 0, "error"), { code });
      const handle = newHandle();
      assert.equal(await store.create(handle, record(), NOW), "created");
      pool.named.length = 0;
      await useAll(store);
      assert.deepEqual(pool.named, []);
    });
  }

  it("goes on with names after any other failure", async (t) => {
    const pool = new NotingPool({ connectionString: server?.url, max: 1 });
    const { store } = await open(t, { prepare: true, pool });
    await useAll(store);
    pool.failure = Object.assign(new pg.DatabaseError("later", 0, "error"), { code: "55P03" });
    await assert.rejects(async () => store.read(newHandle(), NOW), {
      code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
    });
    pool.named.length = 0;
    await store.read(newHandle(), NOW);
    assert.equal(pool.named.length, 1);
  });

  const changes: Record<string, (schema: string) => string> = {
    "the connection has forgotten everything": () => "DISCARD ALL",
    "a column has become another": (schema) =>
      `ALTER TABLE ${schema}.holdfast_sessions ALTER version TYPE bigint`,
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`works on without, and says so once, when ${what}`, async (t) => {
      const warned: Error[] = [];
      const listener = (warning: Error): void => void warned.push(warning);
      process.on("warning", listener);
      t.after(() => process.off("warning", listener));
      const pool = new NotingPool({ connectionString: server?.url, max: 1 });
      const { store, schema } = await open(t, { prepare: true, pool });
      await useAll(store);
      await pool.query(change(schema));
      await useAll(store);
      pool.named.length = 0;
      await useAll(store);
      assert.deepEqual(pool.named, []);
      await setImmediate();
      assert.deepEqual(
        warned.map(({ name }) => name),
        ["HoldfastWarning"],
      );
      assert.match(warned[0]?.message ?? "", /goes on without prepared statements/);
    });
  }

  it("works on when the tables were lost and are made anew", async (t) => {
    const { store, pool, schema } = await open(t, { prepare: true });
    await useAll(store);
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await assert.rejects(async () => store.read(newHandle(), NOW), {
      code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
    });
    await useAll(store);
  });

  it("needs a pool of pg, and says so", () => {
    const client: PostgresClient = { query: async () => ({ rows: [] }) };
    assert.throws(() => new PostgresStore(client, { prepare: true }), {
      code: "ERR_HOLDFAST_STORE_CLIENT",
      message: /`prepare` needs a Pool of the package pg/,
    });
  });
});

describe("the option `prepare` behind PgBouncer in transaction mode", { skip: skip || bouncer.skip }, () => {
  it("does without where PgBouncer mixes up connections, and no request is lost", async (t) => {
    const connectionString = bouncer.server?.url;
    const pools = [1, 2].map(() => new NotingPool({ connectionString, max: 4 }));
    const schema = newSchema();
    const stores = pools.map((pool) => new PostgresStore(pool, { schema, prepare: true }));
    t.after(async () => {
      await pools[0]?.query(`DROP SCHEMA ${schema} CASCADE`);
      await Promise.all(pools.map((pool) => pool.end()));
    });
    const useBoth = (): Promise<unknown> =>
      Promise.all([...stores, ...stores, ...stores].map((store) => useAll(store)));
    for (let round = 0; round < 5; round++) await useBoth();
    // A later PgBouncer mixes up nothing: then names are used to the end.
    for (const pool of pools) {
      assert.ok(pool.named.length > 0);
      pool.named.length = 0;
    }
    await useBoth();
    for (const { named, refused } of pools) assert.equal(named.length > 0, refused === 0);
  });
});
