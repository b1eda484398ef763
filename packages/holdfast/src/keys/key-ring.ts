/**
 * The keys of a deployment: the newest signs and seals, every one of them verifies. A key that is taken away
 * ends the sessions that depend on it alone (ASVS 11.2.2).
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { Key } from "./key.ts";

export class KeyRing {
  /** Newest first; never empty. */
  readonly keys: readonly Key[];
  readonly newest: Key;
  readonly #byId = new Map<string, Key>();

  /**
   * @param secrets - newest first, already checked for strength
   * @throws {HoldfastError} `ERR_HOLDFAST_SECRET_MISSING` for an empty list
   */
  constructor(secrets: readonly (string | Uint8Array)[]) {
    this.keys = secrets.map((secret) => new Key(secret));
    const [newest] = this.keys;
    if (newest === undefined) throw new HoldfastError("ERR_HOLDFAST_SECRET_MISSING");
    this.newest = newest;
    // Of two keys with one id (one pair in 16 million) the newer must win, or it could not verify what it signs.
    for (const key of this.keys) if (!this.#byId.has(key.id)) this.#byId.set(key.id, key);
  }

  /** The key with this id, or `undefined`: no trial of one key after another. */
  get(id: string): Key | undefined {
    return this.#byId.get(id);
  }

  /** A user's names in the store's index, one for each key, newest first. */
  userHashes(user: string): string[] {
    return this.keys.map((key) => key.userHash(user));
  }
}
