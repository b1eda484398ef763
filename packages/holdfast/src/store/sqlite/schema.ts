import { HoldfastError } from "../../errors.ts";
import type { Connection } from "./driver.ts";

/**
 * What each schema version adds to the one before; the first makes version 1 of an empty database. A step
 * that has been released is never edited: a change of the schema is a new step.
 *
 * Every name begins with `holdfast_`, and the version has a table of its own instead of `user_version`, so an
 * application's own tables can live in the same file.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE holdfast_sessions (
     handle TEXT NOT NULL PRIMARY KEY,
     version INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     user TEXT,
     key_id TEXT NOT NULL,
     header BLOB NOT NULL,
     body BLOB NOT NULL
   );
   CREATE INDEX holdfast_sessions_user ON holdfast_sessions (user) WHERE user IS NOT NULL;
   CREATE INDEX holdfast_sessions_expiry ON holdfast_sessions (expires_at, key_id);
   CREATE TABLE holdfast_generations (
     generation INTEGER PRIMARY KEY AUTOINCREMENT,
     user TEXT NOT NULL UNIQUE,
     at INTEGER NOT NULL
   );
   CREATE INDEX holdfast_generations_age ON holdfast_generations (at);`,
  `CREATE TABLE holdfast_values (
     name TEXT NOT NULL PRIMARY KEY,
     version INTEGER NOT NULL,
     value BLOB NOT NULL
   );`,
  `ALTER TABLE holdfast_values ADD COLUMN expires_at INTEGER;
   CREATE INDEX holdfast_values_expiry ON holdfast_values (expires_at) WHERE expires_at IS NOT NULL;`,
];

const VERSION = STEPS.length;

/**
 * Brings the database to this version's schema. Several processes may do it at once: the first to get the
 * write lock does the steps, the others find them done.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_STORE_SCHEMA` if a newer Holdfast wrote it
 */
export function migrate(connection: Connection): void {
  if (schemaVersion(connection) === VERSION) return;
  connection.transaction(() => {
    const found = schemaVersion(connection);
    if (found === 0) connection.exec("CREATE TABLE holdfast_schema (version INTEGER NOT NULL)");
    for (const step of STEPS.slice(found)) connection.exec(step);
    connection.exec(`DELETE FROM holdfast_schema; INSERT INTO holdfast_schema (version) VALUES (${VERSION})`);
  });
}

function schemaVersion(connection: Connection): number {
  const known = `SELECT count(*) AS ours, count(CASE name WHEN 'holdfast_schema' THEN 1 END) AS schema
    FROM sqlite_master WHERE name GLOB 'holdfast_*'`;
  const [ours, schema] = connection.query(known).row() ?? [];
  if (ours === 0) return 0;
  // Read as a number in any case: a text that is not UTF-8 would end the process inside libsql.
  const read = "SELECT CAST(max(version) AS INTEGER) AS version FROM holdfast_schema";
  const [version] = (schema === 1 ? connection.query(read).row() : undefined) ?? [];
  if (typeof version !== "number" || !(version >= 1)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CORRUPT",
      "The session database has tables named holdfast_… but does not say their version. Rename them, or use another file.",
    );
  }
  if (version > VERSION) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_SCHEMA",
      `The session database has schema version ${version}; this version of Holdfast knows ${VERSION}. Upgrade this process.`,
    );
  }
  return version;
}
