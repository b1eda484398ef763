/**
 * The SQLite database of users, and of sessions where they live in a file: one handle for both, because two SQLite
 * libraries in one process that open the same file release each other's locks.
 *
 * @module
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";

/** How long a write blocks the event loop while another process writes. */
const BUSY_MS = 50;

/** @param file - a path, made with its folder if missing, readable by its owner only; or `":memory:"` */
export function openDatabase(file: string): Database.Database {
  if (file !== ":memory:") {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite would make it with the process's umask; the files beside it get the mode of this one.
    closeSync(openSync(file, "a", 0o600));
  }
  const database = new Database(file, { timeout: BUSY_MS });
  try {
    // Readers do not wait for writers, and what was acknowledged survives a crash of the process.
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = NORMAL");
    database.exec("PRAGMA secure_delete = FAST");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Writes the log back into the file first, so that the file alone is the whole database, and closes it. */
export function closeDatabase(database: Database.Database): void {
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // Another process is at work on the file; the log stays for it.
  }
  database.close();
}
