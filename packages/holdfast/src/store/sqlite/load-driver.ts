import { createRequire } from "node:module";
import { HoldfastError } from "../../errors.ts";
import { isSqliteHandle, type SqliteHandle } from "./driver.ts";

type Constructor = new (path: string) => unknown;

/**
 * Opens a file with `node:sqlite` where Node has it, else with libsql.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_SQLITE_DRIVER` if there is neither; what the driver throws
 */
export function openWithDriver(path: string): SqliteHandle {
  const driver = nodeSqlite() ?? libsql();
  if (driver === undefined) throw new HoldfastError("ERR_HOLDFAST_SQLITE_DRIVER");
  const handle: unknown = Reflect.construct(driver, [path]);
  if (!isSqliteHandle(handle)) throw new HoldfastError("ERR_HOLDFAST_SQLITE_DRIVER");
  return handle;
}

function nodeSqlite(): Constructor | undefined {
  const module: unknown = process.getBuiltinModule("node:sqlite");
  const found: unknown =
    typeof module === "object" && module !== null ? Reflect.get(module, "DatabaseSync") : undefined;
  return isConstructor(found) ? found : undefined;
}

function libsql(): Constructor | undefined {
  try {
    const found: unknown = createRequire(import.meta.url)("libsql");
    return isConstructor(found) ? found : undefined;
  } catch (error) {
    // Not installed, or without a binary for this platform: the cause tells.
    throw new HoldfastError("ERR_HOLDFAST_SQLITE_DRIVER", undefined, { cause: error });
  }
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === "function";
}
