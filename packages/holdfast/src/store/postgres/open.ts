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
import { type Statements, statementsOn } from "./statements.ts";

const OLDEST_SERVER = 130_000;

const SERVER = `SELECT version() AS product, current_setting('server_version_num') AS version,
  current_setting('transaction_isolation') AS isolation, pg_is_in_recovery() AS replica, current_schema() AS schema,
  current_setting('synchronous_commit') AS commits, current_setting('synchronous_standby_names') AS standbys,
  current_setting('fsync') AS fsync`;

// What has_table_privilege lists, one of them is enough for.
const FOUND = `SELECT relname AS name, relpersistence AS persistence, has_schema_privilege(n.oid, 'USAGE')
    AND has_table_privilege(c.oid, 'SELECT') AS readable,
  has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
    AND has_table_privilege(c.oid, 'DELETE') AS writable
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
  WHERE nspname = $1 AND relkind = 'r' AND relname = ANY ($2::text[])`;

/** A database that is ready for the store's work. */
export interface OpenDatabase {
  readonly statements: Statements;
  readonly forgetsAfter: readonly StoreLoss[];
}

/**
 * Checks the server and what the user may, and brings the schema up to date.
 *
 * @throws HoldfastError in words that an operator can act on
 */
export async function openDatabase(queries: Queries, settings: PostgresSettings): Promise<OpenDatabase> {
  const [server = {}] = await queries.rows(SERVER);
  checkServer(server);
  const names = namesIn(settings.schema ?? (typeof server.schema === "string" ? server.schema : "public"));
  if (!(await isReady(queries, names, settings))) {
    await migrate(queries, names, settings.unlogged);
    await isReady(queries, names, settings);
  }
  return { statements: statementsOn(names), forgetsAfter: lossesOf(server, settings.unlogged) };
}

function checkServer({ product, version, isolation, replica }: Row): void {
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
}

/** False if there is an older schema or none. */
async function isReady(queries: Queries, names: Names, { unlogged }: PostgresSettings): Promise<boolean> {
  const rows = await queries.rows(FOUND, [names.plain, [...TABLES, SCHEMA_TABLE]]);
  if (rows.length === 0) return false;
  const tables = new Map(rows.map((row) => [row.name, row]));
  if (!rows.every((row) => row.readable === true && (row.writable === true || row.name === SCHEMA_TABLE))) {
    throw notGranted(names);
  }
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
  const rows = known ? await queries.rows(`SELECT max(version) AS version FROM ${names.version}`) : [];
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
    await queries.rows(migration(names, unlogged));
  } catch (error) {
    if (!wasForbidden(error)) throw error;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_REFUSED",
      `The session database does not let the pool's user make tables in the schema ${names.schema}. Start once as a ` +
        `user who may, or: CREATE SCHEMA IF NOT EXISTS ${names.schema}; ` +
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
      `${names.epoch} TO <user>; GRANT SELECT ON ${names.version} TO <user>`,
  );
}
