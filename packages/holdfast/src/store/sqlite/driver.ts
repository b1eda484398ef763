/**
 * The two shapes of SQLite driver, better-sqlite3's (libsql has it too) and node:sqlite's, behind one.
 *
 * @module
 */

/** What a statement can be given. */
export type SqliteValue = string | number | null | Uint8Array;

/** A prepared statement as better-sqlite3, libsql and node:sqlite make it: the part that is used. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
}

/** What better-sqlite3 and libsql can do beside: rows as arrays, and values as one array, which is a tenth faster. */
interface BetterStatement {
  raw(rowsAreArrays: boolean): unknown;
  run(values: readonly SqliteValue[]): { readonly changes: number | bigint };
  get(values: readonly SqliteValue[]): unknown;
  all(values: readonly SqliteValue[]): unknown[];
}

/** An open database: one of better-sqlite3, libsql or node:sqlite's `DatabaseSync`. */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

/** A prepared statement that changes rows. */
export interface Command {
  /** @returns how many rows it changed */
  run(...values: SqliteValue[]): number;
}

/** A prepared statement that reads rows, each as an array of its columns. */
export interface Query {
  row(...values: SqliteValue[]): readonly unknown[] | undefined;
  rows(...values: SqliteValue[]): readonly (readonly unknown[])[];
}

/** A database connection, whatever the driver. */
export interface Connection {
  exec(sql: string): void;
  command(sql: string): Command;
  query(sql: string): Query;
  /** Runs `work` while no other connection can write; all of it happens or, if it throws, nothing. */
  transaction<T>(work: () => T): T;
  /** True while somebody who shares the handle has a transaction open on it. */
  inTransaction(): boolean;
  close(): void;
}

/** True for anything with the methods of a {@link SqliteHandle}. */
export function isSqliteHandle(value: unknown): value is SqliteHandle {
  return (
    typeof value === "object" &&
    value !== null &&
    isMethod(value, "exec") &&
    isMethod(value, "prepare") &&
    isMethod(value, "close")
  );
}

/** A connection over an open handle of any driver. */
export class HandleConnection implements Connection {
  readonly #handle: SqliteHandle;

  constructor(handle: SqliteHandle) {
    this.#handle = handle;
  }

  exec(sql: string): void {
    this.#handle.exec(sql);
  }

  command(sql: string): Command {
    const statement = this.#handle.prepare(sql);
    return isBetter(statement)
      ? { run: (...values) => Number(statement.run(values).changes) }
      : { run: (...values) => Number(statement.run(...values).changes) };
  }

  query(sql: string): Query {
    const statement = this.#handle.prepare(sql);
    // The handle's owner may have asked for BigInts; ours are numbers, and the queries leave out larger ones.
    set(statement, "safeIntegers", false);
    set(statement, "setReadBigInts", false);
    if (isBetter(statement)) {
      statement.raw(true);
      return {
        row: (...values) => toRow(statement.get(values)),
        rows: (...values) => statement.all(values).map(toArray),
      };
    }
    set(statement, "setReturnArrays", true);
    return {
      row: (...values) => toRow(statement.get(...values)),
      rows: (...values) => statement.all(...values).map(toArray),
    };
  }

  transaction<T>(work: () => T): T {
    this.#handle.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#handle.exec("COMMIT");
      return result;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  inTransaction(): boolean {
    return (
      Reflect.get(this.#handle, "inTransaction") === true ||
      Reflect.get(this.#handle, "isTransaction") === true
    );
  }

  close(): void {
    this.#handle.close();
  }

  #undo(): void {
    try {
      this.#handle.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk; there is nothing left to undo.
    }
  }
}

function isMethod(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === "function";
}

function isBetter(statement: SqliteStatement): statement is SqliteStatement & BetterStatement {
  return isMethod(statement, "raw");
}

/** Sets a switch that only some drivers have. */
function set(statement: SqliteStatement, name: string, value: boolean): void {
  const method: unknown = Reflect.get(statement, name);
  if (typeof method === "function") Reflect.apply(method, statement, [value]);
}

function toRow(row: unknown): readonly unknown[] | undefined {
  return row === undefined ? undefined : toArray(row);
}

function toArray(row: unknown): readonly unknown[] {
  if (Array.isArray(row)) return row;
  return typeof row === "object" && row !== null ? Object.values(row) : [];
}
