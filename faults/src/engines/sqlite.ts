import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import type { Engine } from "./engine.ts";

export interface SqliteFile extends Engine {
  readonly path: string;
}

export async function startSqlite(): Promise<SqliteFile> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-faults-"));
  const path = join(folder, "sessions.db");
  return {
    path,
    store: { url: `sqlite:${path}` },
    version: `SQLite ${query(":memory:", "SELECT sqlite_version() AS answer")} (libsql)`,
    leaks: async () => Number(query(path, "SELECT count(*) AS answer FROM holdfast_sessions")),
    stop: () => rm(folder, { recursive: true }),
  };
}

function query(path: string, sql: string): string {
  const database = new Database(path);
  try {
    return String(Reflect.get(Object(database.prepare(sql).get()), "answer"));
  } finally {
    database.close();
  }
}
