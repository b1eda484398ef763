import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import Libsql from "libsql";
import type { SqliteHandle, SqliteStatement, SqliteValue } from "../../src/store/sqlite.ts";

/** A folder of its own, and what removes it. */
export function newFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "holdfast-store-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A path for a database that is removed after the test. */
export function databaseFor(test: TestContext): string {
  const folder = newFolder();
  test.after(folder.remove);
  return join(folder.path, "sessions.db");
}

/** A connection of libsql's own, which has better-sqlite3's shape. */
export function openLibsql(path: string): Libsql.Database {
  return new Libsql(path);
}

/** A handle of node:sqlite where Node has it; else one of the same shape and manners on top of libsql. */
export function openNodeSqlite(path: string): SqliteHandle {
  const module: unknown = process.getBuiltinModule("node:sqlite");
  if (typeof module === "object" && module !== null) {
    return Reflect.construct(Reflect.get(module, "DatabaseSync"), [path]) as SqliteHandle;
  }
  return new NodeShaped(path);
}

class NodeShaped implements SqliteHandle {
  readonly #database: Libsql.Database;

  constructor(path: string) {
    this.#database = new Libsql(path);
  }

  get isTransaction(): boolean {
    return this.#database.inTransaction;
  }

  exec(sql: string): void {
    inNodesWords(() => this.#database.exec(sql));
  }

  prepare(sql: string): SqliteStatement {
    const statement = inNodesWords(() => this.#database.prepare(sql));
    const names = statement.columns().map(({ name }) => name);
    if (names.length > 0) statement.raw(true);
    const nodesRow = (row: unknown): unknown => rowOf(names, row as unknown[]);
    return {
      run: (...values) => inNodesWords(() => statement.run(...values)),
      get: (...values: SqliteValue[]) => {
        const row = inNodesWords(() => statement.get(...values));
        return row === undefined ? undefined : nodesRow(row);
      },
      all: (...values: SqliteValue[]) => inNodesWords(() => statement.all(...values)).map(nodesRow),
    };
  }

  close(): void {
    this.#database.close();
  }
}

// Objects without a prototype, plain Uint8Arrays, and an error for integers that are not exact.
function rowOf(names: readonly string[], values: readonly unknown[]): unknown {
  const row: Record<string, unknown> = Object.create(null);
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw Object.assign(new RangeError("Value is too large"), { code: "ERR_OUT_OF_RANGE" });
    }
    row[name] = Buffer.isBuffer(value) ? Uint8Array.from(value) : value;
  }
  return row;
}

function inNodesWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const errcode: unknown = Reflect.get(error as object, "rawCode");
    throw Object.assign(new Error(String(error)), { code: "ERR_SQLITE_ERROR", errcode });
  }
}
