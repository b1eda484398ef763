/**
 * libsql does not take a prepared statement back to its beginning when it meets a lock. As long as one stands there,
 * its connection stays in the past: reads show what others have deleted since, and writes are refused, for good once
 * two stand so.
 *
 * @module
 */
import { type Command, HandleConnection, type Query, type SqliteHandle, type SqliteValue } from "./driver.ts";
import { isBusy } from "./failure.ts";

/** True for a database of libsql, by a method that no other driver has. */
export function isLibsql(handle: SqliteHandle): boolean {
  return typeof Reflect.get(handle, "syncUntil") === "function";
}

/** A connection whose statements never stand at a lock: {@link SqliteHandle.exec} meets it first, and leaves nothing. */
export class LibsqlConnection extends HandleConnection {
  #inTransaction = false;
  /** Runs a read to its end that met a lock all the same, as it can without a write-ahead log. Throws if it does again. */
  #unfinished: (() => void) | undefined;

  override command(sql: string): Command {
    const { run } = super.command(sql);
    return {
      run: (...values) => (this.#inTransaction ? run(...values) : this.transaction(() => run(...values))),
    };
  }

  override query(sql: string): Query {
    const { row, rows } = super.query(sql);
    return {
      row: (...values) => this.#finish(row, values),
      rows: (...values) => this.#finish(rows, values),
    };
  }

  override transaction<T>(work: () => T): T {
    this.#unfinished?.();
    return super.transaction(() => {
      this.#inTransaction = true;
      try {
        return work();
      } finally {
        this.#inTransaction = false;
      }
    });
  }

  #finish<T>(read: (...values: SqliteValue[]) => T, values: SqliteValue[]): T {
    this.#unfinished?.();
    try {
      return read(...values);
    } catch (error) {
      if (isBusy(error)) {
        this.#unfinished = () => {
          read(...values);
          this.#unfinished = undefined;
        };
      }
      throw error;
    }
  }
}
