import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, describe, it } from "node:test";
import pg from "pg";
import { createClient } from "redis";
import { found, startPostgres, startRedis, startRedisCluster } from "test-servers";
import { ConfigError } from "../../src/config.ts";
import { logIn, startApplication } from "../support/application.ts";
import { program, useProcesses } from "../support/process.ts";

const PASSWORD = "hunter2 & @home";
const CODED = encodeURIComponent(PASSWORD);

const redis = await found(() => startRedis({ args: ["--requirepass", PASSWORD] }));
const cluster = await found(() => startRedisCluster());
const postgres = await found(() => startPostgres());
after(async () => {
  await redis.server?.stop();
  await cluster.server?.stop();
  await postgres.server?.stop();
});

/** Why the application does not start on this store. */
async function refusal(STORE_URL: string): Promise<string> {
  try {
    const started = await startApplication({ STORE_URL });
    await started.stop();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    const { message } = error;
    assert.match(message, /^STORE_URL: .* cannot hold sessions: /);
    assert.ok(!message.includes("\n"), message);
    for (const secret of [PASSWORD, CODED, "hunter2"]) assert.ok(!message.includes(secret), message);
    return message;
  }
  return assert.fail(`started on ${STORE_URL}`);
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" ? (address?.port ?? 1) : 1;
}

/** Sessions are kept there, and nothing of the application is left behind when it stops. */
async function holdsSessions(STORE_URL: string): Promise<void> {
  const app = await startApplication({ STORE_URL });
  const { client, username } = await app.signedIn();
  const second = app.client();
  await logIn(second, username);
  assert.equal((await client.get("/dashboard")).status, 200);
  assert.equal((await second.send("/account/sessions", { method: "DELETE" })).status, 200);
  assert.equal((await client.get("/dashboard")).status, 401);
  assert.equal((await second.get("/dashboard")).status, 200);
  await app.stop();
}

describe("STORE_URL of a Redis server", { skip: redis.skip }, () => {
  const port = redis.server?.port;

  it("holds the sessions", () => holdsSessions(`redis://:${CODED}@127.0.0.1:${port}/1`));

  it("is refused where nobody answers, where nobody is, or where it speaks no TLS", async () => {
    assert.match(await refusal(`redis://:${CODED}@127.0.0.1:${await closedPort()}`), /ECONNREFUSED/);
    assert.match(await refusal(`redis://:${CODED}@no-such-host.invalid`), /ENOTFOUND|EAI_AGAIN/);
    assert.match(await refusal(`rediss://:${CODED}@127.0.0.1:${port}`), /did not answer/);
  });

  it("is refused with a wrong password, without one, and for a database that is not there", async () => {
    assert.match(await refusal(`redis://:hunter2-not@127.0.0.1:${port}`), /refused the user or the password/);
    assert.match(await refusal(`redis://127.0.0.1:${port}`), /wants a password/);
    assert.match(await refusal(`redis://:${CODED}@127.0.0.1:${port}/99`), /out of range/);
  });

  it("is refused for a user who may not do what the store does", async () => {
    const admin = await createClient({ url: `redis://:${CODED}@127.0.0.1:${port}` }).connect();
    await admin.sendCommand([
      "ACL",
      "SETUSER",
      "reader",
      "on",
      `>${PASSWORD}`,
      "~*",
      "+@read",
      "+@connection",
    ]);
    assert.match(await refusal(`redis://reader:${CODED}@127.0.0.1:${port}`), /does not permit/);
    admin.destroy();
  });

  it("is refused where a newer version has been at work", async () => {
    const url = `redis://:${CODED}@127.0.0.1:${port}/2`;
    const admin = await createClient({ url }).connect();
    await admin.set("holdfast:schema", "99");
    assert.match(await refusal(url), /schema version 99.*Upgrade/);
    admin.destroy();
  });

  it("is refused as a cluster", async () => {
    assert.match(await refusal(`redis+cluster://:${CODED}@127.0.0.1:${port}`), /cluster/i);
  });
});

