import { createHash } from "node:crypto";
import { MAX_RECORD_BYTES, MAX_VALUE_BYTES } from "../bounds.ts";
import { literal, type Names } from "./names.ts";

/** How far `deleteAll` counts one by one; a table of more is as large as PostgreSQL takes it to be. */
const MOST_COUNTED = 10_000;

/** Leaves out rows that no store can have written, but somebody with a tool: what memory could not take. */
const READABLE = `octet_length(header)::bigint + octet_length(body) <= ${MAX_RECORD_BYTES}`;

/** A handle as the core makes them; another could stand still where a page begins after the last one. */
const NAMED = "handle ~ '^[A-Za-z0-9_-]{22}$'";

const COLUMNS = "version, expires_at, user_hash, key_id, header, body";

/** A statement, and the name that the server may keep it by once it has prepared it. */
export interface Statement {
  readonly text: string;
  /** Says what it is: whoever else uses it on the same connection means the same. `undefined` for what is asked seldom. */
  readonly name: string | undefined;
}

/** Every statement of the store. What it is given is named in this order by its first comment. */
export interface Statements {
  readonly read: Statement;
  readonly create: Statement;
  readonly update: Statement;
  readonly touch: Statement;
  readonly touchMany: Statement;
  readonly remove: Statement;
  readonly listUsers: Statement;
  readonly deleteUsers: Statement;
  readonly deleteAll: Statement;
  readonly countEnded: Statement;
  readonly generation: Statement;
  readonly countByKey: Statement;
  readonly deleteByKey: Statement;
  readonly readValue: Statement;
  readonly addValue: Statement;
  readonly replaceValue: Statement;
  readonly scan: Statement;
  readonly prune: Statement;
}

