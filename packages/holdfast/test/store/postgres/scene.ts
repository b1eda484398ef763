import assert from "node:assert/strict";
import { after, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type PostgresClient, PostgresStore } from "../../../src/store/postgres.ts";
import { findDatabase, newSchema, poolOf } from "./databases.ts";

/** One database for all scenes of a test file. */
export const { server, skip } = await findDatabase();
after(() => server?.stop());

export interface Scene {
  readonly schema: string;
  readonly store: PostgresStore;
  /** Of one connection. */
  readonly pool: pg.Pool;
  /** A connection of somebody else. */
  readonly other: pg.Client;
  /** What the store has asked. */
  readonly asked: (readonly unknown[])[];
}

/** Another store on the same tables, as a second process has. */
export function anotherStore(test: TestContext, schema: string, options: pg.PoolConfig = {}): PostgresStore {
  const pool = poolOf(server?.url ?? "", options);
  test.after(() => pool.end());
  return new PostgresStore(pool, { schema });
}

/** A store on one connection and a schema of its own, and somebody else beside it. */
export async function scene(test: TestContext, options: pg.PoolConfig = {}): Promise<Scene> {
  const schema = newSchema();
  const pool = poolOf(server?.url ?? "", { max: 1, ...options });
  const other = new pg.Client(server?.url);
  await other.connect();
  const asked: (readonly unknown[])[] = [];
  const client: PostgresClient = {
    query(...query) {
      asked.push(query);
      return pool.query(...query);
    },
  };
  const store = new PostgresStore(client, { schema });
  await store.open();
  await other.query(`SET search_path = ${schema}`);
  asked.length = 0;
  test.after(async () => {
    await other.query(`ROLLBACK; DROP SCHEMA ${schema} CASCADE`);
    await Promise.all([pool.end(), other.end()]);
  });
  return { schema, store, pool, other, asked };
}

/** Until one of the store's statements waits for a lock. */
export async function untilLocked(other: pg.Client): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const { rows } = await other.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await delay(5);
  }
  assert.fail("nobody waits for a lock");
}

export async function count(other: pg.Client, where: string): Promise<number> {
  const { rows } = await other.query(`SELECT count(*)::int AS n FROM holdfast_sessions WHERE ${where}`);
  return rows[0].n;
}