describe("STORE_URL of a Redis Cluster", { skip: cluster.skip }, () => {
  const ports = cluster.server?.nodes.map(({ port }) => port) ?? [];

  it("holds the sessions, whichever nodes are named", async () => {
    await holdsSessions(`redis+cluster://127.0.0.1:${ports[1]}`);
    await holdsSessions(`redis+cluster://127.0.0.1:${await closedPort()},127.0.0.1:${ports[0]}`);
  });

  it("is refused as a single server", async () => {
    assert.match(await refusal(`redis://127.0.0.1:${ports[0]}`), /belongs to a Redis Cluster/);
  });

  it("is refused where none of its nodes answers", async () => {
    assert.match(await refusal(`redis+cluster://127.0.0.1:${await closedPort()}`), /did not answer/);
  });
});

describe("STORE_URL of a PostgreSQL server", { skip: postgres.skip }, () => {
  const url = (userinfo: string, database = "postgres"): string =>
    `postgres://${userinfo}@127.0.0.1:${postgres.server?.port}/${database}`;
  const asAdmin = async (statements: string, address = postgres.server?.url): Promise<void> => {
    const admin = new pg.Client({ connectionString: address });
    await admin.connect();
    await admin.query(statements);
    await admin.end();
  };

  it("holds the sessions", async () => {
    await holdsSessions((await postgres.server?.createDatabase()) ?? "");
  });

  it("is refused where nobody answers, or where nobody is", async () => {
    const port = await closedPort();
    assert.match(await refusal(`postgres://app:${CODED}@127.0.0.1:${port}/app`), /ECONNREFUSED/);
    assert.match(await refusal(`postgres://app:${CODED}@no-such-host.invalid/app`), /ENOTFOUND|EAI_AGAIN/);
  });

  it("is refused with a wrong password, without one, and for a database that is not there", async () => {
    assert.match(await refusal(url(`postgres:${CODED}`)), /refused the password/);
    assert.match(await refusal(url("postgres")), /password/);
    const missing = postgres.server?.urlOf("no_such_database") ?? "";
    assert.match(await refusal(missing), /does not exist/);
  });

  it("is refused for a user who may not make tables where there are none", async () => {
    await asAdmin(`CREATE ROLE guest LOGIN PASSWORD '${PASSWORD}'`);
    assert.match(await refusal(url(`guest:${CODED}`)), /does not let the pool's user make tables/);
  });

  it("is refused where a newer version has been at work", async () => {
    const database = (await postgres.server?.createDatabase()) ?? "";
    await holdsSessions(database);
    await asAdmin("UPDATE holdfast_schema SET version = 99", database);
    assert.match(await refusal(database), /schema version 99.*Upgrade/);
  });
});

describe("STORE_URL of another kind of server", { skip: redis.skip || postgres.skip }, () => {
  it("is refused", async () => {
    const redisPort = redis.server?.port;
    assert.match(await refusal(`postgres://app:${CODED}@127.0.0.1:${redisPort}/app`), /PostgreSQL/);
    const postgresPort = postgres.server?.port;
    assert.match(await refusal(`redis://:${CODED}@127.0.0.1:${postgresPort}`), /Redis did not answer/);
  });
});

describe("a process whose store cannot be used", { skip: redis.skip }, () => {
  const { start } = useProcesses();

  it("ends with 1 and one line", async () => {
    const STORE_URL = `redis://:hunter2-not@127.0.0.1:${redis.server?.port}`;
    for (const file of ["server.ts", "cluster.ts"]) {
      const refused = start(program(file), { STORE_URL });
      assert.equal(await refused.ended, 1);
      assert.match(refused.said.error, /^STORE_URL: redis:\/\/127\.0\.0\.1:\d+ cannot hold sessions: .*\n$/);
      assert.ok(!refused.said.error.includes("hunter2"));
      assert.equal(refused.said.out, "");
    }
  });
});
