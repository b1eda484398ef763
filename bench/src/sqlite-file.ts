import { join } from "node:path";
import Database from "libsql";

/** Opens a database for a contender: driver and settings are the same for all, and those of Holdfast's own defaults. */
export function openDatabase(folder: string, file: string): Database.Database {
  const database = new Database(join(folder, file));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.pragma("busy_timeout = 20");
  return database;
}
