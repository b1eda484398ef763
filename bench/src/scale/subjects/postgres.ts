import { readFile } from "node:fs/promises";
import { PostgresStore } from "holdfast/store/postgres";
import pg from "pg";
import { startPostgres } from "test-servers";
import { realRecords } from "../records.ts";
import type { Subject } from "./subject.ts";

const RECORDS = 200;

/** One server, started for this, on which writes do not wait for the disk: what is measured is processor time. */
export async function postgresSubject(address: string | undefined): Promise<Subject> {
  const flags = ["-c", "fsync=off", "-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB"];
  const server = address === undefined ? await startPostgres(flags) : undefined;
  const url = address ?? server?.url ?? "";
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  const store = new PostgresStore(pool);
  await store.open();
  const records = await realRecords(RECORDS);
  const [some] = records;
  if (some === undefined) throw new Error("there are no records");
  let next = 0;
  return {
    store,
    address: url,
    record: (user) => ({ ...(records[next++ % RECORDS] ?? some), user }),
    bytes: async () => {
      const { rows } = await pool.query(
        "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relname LIKE 'holdfast%' AND relkind = 'r'",
      );
      return Number(rows[0]?.bytes);
    },
    serverTime: async () => {
      const { rows } = await pool.query("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
      const own = await pool.query("SELECT pg_backend_pid() AS pid");
      const times = [...rows, ...own.rows].map(({ pid }) => timeOf(Number(pid)));
      return [(await Promise.all(times)).reduce((sum, time) => sum + time, 0)];
    },
    baseline: { name: "SELECT 1", run: () => pool.query("SELECT 1") },
    close: async () => {
      await store.close();
      await pool.end();
      await server?.stop();
    },
  };
}

/** Processor time of a process with one thread, in microseconds; Linux only. */
async function timeOf(pid: number): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, "utf8").catch(() => "0")).split(" ");
  return Number(nanoseconds) / 1000;
}
