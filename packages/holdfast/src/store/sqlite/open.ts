import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HoldfastError } from "../../errors.ts";
import { type Connection, HandleConnection, isSqliteHandle, type SqliteHandle } from "./driver.ts";
import { HandleInUse, isBusy, storeFailure } from "./failure.ts";
import { isLibsql, LibsqlConnection } from "./libsql.ts";
import { openWithDriver } from "./load-driver.ts";
import type { SqliteSettings } from "./options.ts";
import { migrate } from "./schema.ts";
import { prepare, type Statements } from "./statements.ts";

/** A connection, ready for the store's work. */
export interface OpenDatabase {
  readonly connection: Connection;
  readonly statements: Statements;
}

/** Opens or takes a database and brings its schema up to date. While others hold it, waits up to the deadline for that. */
export function openDatabase(database: string | URL | SqliteHandle, settings: SqliteSettings): OpenDatabase {
  const { openDeadline } = settings;
  if (isSqliteHandle(database)) return patiently(openDeadline, "The session database", () => ready(database));
  const path = databasePath(database);
  const name = `The session database ${path}`;
  if (path !== ":memory:") createPrivately(path);
  const handle = patiently(openDeadline, name, () => openWithDriver(path));
  try {
    return patiently(openDeadline, name, () => {
      configure(handle, settings);
      return ready(handle);
    });
  } catch (error) {
    handle.close();
    throw error;
  }
}

function configure(handle: SqliteHandle, settings: SqliteSettings): void {
  handle.exec(`PRAGMA busy_timeout = ${settings.busyTimeout}`);
  // Readers do not wait for writers, and a write is one append. Kept in the file: later openers find it so.
  handle.exec("PRAGMA journal_mode = WAL");
  handle.exec(`PRAGMA synchronous = ${settings.synchronous}`);
  // Zeroes what was deleted, where that costs no further disk access.
  handle.exec("PRAGMA secure_delete = FAST");
}

function ready(handle: SqliteHandle): OpenDatabase {
  const connection = isLibsql(handle) ? new LibsqlConnection(handle) : new HandleConnection(handle);
  // Nothing could end that transaction while the constructor waits.
  if (connection.inTransaction()) throw storeFailure(new HandleInUse());
  migrate(connection);
  return { connection, statements: prepare(connection) };
}

/** The absolute path of a database given as a path or a `file:` URL; `:memory:` as it is. */
function databasePath(given: unknown): string {
  if (given === ":memory:") return given;
  if (given instanceof URL && given.protocol === "file:") return fileURLToPath(given);
  // "file:…" and "libsql://…" mean something to some drivers; a path is a path on all of them.
  if (
    typeof given === "string" &&
    given !== "" &&
    !given.includes("\0") &&
    !/^[a-z][a-z0-9+.-]+:/i.test(given)
  ) {
    return resolve(given);
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    'SqliteStore: the database must be a path such as "data/sessions.db", a file: URL object, ":memory:", ' +
      "or an open handle of better-sqlite3, libsql or node:sqlite.",
  );
}

// SQLite would make the file with the process's umask. It gives the files beside it, -wal and -shm, the same mode.
function createPrivately(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (existsSync(path)) return;
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    const message = `The session database ${path} cannot be created (${code}). Check its folder and permissions.`;
    throw new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", message, { cause: error });
  }
}

// A constructor cannot wait otherwise, and a process that starts has nothing else to do yet.
function patiently<T>(deadline: number, name: string, work: () => T): T {
  const end = performance.now() + deadline;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw storeFailure(error, name);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 + Math.random() * 10);
    }
  }
}
