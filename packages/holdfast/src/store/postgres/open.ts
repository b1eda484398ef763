import { HoldfastError } from "../../errors.ts";
import type { StoreLoss } from "../contract.ts";
import type { Row } from "./client.ts";
import { lossesOf } from "./durability.ts";
import { wasForbidden } from "./failure.ts";
import { type Names, namesIn, SCHEMA_TABLE, TABLES } from "./names.ts";
import type { PostgresSettings } from "./options.ts";
import type { Queries } from "./queries.ts";
import { numberOf } from "./row.ts";
import { migration, VERSION } from "./schema.ts";
import { type Statements, statementsOn, unnamed } from "./statements.ts";

const OLDEST_SERVER = 130_000;

const SERVER = unnamed(`SELECT version() AS product, current_setting('server_version_num') AS version,
  current_setting('transaction_isolation') AS isolation, pg_is_in_recovery() AS replica, current_schema() AS schema,
  current_setting('synchronous_commit') AS commits, current_setting('synchronous_standby_names') AS standbys,
  current_setting('fsync') AS fsync, current_setting('transaction_read_only') AS readonly,
  $1::bigint AS number, true AS boolean, decode('00ff', 'hex') AS bytes`);

// What has_table_privilege lists, one of them is enough for.
const FOUND =
  unnamed(`SELECT relname AS name, relpersistence AS persistence, has_schema_privilege(n.oid, 'USAGE')
    AND has_table_privilege(c.oid, 'SELECT') AS readable,
  has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
    AND has_table_privilege(c.oid, 'DELETE') AS writable,
  (SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc AS p
    WHERE pronamespace = n.oid AND starts_with(proname, 'holdfast_')) AS callable
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
  WHERE nspname = $1 AND relkind = 'r' AND relname = ANY ($2::text[])`);

/** A database that is ready for the store's work. */
export interface OpenDatabase {
  readonly statements: Statements;
  readonly forgetsAfter: readonly StoreLoss[];
}

/**
 * Checks the server and what the user may, and brings the schema up to date.
 *
 * @throws {HoldfastError} in words that an operator can act on
 */
export async function openDatabase(queries: Queries, settings: PostgresSettings): Promise<OpenDatabase> {
  const [server = {}] = await queries.rows(SERVER, [Number.MAX_SAFE_INTEGER]);
  checkServer(server);
  const names = namesIn(settings.schema ?? (typeof server.schema === "string" ? server.schema : "public"));
  if (!(await isReady(queries, names, settings))) {
    await migrate(queries, names, settings.unlogged);
    await isReady(queries, names, settings);
  }
  return { statements: statementsOn(names), forgetsAfter: lossesOf(server, settings.unlogged) };
}

function checkServer(server: Row): void {
  const { product, version, isolation, replica, readonly } = server;
  if (!String(product).startsWith("PostgreSQL ") || numberOf(version) < OLDEST_SERVER) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CLIENT",
      "PostgresStore needs PostgreSQL 13 or later; the pool is connected to another server.",
    );
  }
  if (isolation !== "read committed") {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CLIENT",
      "PostgresStore needs transactions at READ COMMITTED, PostgreSQL's default. Set default_transaction_isolation " +
        "back for the pool's user.",
    );
  }
  if (replica === true) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      "The session database is a replica, which cannot be written. Connect to the primary server.",
    );
  }
  if (readonly === "on") {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      "The session database is read-only for the pool's user. Set default_transaction_read_only back.",
    );
  }
  if (!isReadAsWritten(server)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CLIENT",
      "PostgresStore cannot read what the pool returns: its type parsers make something else of bigint, boolean or " +
        "bytea, or its option `binary` does. Give the store a pool of its own without them.",
    );
  }
}

/** False for columns that would be taken for nobody's session. */
function isReadAsWritten({ number, boolean, bytes }: Row): boolean {
  return (
    numberOf(number) === Number.MAX_SAFE_INTEGER &&
    boolean === true &&
    bytes instanceof Uint8Array &&
    Buffer.compare(bytes, Buffer.of(0, 255)) === 0
  );
}

/** False if there is an older schema or none. */
async function isReady(queries: Queries, names: Names, { unlogged }: PostgresSettings): Promise<boolean> {
  const rows = await queries.rows(FOUND, [names.plain, [...TABLES, SCHEMA_TABLE]]);
  if (rows.length === 0) return false;
  const tables = new Map(rows.map((row) => [row.name, row]));
  const isGranted = ({ name, readable, writable, callable }: Row): boolean =>
    readable === true && (writable === true || name === SCHEMA_TABLE) && callable !== false;
  if (!rows.every(isGranted)) throw notGranted(names);
  const version = await schemaVersion(queries, names, tables.has(SCHEMA_TABLE));
  if (version > VERSION) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_SCHEMA",
      `The session database has schema version ${version}; this version of Holdfast knows ${VERSION}. Upgrade this process.`,
    );
  }
  if (version === VERSION && tables.size <= TABLES.length) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CORRUPT",
      `The schema ${names.schema} lacks some of the tables holdfast_…. Restore them from a backup, or drop the others.`,
    );
  }
  checkPersistence(tables.get("holdfast_sessions"), names, unlogged);
  return version === VERSION;
}

async function schemaVersion(queries: Queries, names: Names, known: boolean): Promise<number> {
  const rows = known
    ? await queries.rows(unnamed(`SELECT max(version) AS version FROM ${names.version}`))
    : [];
  const version = numberOf(rows[0]?.version);
  if (version >= 1) return version;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CORRUPT",
    `The schema ${names.schema} has tables named holdfast_… but does not say their version. Rename them, or use ` +
      "another schema.",
  );
}

/** What the store says it may forget must be true. */
function checkPersistence(sessions: Row | undefined, names: Names, unlogged: boolean): void {
  if (sessions === undefined || (sessions.persistence === "u") === unlogged) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    `PostgresStore: \`unlogged\` is ${unlogged}, but the table is not so. Change the option, or run: ` +
      `ALTER TABLE ${names.sessions} SET ${unlogged ? "UNLOGGED" : "LOGGED"}`,
  );
}

async function migrate(queries: Queries, names: Names, unlogged: boolean): Promise<void> {
  try {
    await queries.rows(unnamed(migration(names, unlogged)));
  } catch (error) {
    if (!wasForbidden(error)) throw error;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_REFUSED",
      `The session database does not let the pool's user make tables in the schema ${names.schema}. Start once as a ` +
        `user who may, which for tables of an older version is their owner, or: CREATE SCHEMA IF NOT EXISTS ${names.schema}; ` +
        `GRANT USAGE, CREATE ON SCHEMA ${names.schema} TO <user>`,
      { cause: error },
    );
  }
}

function notGranted(names: Names): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_REFUSED",
    `The session database does not let the pool's user use its tables. As their owner: ` +
      `GRANT USAGE ON SCHEMA ${names.schema} TO <user>; ` +
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${names.sessions}, ${names.generations}, ${names.values}, ` +
      `${names.epoch} TO <user>; GRANT SELECT ON ${names.version} TO <user>; ` +
      `GRANT EXECUTE ON FUNCTION ${names.create}, ${names.deleteUser}, ${names.deleteAll}, ${names.lockUsers}, ` +
      `${names.lockEverybody} TO <user>`,
  );
}