export function statementsOn(names: Names): Statements {
  const { sessions, generations, values, epoch } = names;
  const currentEpoch = `(SELECT epoch FROM ${epoch})`;
  const live = (now: string): string => `expires_at > ${now} AND epoch = ${currentEpoch}`;
  return {
    // Handle, now.
    read: named(`SELECT ${COLUMNS} FROM ${sessions} WHERE handle = $1 AND ${live("$2")} AND ${READABLE}`),
    // Handle, expiry, user, key, header, body; now, the generation seen; users, most, whether to evict.
    create: named(`SELECT ${names.create}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS outcome`),
    // Handle, expected version, expiry, user, key, header, body; now.
    update:
      named(`UPDATE ${sessions} SET version = version + 1, expires_at = $3, prune_at = ${pruneAt("$3", "$8")},
        user_hash = $4, key_id = $5, header = $6, body = $7
      WHERE handle = $1 AND version = $2 AND ${live("$8")} RETURNING true`),
    // Handle, version, expiry, header; now.
    touch: named(`UPDATE ${sessions} SET expires_at = $3, header = $4, prune_at = ${pruneAt("$3", "$5")}
      WHERE handle = $1 AND version = $2 AND ${live("$5")} RETURNING true`),
    // Handles, versions, expiries, headers; now. None waits for a session that somebody else is writing.
    touchMany: named(`WITH seen AS (
        SELECT session.handle, touch.expires_at, touch.header
        FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bytea[]) AS touch (handle, version, expires_at, header)
        JOIN ${sessions} AS session
          ON session.handle = touch.handle COLLATE "C" AND session.version = touch.version
        WHERE session.expires_at > $5 AND session.epoch = ${currentEpoch}
        FOR NO KEY UPDATE OF session SKIP LOCKED)
      UPDATE ${sessions} AS session
      SET expires_at = seen.expires_at, header = seen.header, prune_at = ${pruneAt("seen.expires_at", "$5")}
      FROM seen WHERE session.handle = seen.handle RETURNING session.handle`),
    // Handle, now.
    remove: named(`DELETE FROM ${sessions} WHERE handle = $1 RETURNING ${live("$2")} AS live`),
    // Users, now.
    listUsers: unnamed(`SELECT handle, ${COLUMNS} FROM ${sessions}
      WHERE user_hash = ANY ($1::text[]) AND ${live("$2")} AND ${READABLE}`),
    // Users, the handle to keep, now.
    deleteUsers: unnamed(`SELECT ${names.deleteUser}($1, $2, $3) AS removed`),
    // Now.
    deleteAll: unnamed(`SELECT ${names.deleteAll}($1) AS ended`),
    // Epoch.
    countEnded:
      unnamed(`SELECT CASE WHEN counted < ${MOST_COUNTED} THEN counted ELSE greatest(counted, estimate::bigint) END AS removed
      FROM (SELECT count(*) AS counted FROM (SELECT FROM ${sessions} WHERE epoch = $1 LIMIT ${MOST_COUNTED}) AS ended) AS exact,
        (SELECT reltuples AS estimate FROM pg_class WHERE oid = ${literal(sessions)}::regclass) AS rough`),
    // User.
    generation: named(`SELECT max(generation) AS generation FROM ${generations} WHERE user_hash IN ($1, '')`),
    // Now.
    countByKey: unnamed(
      `SELECT key_id, count(*) AS sessions FROM ${sessions} WHERE ${live("$1")} GROUP BY key_id`,
    ),
    // Key, limit.
    deleteByKey: unnamed(`WITH doomed AS (
        SELECT handle FROM ${sessions} WHERE handle IN
          (SELECT handle FROM ${sessions} WHERE key_id = $1 AND epoch = ${currentEpoch} LIMIT $2)
        ORDER BY handle FOR UPDATE)
      DELETE FROM ${sessions} AS session USING doomed WHERE session.handle = doomed.handle RETURNING true`),
    // Name, now.
    readValue: unnamed(`SELECT version, value FROM ${values}
      WHERE name = $1 AND (expires_at IS NULL OR expires_at > $2) AND octet_length(value) <= ${MAX_VALUE_BYTES}`),
    // Name, value, now, expiry.
    addValue: unnamed(`INSERT INTO ${values} AS old (name, version, value, expires_at) VALUES ($1, 1, $2, $4)
      ON CONFLICT (name) DO UPDATE SET version = 1, value = EXCLUDED.value, expires_at = EXCLUDED.expires_at
      WHERE old.expires_at <= $3 RETURNING true`),
    // Name, value, now, expiry, expected version.
    replaceValue: unnamed(`UPDATE ${values} SET version = version + 1, value = $2, expires_at = $4
      WHERE name = $1 AND version = $5 AND (expires_at IS NULL OR expires_at > $3) RETURNING true`),
    // Handle, now, limit.
    scan: unnamed(`SELECT handle, ${COLUMNS} FROM ${sessions}
      WHERE handle > $1 AND ${live("$2")} AND ${READABLE} AND ${NAMED} ORDER BY handle LIMIT $3`),
    // Now, limit, age of forgotten generations. What somebody else has locked is in use, or being pruned.
    prune: unnamed(`WITH due AS (
        SELECT handle, expires_at, epoch < ${currentEpoch} OR expires_at <= $1 AS is_over FROM ${sessions}
        WHERE (epoch, prune_at) <= (${currentEpoch}, $1::bigint)
        ORDER BY epoch, prune_at LIMIT $2 FOR UPDATE SKIP LOCKED
      ), gone AS (
        DELETE FROM ${sessions} AS session USING due WHERE session.handle = due.handle AND due.is_over RETURNING true
      ), kept AS (
        UPDATE ${sessions} AS session SET prune_at = due.expires_at
        FROM due WHERE session.handle = due.handle AND NOT due.is_over
      ), due_values AS (
        SELECT name FROM ${values} WHERE expires_at <= $1::bigint
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
      ), gone_values AS (
        DELETE FROM ${values} AS value
        USING (SELECT name FROM due_values LIMIT $2 - (SELECT count(*) FROM due)) AS due
        WHERE value.name = due.name RETURNING true
      ), forgotten AS (
        DELETE FROM ${generations} WHERE user_hash IN
          (SELECT user_hash FROM ${generations} WHERE at <= $3 LIMIT 1000 FOR UPDATE SKIP LOCKED)
      )
      SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM gone_values) AS removed,
        (SELECT count(*) FROM due) + (SELECT count(*) FROM due_values) AS looked_at`),
  };
}

/** A statement that most requests cause. */
export function named(text: string): Statement {
  const name = `holdfast_${createHash("sha256").update(text).digest("base64url").slice(0, 22)}`;
  return { text, name };
}

/** A statement for operators and upkeep, or whose best plan depends on what it is given. */
export function unnamed(text: string): Statement {
  return { text, name: undefined };
}

/**
 * When to look whether a session has expired: never later than it does, and mostly earlier. An index depends on it, and
 * a row whose indexed columns stay is written again in its own page (HOT). So it is moved only once less than a quarter
 * of the time is left: by about one touch in eight.
 */
function pruneAt(expiresAt: string, now: string): string {
  return `CASE WHEN prune_at <= ${expiresAt} AND (prune_at - ${now}) * 4 > ${expiresAt} - ${now}
    THEN prune_at ELSE ${expiresAt} END`;
}
