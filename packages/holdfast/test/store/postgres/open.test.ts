import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import pg from "pg";
import { found, type PostgresServer, startPostgres } from "test-servers";
import { PostgresStore, type PostgresStoreOptions } from "../../../src/store/postgres.ts";
import { NOW, newHandle, newUser, record } from "../records.ts";
import { newSchema, poolOf } from "./databases.ts";

const { server, skip } = await found(startPostgres);
after(() => server?.stop());

function running(): PostgresServer {
  assert.ok(server);
  return server;
}

/** A pool that ends with the test. */
function poolFor(test: TestContext, url: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = poolOf(url, { max: 1, ...options });
  test.after(() => pool.end());
  return pool;
}

/** A pool on a database of its own, as the superuser. */
async function emptyDatabase(test: TestContext): Promise<{ url: string; pool: pg.Pool }> {
  const url = await running().createDatabase();
  return { url, pool: poolFor(test, url) };
}

/** The address of a database for a user of its own, who may connect and nothing more. */
async function newRole(pool: pg.Pool, url: string): Promise<{ role: string; url: string }> {
  const role = `role_${randomBytes(4).toString("hex")}`;
  await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'role-password'`);
  const address = new URL(url);
  Object.assign(address, { username: role, password: "role-password" });
  return { role, url: address.href };
}

describe("opening a PostgreSQL store", { skip }, () => {
  it("makes the tables once where ten nodes start at once on an empty database", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    const stores = Array.from({ length: 10 }, () => new PostgresStore(poolFor(t, url)));
    await Promise.all(stores.map((store) => store.open()));
    assert.deepEqual((await pool.query("SELECT version FROM holdfast_schema")).rows, [{ version: 2 }]);
    for (const store of stores) assert.equal(await store.create(newHandle(), record(), NOW), "created");
  });

  it("is done by the first operation, by one attempt for all that come meanwhile", async (t) => {
    const { pool } = await emptyDatabase(t);
    const asked: string[] = [];
    const store = new PostgresStore({
      query: (text, values) => {
        asked.push(text);
        return pool.query(text, values);
      },
    });
    const outcomes = await Promise.all([1, 2, 3].map(() => store.create(newHandle(), record(), NOW)));
    assert.deepEqual(outcomes, ["created", "created", "created"]);
    assert.equal(asked.filter((text) => text.startsWith("DO ")).length, 1);
    const before = asked.length;
    await store.open();
    assert.equal(asked.length, before, "once done, it asks nothing");
  });

  it("that failed is tried again by the next operation", async (t) => {
    const { pool: admin } = await emptyDatabase(t);
    const pool = poolFor(t, running().urlOf("made_later"));
    const store = new PostgresStore(pool);
    const missing = { code: "ERR_HOLDFAST_STORE_REFUSED", message: /does not exist/ };
    await assert.rejects(store.read(newHandle(), NOW), missing);
    await assert.rejects(store.open(), missing);
    await admin.query("CREATE DATABASE made_later");
    assert.equal(await store.read(newHandle(), NOW), null);
  });

  it("finds the sessions of before, and leaves an application's own tables alone", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    await pool.query("CREATE TABLE users (name text); INSERT INTO users VALUES ('ann')");
    const handle = newHandle();
    const before = new PostgresStore(pool);
    await before.create(handle, record(), NOW);
    await before.close();
    const store = new PostgresStore(poolFor(t, url));
    assert.ok(await store.read(handle, NOW));
    assert.deepEqual((await pool.query("SELECT * FROM users")).rows, [{ name: "ann" }]);
  });

  it("makes the tables anew if somebody drops them under it", async (t) => {
    const { pool } = await emptyDatabase(t);
    const store = new PostgresStore(pool, { schema: "sessions" });
    await store.open();
    await pool.query("DROP SCHEMA sessions CASCADE");
    await assert.rejects(store.read(newHandle(), NOW), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
    assert.equal(await store.read(newHandle(), NOW), null);
  });

  it("leaves the pool open when it is closed", async (t) => {
    const { pool } = await emptyDatabase(t);
    const store = new PostgresStore(pool);
    await store.open();
    await store.close();
    await assert.rejects(store.open(), { code: "ERR_HOLDFAST_STORE_CLOSED" });
    assert.equal((await pool.query("SELECT 1 AS one")).rows.length, 1);
    assert.equal(pool.listenerCount("error"), 0);
  });
});

describe("the schema of a PostgreSQL store", { skip }, () => {
  it("is the one it is told, whatever its name, and stores in two of them know nothing of each other", async (t) => {
    const { pool } = await emptyDatabase(t);
    const names = [newSchema(), `It's "my" \\ $body$ $1 schema`, "public"];
    const stores = names.map((schema) => new PostgresStore(pool, { schema }));
    const handles = names.map(() => newHandle());
    for (const [index, store] of stores.entries()) await store.create(handles[index] ?? "", record(), NOW);
    for (const [index, store] of stores.entries()) {
      const scanned = await store.scan(NOW, { limit: 10 });
      assert.deepEqual(
        scanned.map(({ handle }) => handle),
        [handles[index]],
      );
    }
  });

  it("is else the first of the search path, and stays it whatever the path becomes", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    await pool.query("CREATE SCHEMA app");
    const within = poolFor(t, url, { options: "-c search_path=app,public" });
    const store = new PostgresStore(within);
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    await within.query("SET search_path = public");
    assert.ok(await store.read(handle, NOW));
    assert.equal((await pool.query("SELECT count(*)::int AS n FROM app.holdfast_sessions")).rows[0].n, 1);
  });

  it("is refused if a newer Holdfast has made it, or one that does not say its version or lacks a table", async (t) => {
    const spoilt: readonly (readonly [sql: string, code: string, message: RegExp])[] = [
      ["UPDATE holdfast_schema SET version = 3", "ERR_HOLDFAST_STORE_SCHEMA", /version 3; .* knows 2/],
      ["DELETE FROM holdfast_schema", "ERR_HOLDFAST_STORE_CORRUPT", /does not say their version/],
      ["UPDATE holdfast_schema SET version = -3", "ERR_HOLDFAST_STORE_CORRUPT", /does not say their version/],
      ["DROP TABLE holdfast_schema", "ERR_HOLDFAST_STORE_CORRUPT", /does not say their version/],
      ["DROP TABLE holdfast_values", "ERR_HOLDFAST_STORE_CORRUPT", /lacks some of the tables/],
    ];
    const { pool } = await emptyDatabase(t);
    for (const [sql, code, message] of spoilt) {
      const schema = newSchema();
      await new PostgresStore(pool, { schema }).open();
      await pool.query(`SET search_path = ${schema}; ${sql}`);
      await assert.rejects(new PostgresStore(pool, { schema }).open(), { code, message }, sql);
    }
  });

  it("keeps an older process at work while a newer one brings it up to date", async (t) => {
    const { pool } = await emptyDatabase(t);
    const store = new PostgresStore(pool);
    await store.open();
    await pool.query("UPDATE holdfast_schema SET version = 3");
    assert.equal(await store.create(newHandle(), record(), NOW), "created");
  });

  /** What version 1 had. */
  const toVersion1 =
    "ALTER TABLE holdfast_values DROP COLUMN expires_at; UPDATE holdfast_schema SET version = 1";

  it("brings a schema of an older Holdfast up to date, with its sessions and values, which does not notice", async (t) => {
    const { pool } = await emptyDatabase(t);
    const first = new PostgresStore(pool);
    const handle = newHandle();
    await first.create(handle, record(), NOW);
    await pool.query(toVersion1);
    const add =
      "INSERT INTO holdfast_values (name, version, value) VALUES ($1, 1, $2) ON CONFLICT (name) DO NOTHING";
    const replace =
      "UPDATE holdfast_values SET version = version + 1, value = $2 WHERE name = $1 AND version = $3";
    await pool.query(add, ["keys", Buffer.from("one")]);
    const stores = Array.from({ length: 3 }, () => new PostgresStore(pool));
    await Promise.all(stores.map((store) => store.open()));
    const store = stores[0] ?? assert.fail();
    assert.ok(await store.read(handle, NOW));
    assert.equal(await store.writeValue("note", 0, Buffer.from("ends"), NOW, NOW + 1), true);
    await pool.query(replace, ["keys", Buffer.from("two"), 1]);
    assert.equal(await store.prune(NOW + 1, 10), 1);
    assert.deepEqual(await store.readValue("keys", NOW + 1), { version: 2, value: Buffer.from("two") });
  });

  it("is left to its owner where it is older and the user may not change it", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    await new PostgresStore(pool).open();
    const { role, url: address } = await newRole(pool, url);
    await pool.query(`${toVersion1}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
    const store = new PostgresStore(poolFor(t, address));
    await assert.rejects(store.open(), {
      code: "ERR_HOLDFAST_STORE_REFUSED",
      message: /tables of an older version is their owner/,
    });
    await new PostgresStore(pool).open();
    await store.open();
    assert.equal(await store.writeValue("note", 0, Buffer.from("ends"), NOW, NOW + 1), true);
  });
});

describe("the tables of a PostgreSQL store", { skip }, () => {
  const persistence = async (pool: pg.Pool): Promise<unknown> => {
    const sql =
      "SELECT relname, relpersistence AS kind FROM pg_class WHERE relname LIKE 'holdfast%' AND relkind = 'r'";
    const { rows } = await pool.query(sql);
    return Object.fromEntries(rows.map(({ relname, kind }) => [relname, kind]));
  };

  it("are logged, but for that of sessions where it is told so, and the store says what it may forget", async (t) => {
    const logged = await emptyDatabase(t);
    const durable = new PostgresStore(logged.pool);
    await durable.open();
    assert.deepEqual(durable.capabilities.forgetsAfter, ["failover"]);
    assert.equal(Reflect.get(Object(await persistence(logged.pool)), "holdfast_sessions"), "p");
    const unlogged = await emptyDatabase(t);
    const quick = new PostgresStore(unlogged.pool, { unlogged: true });
    const forgets = ["crash", "power-cut", "failover"];
    assert.deepEqual(quick.capabilities.forgetsAfter, forgets);
    await quick.open();
    assert.deepEqual(quick.capabilities.forgetsAfter, forgets);
    assert.deepEqual(await persistence(unlogged.pool), {
      holdfast_sessions: "u",
      holdfast_epoch: "p",
      holdfast_generations: "p",
      holdfast_values: "p",
      holdfast_schema: "p",
    });
    for (const [pool, options, sql] of [
      [logged.pool, { unlogged: true }, /ALTER TABLE .* SET UNLOGGED/],
      [unlogged.pool, {}, /ALTER TABLE .* SET LOGGED/],
    ] as const) {
      const other = new PostgresStore(pool, options);
      await assert.rejects(other.open(), { code: "ERR_HOLDFAST_OPTION", message: sql });
    }
  });

  it("forget after a crash what the server acknowledges before it is written", async (t) => {
    const { url } = await emptyDatabase(t);
    for (const [setting, forgets] of [
      ["synchronous_commit=off", ["crash", "power-cut", "failover"]],
      ["synchronous_commit=local", ["failover"]],
    ] as const) {
      const store = new PostgresStore(poolFor(t, url, { options: `-c ${setting}` }));
      await store.open();
      assert.deepEqual(store.capabilities.forgetsAfter, forgets);
    }
  });
});

describe("a user of the database", { skip }, () => {
  it("who may not make tables is told what to grant at the first start", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    const user = await newRole(pool, url);
    const store = new PostgresStore(poolFor(t, user.url));
    await assert.rejects(store.open(), {
      code: "ERR_HOLDFAST_STORE_REFUSED",
      message: /GRANT USAGE, CREATE ON SCHEMA "public" TO <user>/,
    });
    const elsewhere = new PostgresStore(poolFor(t, user.url), { schema: "sessions" });
    await assert.rejects(elsewhere.open(), { message: /CREATE SCHEMA IF NOT EXISTS "sessions"/ });
    await pool.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${user.role}`);
    assert.equal(await store.create(newHandle(), record(), NOW), "created");
  });

  it("who may only read and write the tables can do everything once they are there", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    const owner = new PostgresStore(pool, { schema: "sessions" });
    await owner.open();
    await pool.query("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sessions FROM PUBLIC");
    const user = await newRole(pool, url);
    const store = new PostgresStore(poolFor(t, user.url), { schema: "sessions" });
    const refused = await store.open().catch((error: Error) => error);
    assert.ok(refused instanceof Error);
    assert.equal(Reflect.get(refused, "code"), "ERR_HOLDFAST_STORE_REFUSED");
    // What the message says, word for word.
    const [, grants = ""] = /(GRANT .*)/.exec(refused.message) ?? [];
    await pool.query(grants.replaceAll("<user>", user.role));
    const handle = newHandle();
    const me = newUser();
    const limit = { users: [me], most: 1, beyond: "evict" as const };
    const mine = record({ user: me });
    assert.equal(await store.create(newHandle(), mine, NOW, 0, limit), "created");
    assert.equal(await store.create(handle, mine, NOW, 0, limit), "evicted");
    assert.equal(await store.update(handle, 1, mine, NOW), true);
    const touch = { handle, version: 2, expiresAt: NOW + 1, header: Buffer.from("") };
    await store.touch([touch, { ...touch, handle: newHandle() }], NOW);
    assert.equal(await store.deleteUser([me], NOW), 1);
    assert.notEqual(await store.userGeneration(me), 0);
    assert.equal(await store.writeValue("keys", 0, Buffer.from(""), NOW), true);
    assert.equal(await store.writeValue("keys", 1, Buffer.from(""), NOW), true);
    assert.equal(await store.deleteAll(NOW), 0);
    assert.equal(await store.prune(NOW, 10), 0);
  });
});

