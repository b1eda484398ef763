import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { Client, Pool } from "pg";
import { found, startPostgres } from "test-servers";
import type { InvalidationChannel } from "../../../src/store/cached/channel.ts";
import { postgresChannel } from "../../../src/store/cached/postgres-channel.ts";
import type { Store } from "../../../src/store/contract.ts";
import { PostgresStore } from "../../../src/store/postgres.ts";
import { bytes, newHandle, record } from "../../../src/testing/conformance/trial.ts";
import { type ConformanceSubject, storeConformance } from "../../../src/testing/store-conformance.ts";
import { newSchema } from "../postgres/databases.ts";
import { realNodes, timeOfDelete, twoServing } from "./real-nodes.ts";

const { server, skip } = await found(startPostgres);
after(() => server?.stop());

describe("a cached PostgresStore in two processes, with a channel over PostgreSQL", { skip }, () => {
  const pools: Pool[] = [];
  after(() => Promise.all(pools.map((pool) => pool.end())));
  const connectionString = server?.url ?? "";
  const newPool = (): Pool => {
    const pool = new Pool({ connectionString, max: 8 });
    pools.push(pool);
    return pool;
  };
  const [one, two] = [newPool(), newPool()];
  const open = async (): Promise<ConformanceSubject> => {
    const schema = newSchema();
    const unused = [one, two];
    const start = (): [Store, InvalidationChannel] => {
      const pool = unused.pop() ?? one;
      const listener = () => new Client({ connectionString });
      const channel = postgresChannel({ notifier: pool, listener, name: schema });
      return [new PostgresStore(pool, { schema }), channel];
    };
    const subject = await twoServing(start);
    const close = async (): Promise<void> => {
      await subject.close();
      await one.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    };
    return { ...subject, close };
  };
  for (const { name, run } of storeConformance(open)) it(name, run);
});

/** Channels with connections of their own to one database. */
async function channels(test: TestContext): Promise<{ admin: Pool; channel: () => InvalidationChannel }> {
  const connectionString = (await server?.createDatabase()) ?? "";
  const pool = (): Pool => {
    const made = new Pool({ connectionString, max: 2 });
    made.on("error", () => {});
    test.after(() => made.end());
    return made;
  };
  const listener = () => new Client({ connectionString, connectionTimeoutMillis: 2_000 });
  return { admin: pool(), channel: () => postgresChannel({ notifier: pool(), listener }) };
}

describe("a cached store with a channel over PostgreSQL", { skip }, () => {
  it("revokes without waiting for maxStale", async (test) => {
    const { channel } = await channels(test);
    assert.ok((await timeOfDelete(await realNodes(test, channel))) < 10_000);
  });

  it("tells of a thousand sessions at once", async (test) => {
    const { channel } = await channels(test);
    const { one, two } = await realNodes(test, channel);
    const now = Date.now();
    const handles = Array.from({ length: 1_000 }, newHandle);
    for (const handle of handles) await one.create(handle, record(now), now);
    for (const handle of handles) await two.read(handle, now);
    assert.equal(two.state.entries, handles.length);
    const touches = handles.map((handle) => ({ handle, version: 1, expiresAt: now + 9, header: bytes("") }));
    await one.touch(touches, now);
    assert.equal(two.state.entries, 0);
  });

  it("listens again after its connections have been cut, and needs no restart", async (test) => {
    const { admin, channel } = await channels(test);
    const nodes = await realNodes(test, channel, { maxStale: 400 });
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    await timeOfDelete(nodes);
    await nodes.serving();
    await timeOfDelete(nodes);
  });

  it("revokes in maxStale while the server is away, and at once when it is back", async (test) => {
    const { channel } = await channels(test);
    const nodes = await realNodes(test, channel, { maxStale: 400 });
    await server?.kill();
    const took = await timeOfDelete(nodes);
    assert.ok(took >= 400 && took < 10_000, `${took} ms`);
    await server?.start();
    await nodes.serving();
    await timeOfDelete(nodes);
  });
});
