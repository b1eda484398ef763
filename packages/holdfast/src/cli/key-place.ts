import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../crypto/random.ts";
import { fileSource } from "../keys/key-file.ts";
import type { KeySource } from "../keys/provider.ts";
import { checkSecrets } from "../keys/secrets.ts";
import { StoreSource } from "../keys/stored-keys.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { UsageError } from "./command.ts";

/** Where a command finds the keys, and the sessions that depend on them. */
export interface KeyPlace {
  readonly source: KeySource;
  /** `undefined` where only the key file was named. */
  readonly store: SqliteStore | undefined;
  /** The place's name, for messages. */
  readonly name: string;
}

/**
 * The keys in a file (`--file`), else in a session store (`--store`), whose wrapping secret is read from
 * SESSION_SECRET: what stands on a command line can be seen by every user of the machine.
 *
 * @throws {UsageError} if nothing is named, or it is not there; what the store throws
 */
export function openKeyPlace(file: string | undefined, database: string | undefined): KeyPlace {
  if (file === undefined && database === undefined) {
    throw new UsageError("Name the key file with --file, or the session store with --store.");
  }
  if (file !== undefined && !existsSync(file)) throw new UsageError(`There is no key file ${resolve(file)}.`);
  if (database !== undefined && !existsSync(database)) {
    throw new UsageError(`There is no session database ${resolve(database)}.`);
  }
  if (file !== undefined) {
    const store = database === undefined ? undefined : new SqliteStore(database);
    return { source: fileSource(resolve(file)), store, name: `The key file ${resolve(file)}` };
  }
  const { SESSION_SECRET } = process.env;
  if (!SESSION_SECRET) {
    throw new UsageError(
      "The keys in a store are wrapped: set SESSION_SECRET to the secret of storedKeys().",
    );
  }
  const secrets = checkSecrets(SESSION_SECRET);
  const store = new SqliteStore(database ?? "");
  const source = new StoreSource(secrets, { store, random: systemRandom, now: systemClock.now });
  return { source, store, name: `The session database ${resolve(database ?? "")}` };
}
