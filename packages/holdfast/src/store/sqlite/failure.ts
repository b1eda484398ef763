import { HoldfastError, type HoldfastErrorCode } from "../../errors.ts";

/** SQLite's primary result codes that mean something to a session store, by number. */
const NAMES: Readonly<Record<number, string>> = {
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  26: "NOTADB",
};

/** What to tell people of each, after the database's name. */
const MEANING: Readonly<Record<string, readonly [code: HoldfastErrorCode, message: string]>> = {
  BUSY: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "is locked by another process. Try again in a moment."],
  LOCKED: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "is locked by another connection. Try again in a moment."],
  READONLY: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "cannot be written: its file or folder is read-only."],
  IOERR: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "is on a disk that reported an error."],
  CANTOPEN: ["ERR_HOLDFAST_STORE_UNAVAILABLE", "cannot be opened. Check its path and permissions."],
  FULL: ["ERR_HOLDFAST_STORE_FULL", "cannot grow: the disk, or the limit set on the file, is full."],
  CORRUPT: [
    "ERR_HOLDFAST_STORE_CORRUPT",
    "is damaged. Move its file away, with the -wal and -shm files beside it, or restore it from a backup.",
  ],
  NOTADB: ["ERR_HOLDFAST_STORE_CORRUPT", "is not an SQLite database. Check its path."],
};

/** Thrown where an operation meets a transaction that somebody else has open on the same handle. */
export class HandleInUse extends Error {}

/** SQLite's primary result, such as "BUSY", from an error of any of the drivers; `undefined` for other errors. */
export function sqliteResult(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  // node:sqlite: an extended result code, the primary one in its low byte.
  const number: unknown = Reflect.get(error, "errcode");
  if (typeof number === "number") return NAMES[number & 0xff];
  // better-sqlite3 and libsql: "SQLITE_BUSY", "SQLITE_IOERR_WRITE".
  const code: unknown = Reflect.get(error, "code");
  if (typeof code !== "string") return undefined;
  const [, name] = /^SQLITE_([A-Z]+)/.exec(code) ?? [];
  return name;
}

/** True if the same operation may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const result = sqliteResult(error);
  return result === "BUSY" || result === "LOCKED" || error instanceof HandleInUse;
}

/** The error to throw for whatever a driver threw, which becomes its `cause`. `name` names the database. */
export function storeFailure(error: unknown, name = "The session database"): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const [code, message] = MEANING[sqliteResult(error) ?? ""] ?? [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    error instanceof HandleInUse
      ? "has a transaction open on the handle given to SqliteStore. Give the store a connection of its own."
      : "did not answer.",
  ];
  return new HoldfastError(code, `${name} ${message}`, { cause: error });
}
