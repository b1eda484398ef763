import { MAX_RECORD_BYTES, MAX_VALUE_BYTES } from "../bounds.ts";
import type { Command, Connection, Query } from "./driver.ts";

/** Live at the time given. The upper bound leaves out what no store wrote: text and blobs sort after numbers. */
const LIVE = `expires_at > ? AND expires_at <= ${Number.MAX_SAFE_INTEGER}`;

/**
 * Only what a store can have written. Rows may have been edited by hand or by a thief, and what a driver makes
 * of a strange one differs: libsql ends the process at a text that is not UTF-8, node:sqlite throws at an
 * integer beyond 2^53. So such a row is left out here and the texts leave as bytes.
 */
const READABLE = `typeof(version) = 'integer' AND version BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}
  AND typeof(header) = 'blob' AND typeof(body) = 'blob'
  AND length(header) + length(body) + length(key_id) + coalesce(length(user), 0) <= ${MAX_RECORD_BYTES}`;

/**
 * A handle as the core makes them; another could stand still where a page begins after the last handle of the one
 * before.
 */
const NAMED = `typeof(handle) = 'text' AND length(CAST(handle AS BLOB)) = 22 AND length(handle) = 22
  AND handle NOT GLOB '*[^A-Za-z0-9_-]*'`;

// All bytes and texts in one value: a driver takes as long over each as SQLite over finding the row. `||` makes text of
// blobs, and CAST gives the same bytes back.
const COLUMNS = `version, expires_at AS expires, length(header) AS header_length, length(body) AS body_length,
  CAST(header || body || key_id || ':' || coalesce(user, '') AS BLOB) AS bytes`;

/** The same of a value, which need not end. */
const VALUE_LIVES = "(expires_at IS NULL OR expires_at > ?)";

/** Stands for all users: no user's hash is empty. */
const EVERYBODY = "''";

const OF_USERS = "user IN (SELECT value FROM json_each(?))";

/** Every statement of the store, prepared once. */
export interface Statements {
  readonly read: Query;
  readonly create: Command;
  readonly update: Command;
  /** The same for a row that keeps its expiry, user and key. */
  readonly updateInPlace: Command;
  readonly touch: Command;
  readonly deleteLive: Command;
  readonly deleteAny: Command;
  readonly listUsers: Query;
  readonly deleteLiveOfUsers: Command;
  readonly deleteAnyOfUsers: Command;
  readonly countLiveOfUsers: Query;
  readonly evict: Command;
  readonly deleteAll: Command;
  readonly generation: Query;
  readonly advanceGenerationOfAll: Command;
  readonly advanceGeneration: Command;
  readonly countByKey: Query;
  readonly deleteByKey: Command;
  readonly readValue: Query;
  readonly addValue: Command;
  readonly replaceValue: Command;
  readonly scan: Query;
  readonly anythingDue: Query;
  readonly prune: Command;
  readonly pruneGenerations: Command;
  readonly pruneValues: Command;
}

