import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { found, type PostgresServer, startPgBouncer, startPostgres } from "test-servers";
import {
  asOperator,
  CONNECTIONS,
  connected,
  startOnePostgres,
  startPooledPostgres,
} from "../src/engines/postgres.ts";
import { describeSetup } from "../src/trial/describe-setup.ts";
import { clocks, networkTrials } from "../src/trial/network.ts";
import { FROZEN, TROUBLE } from "../src/trial/scale.ts";
import { until } from "../src/trial/until.ts";

const { skip } = await found(async () => (await startPostgres()).stop());
const { skip: skipPooled } = await found(async () => {
  const server = await startPostgres();
  try {
    await (await startPgBouncer(server.url)).stop();
  } finally {
    await server.stop();
  }
});

async function killAndStart(server: PostgresServer): Promise<void> {
  await server.kill();
  await delay(TROUBLE);
  await server.start();
}

async function freezeAndThaw(server: PostgresServer): Promise<void> {
  await server.freeze();
  await delay(FROZEN);
  await server.thaw();
}

describeSetup(
  "postgres",
  { start: () => startOnePostgres(false), skip },
  {
    ...networkTrials,
    clocks,
    killed: {
      noticed: true,
      scenario: ({ server }) => killAndStart(server),
    },
    frozen: {
      noticed: true,
      scenario: ({ server }) => freezeAndThaw(server),
    },
    locked: {
      noticed: true,
      scenario: ({ server }) =>
        asOperator(server, async (client) => {
          await client.query("BEGIN; LOCK TABLE holdfast_sessions IN EXCLUSIVE MODE");
          await delay(TROUBLE);
          await client.query("COMMIT");
        }),
    },
    deadlock: {
      noticed: false,
      scenario: ({ server }, { load, deployment: { apps } }) =>
        asOperator(server, async (client) => {
          const before = await deadlocks(client);
          const [app] = apps;
          if (app === undefined) return;
          const endSessions = () => Promise.all(load.browsers.map((browser) => browser.revokeUser(app)));
          await until("a deadlock", async () => {
            await lockAgainst(client, endSessions);
            return (await deadlocks(client)) > before;
          });
        }),
    },
    exhausted: {
      noticed: true,
      scenario: ({ server }, { unavailable }) =>
        asOperator(server, async (operator) => {
          const others = await takeAll(server, operator);
          await unavailable(20);
          await Promise.all(others.map((client) => client.end()));
        }),
    },
    readOnly: {
      noticed: true,
      scenario: ({ server }) =>
        asOperator(server, async (client) => {
          await client.query("ALTER SYSTEM SET default_transaction_read_only = on");
          await client.query("SELECT pg_reload_conf()");
          await delay(TROUBLE);
          await client.query("SET default_transaction_read_only = off");
          await client.query("ALTER SYSTEM RESET default_transaction_read_only");
          await client.query("SELECT pg_reload_conf()");
        }),
    },
  },
);

describeSetup(
  "postgresUnlogged",
  { start: () => startOnePostgres(true), skip },
  {
    killed: {
      noticed: true,
      forgets: true,
      scenario: async ({ server }, { losing }) => {
        const everything = { cause: "crash", reach: Number.POSITIVE_INFINITY, forgets: ["writes"] } as const;
        await losing(everything, () => killAndStart(server));
      },
    },
  },
);

describeSetup(
  "pgBouncer",
  { start: startPooledPostgres, skip: skipPooled },
  {
    killed: {
      noticed: true,
      scenario: async ({ server, pooler }) => {
        await pooler.kill();
        await delay(TROUBLE);
        await pooler.start();
        await delay(TROUBLE);
        await killAndStart(server);
      },
    },
    frozen: {
      noticed: true,
      scenario: ({ server }) => freezeAndThaw(server),
    },
  },
);

/** How often the server has had to break one. It tells about a second late. */
async function deadlocks(client: pg.Client): Promise<number> {
  await delay(1_000);
  const { rows } = await client.query("SELECT sum(deadlocks) AS count FROM pg_stat_database");
  return Number(rows[0].count);
}

/** Locks each user's sessions from the last to the first, while the store, which goes the other way, ends them. */
async function lockAgainst(client: pg.Client, endSessions: () => Promise<unknown>): Promise<void> {
  const lock = "SELECT 1 FROM holdfast_sessions WHERE handle = ANY($1) FOR UPDATE";
  const { rows } = await client.query(
    "SELECT min(handle) AS first, max(handle) AS last FROM holdfast_sessions GROUP BY user_hash HAVING count(*) > 1",
  );
  await client.query("BEGIN");
  await client.query(lock, [rows.map(({ last }) => last)]);
  const ended = endSessions();
  await delay(80);
  // One of the two gives way.
  await client.query(lock, [rows.map(({ first }) => first)]).catch(() => {});
  await client.query("COMMIT");
  await ended;
}

/** Takes every connection there is, those included that the apps had. */
async function takeAll(server: PostgresServer, operator: pg.Client): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  const mine = (): number[] => [operator, ...taken].map((client) => Number(Reflect.get(client, "processID")));
  while (taken.length < CONNECTIONS - 1) {
    const endOthers =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> ALL($1)";
    await operator.query(endOthers, [mine()]);
    await connected(server).then(
      (client) => taken.push(client),
      () => {},
    );
  }
  return taken;
}
