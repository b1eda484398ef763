import { literal, type Names } from "./names.ts";

/**
 * The functions of schema version 1. Each statement of a PL/pgSQL function sees what was committed before it began; a
 * statement of several parts sees what was committed before the whole began. So what must wait for a lock and then look
 * is a function: one round trip, one transaction, whichever connection a pooler gives it.
 *
 * Locks are taken in one order: everybody's, then users' by number, then rows by handle.
 */
export function functionsOf(names: Names): string {
  return [lockUsers(names), lockEverybody(names), create(names), deleteUser(names), deleteAll(names)].join(
    "\n",
  );
}

/** Quoted as a literal and not between dollars, since a schema's name may hold those. */
function declare(signature: string, returns: string, language: "plpgsql" | "sql", body: string): string {
  return `CREATE FUNCTION ${signature} RETURNS ${returns} LANGUAGE ${language} AS ${literal(body)};`;
}

/** Advisory locks are numbers, shared by the whole database: the table's own number keeps two stores apart. */
function seed({ sessions }: Names): string {
  return `${literal(sessions)}::regclass::oid::bigint`;
}

/** Alone, or shared with others who only must not meet one who is alone. To the end of the transaction. */
function lockUsers(names: Names): string {
  return declare(
    `${names.lockUsers}(users text[], alone boolean)`,
    "void",
    "plpgsql",
    `
DECLARE
  lock bigint;
BEGIN
  FOR lock IN SELECT DISTINCT hashtextextended(name, ${seed(names)}) FROM unnest(users) AS name ORDER BY 1 LOOP
    IF alone THEN
      PERFORM pg_advisory_xact_lock(lock);
    ELSE
      PERFORM pg_advisory_xact_lock_shared(lock);
    END IF;
  END LOOP;
END`,
  );
}

/** Nobody's hash is empty, so the empty one stands for everybody. */
function lockEverybody(names: Names): string {
  return declare(
    `${names.lockEverybody}(alone boolean)`,
    "void",
    "sql",
    `
  SELECT ${names.lockUsers}(ARRAY[''], alone)
`,
  );
}

/**
 * The epoch is read before the generation: whoever removes everything in between has moved both, and the new row, of
 * the old epoch, is dead when it is born.
 */
function create(names: Names): string {
  return declare(
    `${names.create}(
  new_handle text, new_expires_at bigint, new_user text, new_key_id text, new_header bytea, new_body bytea,
  now_ms bigint, seen bigint, limited text[], most integer, evict boolean
)`,
    "text",
    "plpgsql",
    `
DECLARE
  this_epoch integer;
BEGIN
  IF limited IS NOT NULL THEN
    PERFORM ${names.lockUsers}(limited || new_user, true);
  ELSIF seen IS NOT NULL AND new_user IS NOT NULL THEN
    PERFORM ${names.lockUsers}(ARRAY[new_user], false);
  END IF;
  SELECT epoch INTO STRICT this_epoch FROM ${names.epoch};
  IF EXISTS (SELECT FROM ${names.generations} WHERE user_hash IN (new_user, '') AND generation > seen) THEN
    RETURN 'revoked';
  END IF;
  IF NOT evict AND most <= (
    SELECT count(*) FROM ${names.sessions}
    WHERE user_hash = ANY (limited) AND expires_at > now_ms AND epoch = this_epoch
  ) THEN
    RETURN 'limit';
  END IF;
  INSERT INTO ${names.sessions} AS old (handle, version, epoch, expires_at, prune_at, user_hash, key_id, header, body)
  VALUES (new_handle, 1, this_epoch, new_expires_at, new_expires_at, new_user, new_key_id, new_header, new_body)
  ON CONFLICT (handle) DO UPDATE SET
    version = 1, epoch = this_epoch, expires_at = new_expires_at, prune_at = new_expires_at, user_hash = new_user,
    key_id = new_key_id, header = new_header, body = new_body
  WHERE old.expires_at <= now_ms OR old.epoch < this_epoch;
  IF NOT FOUND THEN
    RETURN 'exists';
  END IF;
  IF evict THEN
    DELETE FROM ${names.sessions} WHERE handle IN (
      SELECT handle FROM ${names.sessions} WHERE handle = ANY (ARRAY(
        SELECT handle FROM ${names.sessions}
        WHERE user_hash = ANY (limited) AND handle <> new_handle AND expires_at > now_ms AND epoch = this_epoch
        ORDER BY expires_at DESC, handle DESC OFFSET most - 1
      )) ORDER BY handle FOR UPDATE
    );
    IF FOUND THEN
      RETURN 'evicted';
    END IF;
  END IF;
  RETURN 'created';
END`,
  );
}

/** Numbers are drawn under the locks, so that for nobody a higher one becomes visible before a lower one. */
function deleteUser(names: Names): string {
  return declare(
    `${names.deleteUser}(users text[], kept text, now_ms bigint)`,
    "bigint",
    "plpgsql",
    `
DECLARE
  removed bigint;
BEGIN
  PERFORM ${names.lockEverybody}(false);
  PERFORM ${names.lockUsers}(users, true);
  INSERT INTO ${names.generations} (user_hash, at)
  SELECT DISTINCT name, now_ms FROM unnest(users) AS name ORDER BY name
  ON CONFLICT (user_hash) DO UPDATE SET generation = EXCLUDED.generation, at = EXCLUDED.at;
  WITH doomed AS (
    SELECT handle FROM ${names.sessions} WHERE user_hash = ANY (users) AND handle IS DISTINCT FROM kept
    ORDER BY handle FOR UPDATE
  ), gone AS (
    DELETE FROM ${names.sessions} AS session USING doomed WHERE session.handle = doomed.handle
    RETURNING session.expires_at, session.epoch
  )
  SELECT count(*) INTO removed FROM gone
  WHERE gone.expires_at > now_ms AND gone.epoch = (SELECT epoch FROM ${names.epoch});
  RETURN removed;
END`,
  );
}

/** Returns the epoch that has ended; the rows of it are dead from then on, and pruned later. */
function deleteAll(names: Names): string {
  return declare(
    `${names.deleteAll}(now_ms bigint)`,
    "integer",
    "plpgsql",
    `
DECLARE
  ended integer;
BEGIN
  PERFORM ${names.lockEverybody}(true);
  UPDATE ${names.epoch} SET epoch = epoch + 1 RETURNING epoch - 1 INTO STRICT ended;
  INSERT INTO ${names.generations} (user_hash, at) VALUES ('', now_ms)
  ON CONFLICT (user_hash) DO UPDATE SET generation = EXCLUDED.generation, at = EXCLUDED.at;
  RETURN ended;
END`,
  );
}
