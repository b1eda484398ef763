import { HoldfastError } from "../../errors.ts";
import { checkOptionNames, wholeNumber } from "../../option-checks.ts";
import { MOST_UNDER_WAY } from "../bounds.ts";

/** Options of `PostgresStore`. */
export interface PostgresStoreOptions {
  /**
   * The schema that holds the tables; made if it is missing and the user may. Default: the first one of the
   * connection's `search_path`, as a rule `public`. Statements name it, so they do not depend on `search_path` later.
   */
  readonly schema?: string | undefined;
  /**
   * Keep sessions in an `UNLOGGED` table: no write waits for the disk, and all sessions are gone when the server crashes
   * or a replica takes its place. Keys and revocations stay logged. Decided when the table is made. Default false.
   */
  readonly unlogged?: boolean | undefined;
  /**
   * Have the server prepare the statements that most requests cause, once for each connection, so that it need not plan
   * each one anew, which is much of its work. For a `Pool` of `pg`, connected to the server itself or through a pooler
   * that knows prepared statements, as PgBouncer does from 1.21 on with `max_prepared_statements`. Through one that does
   * not, the store finds out, says so with a process warning, and does without. Default false.
   */
  readonly prepare?: boolean | undefined;
  /**
   * How many operations may be under way or waiting for a connection at once; one more fails at once with
   * `ERR_HOLDFAST_STORE_UNAVAILABLE`. `pg`'s pool itself would let them wait without end. Default 5,000:
   * more than `overload` lets wait, which refuses in a better way.
   */
  readonly maxPending?: number | undefined;
}

/** The options, checked, with their defaults. */
export interface PostgresSettings {
  readonly schema: string | undefined;
  readonly unlogged: boolean;
  readonly prepare: boolean;
  readonly maxPending: number;
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN` */
export function postgresSettings(options: PostgresStoreOptions): PostgresSettings {
  checkOptionNames("PostgresStore", options, ["schema", "unlogged", "prepare", "maxPending"]);
  const { schema, unlogged = false, prepare = false, maxPending = MOST_UNDER_WAY } = options;
  if (schema !== undefined && !isIdentifier(schema)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "PostgresStore: `schema` must be the name of a schema, 1 to 63 bytes.",
    );
  }
  for (const [name, value] of Object.entries({ unlogged, prepare })) {
    if (typeof value !== "boolean")
      throw new HoldfastError("ERR_HOLDFAST_OPTION", `PostgresStore: \`${name}\` must be true or false.`);
  }
  return { schema, unlogged, prepare, maxPending: wholeNumber("PostgresStore", "maxPending", maxPending, 1) };
}

/** PostgreSQL would cut a longer name, and then not find it again. */
function isIdentifier(name: unknown): boolean {
  return typeof name === "string" && name !== "" && !name.includes("\0") && Buffer.byteLength(name) <= 63;
}