export function prepare(connection: Connection): Statements {
  const query = (sql: string): Query => connection.query(sql);
  const command = (sql: string): Command => connection.command(sql);
  return {
    read: query(`SELECT ${COLUMNS} FROM holdfast_sessions WHERE handle = ? AND ${LIVE} AND ${READABLE}`),
    // Handle, expiry, user, key, header, body; user and the generation seen; now.
    create: command(
      `INSERT INTO holdfast_sessions (handle, version, expires_at, user, key_id, header, body)
       SELECT ?, 1, ?, ?, ?, ?, ?
       WHERE NOT EXISTS (SELECT 1 FROM holdfast_generations WHERE user IN (?, ${EVERYBODY}) AND generation > ?)
       ON CONFLICT (handle) DO UPDATE SET version = 1, expires_at = excluded.expires_at, user = excluded.user,
         key_id = excluded.key_id, header = excluded.header, body = excluded.body
       WHERE NOT (${LIVE})`,
    ),
    update: command(
      `UPDATE holdfast_sessions SET version = ?, expires_at = ?, user = ?, key_id = ?, header = ?, body = ?
       WHERE handle = ? AND version = ? AND ${LIVE}`,
    ),
    // SQLite writes every index anew that has a column named by SET, changed or not: half of what the write costs.
    updateInPlace: command(
      `UPDATE holdfast_sessions SET version = ?, header = ?, body = ?
       WHERE handle = ? AND version = ? AND ${LIVE} AND expires_at = ? AND user IS ? AND key_id = ?`,
    ),
    touch: command(
      `UPDATE holdfast_sessions SET expires_at = ?, header = ? WHERE handle = ? AND version = ? AND ${LIVE}`,
    ),
    deleteLive: command(`DELETE FROM holdfast_sessions WHERE handle = ? AND ${LIVE}`),
    deleteAny: command("DELETE FROM holdfast_sessions WHERE handle = ?"),
    listUsers: query(
      `SELECT ${COLUMNS}, CAST(handle AS BLOB) AS handle FROM holdfast_sessions
       WHERE ${OF_USERS} AND ${LIVE} AND ${READABLE}`,
    ),
    deleteLiveOfUsers: command(`DELETE FROM holdfast_sessions WHERE ${OF_USERS} AND handle <> ? AND ${LIVE}`),
    deleteAnyOfUsers: command(`DELETE FROM holdfast_sessions WHERE ${OF_USERS} AND handle <> ?`),
    // The users, now; the users, the new handle, now, how many to remove.
    countLiveOfUsers: query(`SELECT count(*) AS live FROM holdfast_sessions WHERE ${OF_USERS} AND ${LIVE}`),
    evict: command(
      `DELETE FROM holdfast_sessions WHERE rowid IN
         (SELECT rowid FROM holdfast_sessions WHERE ${OF_USERS} AND handle <> ? AND ${LIVE}
          ORDER BY expires_at, rowid LIMIT ?)`,
    ),
    deleteAll: command("DELETE FROM holdfast_sessions"),
    generation: query(
      `SELECT max(generation) AS generation FROM holdfast_generations WHERE user IN (?, ${EVERYBODY})`,
    ),
    advanceGenerationOfAll: command(
      `INSERT OR REPLACE INTO holdfast_generations (user, at) VALUES (${EVERYBODY}, ?)`,
    ),
    // A new row, so a new number: AUTOINCREMENT never gives one out twice, not even after the row is gone.
    advanceGeneration: command("INSERT OR REPLACE INTO holdfast_generations (user, at) VALUES (?, ?)"),
    countByKey: query(
      `SELECT CAST(key_id AS BLOB) AS id, count(*) AS sessions FROM holdfast_sessions WHERE ${LIVE} GROUP BY key_id`,
    ),
    deleteByKey: command(
      "DELETE FROM holdfast_sessions WHERE rowid IN (SELECT rowid FROM holdfast_sessions WHERE key_id = ? LIMIT ?)",
    ),
    // A strange row is there all the same, and the version in it is what a write must name.
    readValue: query(
      `SELECT version, CASE WHEN length(value) <= ${MAX_VALUE_BYTES} THEN CAST(value AS BLOB) ELSE x'' END AS value
       FROM holdfast_values WHERE name = ? AND ${VALUE_LIVES} AND typeof(version) = 'integer'
         AND version BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}`,
    ),
    addValue: command(
      `INSERT INTO holdfast_values (name, version, value, expires_at) VALUES (?, 1, ?, ?)
       ON CONFLICT (name) DO UPDATE SET version = 1, value = excluded.value, expires_at = excluded.expires_at
       WHERE NOT ${VALUE_LIVES}`,
    ),
    replaceValue: command(
      `UPDATE holdfast_values SET version = version + 1, value = ?, expires_at = ?
       WHERE name = ? AND version = ? AND ${VALUE_LIVES}`,
    ),
    scan: query(
      `SELECT ${COLUMNS}, CAST(handle AS BLOB) AS handle FROM holdfast_sessions
       WHERE handle > ? AND ${NAMED} AND ${LIVE} AND ${READABLE} ORDER BY handle LIMIT ?`,
    ),
    anythingDue: query(
      `SELECT EXISTS (SELECT 1 FROM holdfast_sessions WHERE expires_at <= ?)
           OR EXISTS (SELECT 1 FROM holdfast_sessions WHERE expires_at > ${Number.MAX_SAFE_INTEGER})
           OR EXISTS (SELECT 1 FROM holdfast_generations WHERE at <= ?)
           OR EXISTS (SELECT 1 FROM holdfast_values WHERE expires_at <= ?)`,
    ),
    prune: command(
      `DELETE FROM holdfast_sessions WHERE rowid IN
         (SELECT rowid FROM holdfast_sessions WHERE expires_at <= ? OR expires_at > ${Number.MAX_SAFE_INTEGER} LIMIT ?)`,
    ),
    pruneGenerations: command("DELETE FROM holdfast_generations WHERE at <= ?"),
    pruneValues: command(
      `DELETE FROM holdfast_values WHERE rowid IN
         (SELECT rowid FROM holdfast_values WHERE expires_at <= ? LIMIT ?)`,
    ),
  };
}
