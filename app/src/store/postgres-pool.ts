import pg from "pg";
import type { Log } from "../log.ts";

/** A server that does not answer for so long is not there. */
const CONNECT_MS = 3_000;
/** The store gives up its own operations earlier; this one is for the pool, which would wait for ever. */
const QUERY_MS = 5_000;

/** Connections to one PostgreSQL database, made when they are needed. */
export function postgresPool(url: string, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    keepAlive: true,
    application_name: "holdfast-app",
  });
  pool.on("error", (error) => log.warn("a connection to PostgreSQL failed", { error: error.message }));
  return pool;
}
