import { HoldfastError, type HoldfastErrorCode } from "../../errors.ts";
import { plainCause } from "../../plain-cause.ts";

/** What to tell people of each SQLSTATE that means something to a session store, after "The session database". */
const MEANING: Readonly<Record<string, readonly [code: HoldfastErrorCode, message: string]>> = {
  "25006": [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "is read-only: a replica, or switched so. Connect to the primary server.",
  ],
  "28000": ["ERR_HOLDFAST_STORE_REFUSED", "refused the user. Check the name, and the server's pg_hba.conf."],
  "28P01": ["ERR_HOLDFAST_STORE_REFUSED", "refused the password of the pool's user."],
  "3D000": ["ERR_HOLDFAST_STORE_REFUSED", "does not exist. Create it, or correct its name."],
  "42501": [
    "ERR_HOLDFAST_STORE_REFUSED",
    "does not let the pool's user do this. Grant SELECT, INSERT, UPDATE and DELETE on the tables holdfast_… and " +
      "EXECUTE on the functions holdfast_….",
  ],
  "42P01": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "has lost its tables. They are made anew if the user may."],
  "42883": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "has lost its functions. Drop the tables holdfast_… as well."],
  "53100": ["ERR_HOLDFAST_STORE_FULL", "cannot grow: the server's disk is full."],
  "53300": [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "has no connection left. Lower `max` of the pool, or use a pooler.",
  ],
  "55P03": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "kept a lock for longer than `lock_timeout`."],
  "57014": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "took longer than `statement_timeout`."],
  "57P01": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "is being shut down."],
  "57P02": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "has crashed and is starting again."],
  "57P03": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "is starting or stopping. Try again in a moment."],
};

/** SQLSTATEs after which the same statement may be tried again: nothing of it has happened. */
const UNDONE: readonly unknown[] = ["40001", "40P01"];

/**
 * SQLSTATEs of a statement that was not to be found under its name, whose name was taken, or whose columns have changed since
 * it was prepared: nothing of it has happened.
 */
const UNPREPARED: readonly unknown[] = ["26000", "42P05", "0A000"];

/** SQLSTATEs that say that tables, functions or the schema are no longer there. */
const MISSING: readonly unknown[] = ["42P01", "42883", "3F000"];

/** True if the server has ended a transaction to let others go on: a deadlock, or a clash of serializable ones. */
export function wasUndone(error: unknown): boolean {
  return UNDONE.includes(codeOf(error));
}

/** True if the server, or a pooler before it, does not keep what was prepared. */
export function wasUnprepared(error: unknown): boolean {
  return UNPREPARED.includes(codeOf(error));
}

/** True if what the statement works on has been dropped. */
export function isMissing(error: unknown): boolean {
  return MISSING.includes(codeOf(error));
}

/** True for a failure whose cause was a missing permission. */
export function wasForbidden(error: unknown): boolean {
  return error instanceof HoldfastError && codeOf(error.cause) === "42501";
}

/** The error to throw for whatever `query` threw; its `cause` is what is safe to show of that. */
export function storeFailure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const [code, message] = meaningOf(error);
  return new HoldfastError(code, `The session database ${message}`, { cause: plainCause(error) });
}

function meaningOf(error: unknown): readonly [HoldfastErrorCode, string] {
  const code = codeOf(error);
  const known = code === undefined ? undefined : MEANING[code];
  if (known !== undefined) return known;
  // pg asks for the password only once the server wants it, and then gives its error no code.
  if (error instanceof Error && error.message.startsWith("SASL")) {
    return ["ERR_HOLDFAST_STORE_REFUSED", "wants another password than the pool has."];
  }
  return ["ERR_HOLDFAST_STORE_UNAVAILABLE", troubleOf(error, code)];
}

function troubleOf(error: unknown, code: string | undefined): string {
  // Only the server's own errors have one.
  if (error instanceof Error && "severity" in error) return `answered with an error (${code}).`;
  return code === undefined ? "did not answer, or is no PostgreSQL server." : `cannot be reached (${code}).`;
}

/** SQLSTATE, or the code of Node.js such as `ECONNREFUSED`. */
function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
