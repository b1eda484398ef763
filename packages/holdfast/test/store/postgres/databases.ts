import { randomBytes } from "node:crypto";
import pg from "pg";
import { type Found, found, startPostgres } from "test-servers";

/** A database to make schemas in, as a user who may do everything. */
export interface TestDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** The one that `DATABASE_URL` names, else one on a server of its own. */
export async function findDatabase(): Promise<Found<TestDatabase>> {
  const url = process.env.DATABASE_URL;
  if (url !== undefined && url !== "") return { server: { url, stop: async () => {} }, skip: false };
  // Nothing here pulls the plug.
  return found(() => startPostgres(["-c", "fsync=off"]));
}

/** A schema's name that nobody else uses. */
export function newSchema(): string {
  return `holdfast_test_${randomBytes(6).toString("hex")}`;
}

/** A pool that gives up soon. */
export function poolOf(url: string, options: pg.PoolConfig = {}): pg.Pool {
  return new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 10_000, ...options });
}
