import { after, describe, it } from "node:test";
import type pg from "pg";
import { found, startPgBouncer } from "test-servers";
import { PostgresStore, type PostgresStoreOptions } from "../../../src/store/postgres.ts";
import { type ConformanceSubject, storeConformance } from "../../../src/testing/store-conformance.ts";
import { findDatabase, newSchema, poolOf } from "./databases.ts";

const { server, skip } = await findDatabase();
const url = server?.url ?? "";
const pools: pg.Pool[] = [];

function pool(address: string): pg.Pool {
  const made = poolOf(address);
  pools.push(made);
  return made;
}

after(async () => {
  await Promise.all(pools.map((each) => each.end()));
  await bouncer.server?.stop();
  await server?.stop();
});

/** Each case has a schema of its own, on pools that all cases share, as two processes would. */
function subjectOn(one: pg.Pool, another: pg.Pool, options: PostgresStoreOptions): ConformanceSubject {
  const schema = newSchema();
  const store = new PostgresStore(one, { schema, ...options });
  return {
    store,
    reopen: () => new PostgresStore(another, { schema, ...options }),
    close: async () => {
      await store.close();
      await one.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },
  };
}

const bouncer = await found(() => startPgBouncer(url));

describe("the PostgreSQL store", { skip }, () => {
  const [one, another] = [pool(url), pool(url)];
  for (const { name, run } of storeConformance(() => subjectOn(one, another, {}))) it(name, run);
});

describe("the PostgreSQL store with prepared statements", { skip }, () => {
  const [one, another] = [pool(url), pool(url)];
  for (const { name, run } of storeConformance(() => subjectOn(one, another, { prepare: true })))
    it(name, run);
});

describe("the PostgreSQL store behind PgBouncer in transaction mode", { skip: skip || bouncer.skip }, () => {
  const [one, another] = [pool(bouncer.server?.url ?? ""), pool(bouncer.server?.url ?? "")];
  for (const { name, run } of storeConformance(() => subjectOn(one, another, { unlogged: true })))
    it(name, run);
});