describe("what cannot be opened", { skip }, () => {
  it("for want of permission to call the functions alone says what to grant", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    await new PostgresStore(pool).open();
    const user = await newRole(pool, url);
    await pool.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${user.role};
      REVOKE EXECUTE ON FUNCTION holdfast_delete_all FROM PUBLIC`);
    await assert.rejects(new PostgresStore(poolFor(t, user.url)).open(), {
      code: "ERR_HOLDFAST_STORE_REFUSED",
      message: /GRANT EXECUTE ON FUNCTION .*"public"\.holdfast_delete_all/,
    });
  });

  it("for a user whose transactions are read-only says so, though the tables are there", async (t) => {
    const { url, pool } = await emptyDatabase(t);
    await new PostgresStore(pool).open();
    const store = new PostgresStore(poolFor(t, url, { options: "-c default_transaction_read_only=on" }));
    const readOnly = { code: "ERR_HOLDFAST_STORE_UNAVAILABLE", message: /default_transaction_read_only/ };
    await assert.rejects(store.open(), readOnly);
  });

  it("because the pool makes something else of its columns says so, and takes a bigint in any shape", async (t) => {
    const { url } = await emptyDatabase(t);
    const parsing = (oid: number, parse: (text: string) => unknown): pg.PoolConfig => ({
      types: { getTypeParser: (id, format) => (id === oid ? parse : pg.types.getTypeParser(id, format)) },
    });
    const [bool, bytea, int8] = [16, 17, 20];
    const binary: pg.PoolConfig & { binary: boolean } = { binary: true };
    for (const options of [parsing(bytea, String), parsing(bool, String), binary]) {
      await assert.rejects(new PostgresStore(poolFor(t, url, options)).open(), {
        code: "ERR_HOLDFAST_STORE_CLIENT",
        message: /type parsers/,
      });
    }
    for (const parse of [BigInt, Number, String]) {
      const store = new PostgresStore(poolFor(t, url, parsing(int8, parse)));
      const handle = newHandle();
      await store.create(handle, record(), NOW);
      assert.equal((await store.read(handle, NOW))?.expiresAt, record().expiresAt);
    }
  });

  const refusals: readonly (readonly [
    what: string,
    change: (url: URL) => void,
    options: pg.PoolConfig,
    code: string,
    message: RegExp,
  ])[] = [
    [
      "a wrong password",
      (url) => Object.assign(url, { password: "wrong-password" }),
      {},
      "ERR_HOLDFAST_STORE_REFUSED",
      /password/,
    ],
    [
      "no password",
      (url) => Object.assign(url, { password: "" }),
      { password: "" },
      "ERR_HOLDFAST_STORE_REFUSED",
      /password/,
    ],
    [
      "an unknown user",
      (url) => Object.assign(url, { username: "nobody" }),
      {},
      "ERR_HOLDFAST_STORE_REFUSED",
      /pass/,
    ],
    [
      "a missing database",
      (url) => Object.assign(url, { pathname: "/missing" }),
      {},
      "ERR_HOLDFAST_STORE_REFUSED",
      /does not exist/,
    ],
    [
      "a port where nobody listens",
      (url) => Object.assign(url, { port: "1" }),
      {},
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      /cannot be reached \(ECONNREFUSED\)/,
    ],
    [
      "a host that is none",
      (url) => Object.assign(url, { hostname: "nowhere.invalid" }),
      {},
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      /cannot be reached \(E/,
    ],
    [
      "transactions that see the past",
      () => {},
      { options: "-c default_transaction_isolation=serializable" },
      "ERR_HOLDFAST_STORE_CLIENT",
      /READ COMMITTED/,
    ],
    [
      "a server that may not be written",
      () => {},
      { options: "-c default_transaction_read_only=on" },
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      /read-only/,
    ],
  ];
  for (const [what, change, options, code, message] of refusals) {
    it(`for ${what} says so, and neither the address nor the password`, async (t) => {
      const address = new URL(running().url);
      const secret = address.password;
      change(address);
      const store = new PostgresStore(poolFor(t, address.href, options));
      for (const operation of [() => store.open(), () => store.read(newHandle(), NOW)]) {
        await assert.rejects(operation, (error: Error) => {
          assert.equal(Reflect.get(error, "code"), code);
          assert.match(error.message, message);
          const shown = inspect(error, { depth: null, showHidden: true });
          for (const hidden of [secret, "wrong-password", "postgres://"]) assert.ok(!shown.includes(hidden));
          return true;
        });
      }
    });
  }

  for (const [what, answer] of [
    ["says goodbye", ""],
    ["speaks Redis", "-ERR unknown command\r\n"],
    ["speaks HTTP", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
  ] as const) {
    it(`for a server that ${what} says that it did not answer`, async (t) => {
      const other = createServer((socket) => socket.end(answer).on("error", () => {}));
      other.listen(0, "127.0.0.1");
      await once(other, "listening");
      t.after(() => other.close());
      const url = `postgres://user:secret@127.0.0.1:${(other.address() as AddressInfo).port}/postgres`;
      const store = new PostgresStore(poolFor(t, url, { connectionTimeoutMillis: 500 }));
      await assert.rejects(store.open(), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
    });
  }

  it("for a pool that has been ended says so, at start and later", async () => {
    const pool = poolOf(running().url);
    const opened = new PostgresStore(pool);
    await opened.open();
    await pool.end();
    const options: PostgresStoreOptions = { schema: newSchema() };
    for (const store of [opened, new PostgresStore(pool, options)]) {
      await assert.rejects(store.read(newHandle(), NOW), {
        code: "ERR_HOLDFAST_STORE_CLIENT",
        message: /pool .* has been ended/,
      });
    }
  });
});
