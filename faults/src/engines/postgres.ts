import pg from "pg";
import {
  type PgBouncer,
  type PostgresServer,
  startPgBouncer,
  startPostgres,
  startTcpProxy,
} from "test-servers";
import type { Engine, RemoteEngine } from "./engine.ts";

export interface OnePostgres extends RemoteEngine {
  readonly server: PostgresServer;
}

export interface PooledPostgres extends Engine {
  readonly server: PostgresServer;
  readonly pooler: PgBouncer;
}

/** How many connections the server takes. */
export const CONNECTIONS = 30;

const FLAGS = ["-c", `max_connections=${CONNECTIONS}`, "-c", "deadlock_timeout=100ms"];

export async function startOnePostgres(unlogged: boolean): Promise<OnePostgres> {
  const server = await startPostgres(FLAGS);
  const line = await startTcpProxy(server.port);
  const url = new URL(server.url);
  url.port = String(line.port);
  return {
    store: { url: url.href, unlogged },
    version: await versionOf(server),
    server,
    line,
    leaks: () => sessionsIn(server),
    stop: async () => {
      await line.stop();
      await server.stop();
    },
  };
}

export async function startPooledPostgres(): Promise<PooledPostgres> {
  const server = await startPostgres(FLAGS);
  const pooler = await startPgBouncer(server.url);
  return {
    store: { url: pooler.url },
    version: await versionOf(server),
    server,
    pooler,
    leaks: () => sessionsIn(server),
    stop: async () => {
      await pooler.stop();
      await server.stop();
    },
  };
}

/** With a connection of its own, that is closed again. */
export async function asOperator<T>(
  server: PostgresServer,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connected(server);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function connected({ url }: PostgresServer): Promise<pg.Client> {
  const client = new pg.Client(url);
  // What becomes of it is told by what it is asked.
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function versionOf(server: PostgresServer): Promise<string> {
  return `PostgreSQL ${await answer(server, "SELECT current_setting('server_version') AS answer")}`;
}

async function sessionsIn(server: PostgresServer): Promise<number> {
  return Number(await answer(server, "SELECT count(*) AS answer FROM holdfast_sessions"));
}

function answer(server: PostgresServer, sql: string): Promise<unknown> {
  return asOperator(server, async (client) => (await client.query(sql)).rows[0].answer);
}
