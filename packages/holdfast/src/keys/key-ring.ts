/**
 * The keys of a deployment at this moment: the newest signs and seals, every one of them verifies. A key that is taken
 * away ends the sessions that depend on it alone (ASVS 11.2.2).
 *
 * Every lookup is a field or a map: whatever depends on the time is settled when the keys are replaced.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { Key } from "./key.ts";

/** Who wants to know what happens to a ring. */
export interface KeyRingWatcher {
  /** The keys are others now. */
  changed(): void;
  /** A key was asked for that is not in the ring: another process may have made it. */
  missed(): void;
}

export class KeyRing {
  #keys: readonly Key[] = [];
  #newest: Key | undefined = undefined;
  #byId: ReadonlyMap<string, Key> = new Map();
  #revoked: readonly Key[] = [];
  #outdated: ReadonlySet<string> = new Set();
  #watcher: KeyRingWatcher | undefined = undefined;

  /**
   * @param secrets - newest first, already checked for strength; left out where the keys come later
   * @throws {HoldfastError} `ERR_HOLDFAST_SECRET_MISSING` for an empty list
   */
  constructor(secrets?: readonly (string | Uint8Array)[]) {
    if (secrets === undefined) return;
    const [newest, ...older] = secrets.map((secret) => new Key(secret));
    if (newest === undefined) throw new HoldfastError("ERR_HOLDFAST_SECRET_MISSING");
    this.replace(newest, [], older);
  }

  /** True once there are keys. */
  get loaded(): boolean {
    return this.#newest !== undefined;
  }

  /** The one that signs first, then those that will, then those that did. */
  get keys(): readonly Key[] {
    return this.#keys;
  }

  /** The one that signs. @throws {HoldfastError} `ERR_HOLDFAST_KEYS_UNAVAILABLE` before there are keys */
  get newest(): Key {
    if (this.#newest === undefined) throw new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE");
    return this.#newest;
  }

  /** The key with this id, or `undefined`: no trial of one key after another. */
  get(id: string): Key | undefined {
    const key = this.#byId.get(id);
    if (key === undefined) this.#watcher?.missed();
    return key;
  }

  /** True if the key is accepted. Nobody is told of a miss. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** True if what depends on this key should be signed anew: the key is accepted, and a newer one signs. */
  isOutdated(id: string): boolean {
    return this.#outdated.has(id);
  }

  /**
   * A user's names in the store's index: one for each key that is accepted, the signing one's first, and for those revoked,
   * under which other processes may have stored sessions since.
   */
  userHashes(user: string): string[] {
    return this.known.map((key) => key.userHash(user));
  }

  /** Those that are accepted, the signing one first, and those revoked. */
  get known(): readonly Key[] {
    return [...this.#keys, ...this.#revoked];
  }

  /**
   * @param pending - they sign later
   * @param older - they have signed
   * @param revoked - those known from before
   */
  replace(signing: Key, pending: readonly Key[], older: readonly Key[], revoked: readonly Key[] = []): void {
    this.#newest = signing;
    this.#revoked = revoked;
    this.#keys = [signing, ...pending, ...older];
    // Of two keys with one id (one pair in 16 million) the first must win, or it could not verify what it signs.
    this.#byId = new Map(this.#keys.toReversed().map((key) => [key.id, key]));
    this.#outdated = new Set(older.map(({ id }) => id).filter((id) => id !== signing.id));
    this.#watcher?.changed();
  }

  watch(watcher: KeyRingWatcher): void {
    this.#watcher = watcher;
  }
}
