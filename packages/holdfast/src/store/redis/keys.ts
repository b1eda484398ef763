import type { Handle, IndexedUser } from "../contract.ts";

/**
 * The names of the store's keys. The part in braces decides which server of a cluster has a key, so keys with the same
 * one can be used by one script. Sessions fall into 4,096 groups by the first two characters of their handles, users
 * into 64 by the first of their hashes.
 */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get schema(): string {
    return `${this.#prefix}schema`;
  }

  /** A session's record. */
  session(handle: Handle): string {
    return `${this.#prefix}s:{${handle.slice(0, 2)}}${handle.slice(2)}`;
  }

  /** The epoch of the sessions in one group: a record of another one counts as absent. */
  epoch(handle: Handle): string {
    return `${this.#prefix}e:{${handle.slice(0, 2)}}`;
  }

  /** Every epoch there may be. */
  *epochs(): Iterable<string> {
    for (const first of ALPHABET) for (const second of ALPHABET) yield this.epoch(first + second);
  }

  /** The handles of a user's sessions. */
  userIndex(user: IndexedUser): string {
    return `${this.#prefix}u:${tagged(user)}`;
  }

  /** When the user's sessions were last deleted. */
  generation(user: IndexedUser): string {
    return `${this.#prefix}g:${tagged(user)}`;
  }

  /** When everybody's were, as one group of users sees it. */
  groupGeneration(user: IndexedUser): string {
    return `${this.#prefix}all:{${groupOf(user)}}`;
  }

  *groupGenerations(): Iterable<string> {
    for (const first of ALPHABET) yield this.groupGeneration(first);
  }

  value(name: string): string {
    return `${this.#prefix}v:${name}`;
  }

  /** A pattern for all session keys, for `SCAN`. */
  get sessionPattern(): string {
    return `${this.#prefix.replace(/[\\*?[\]]/g, "\\$&")}s:{*`;
  }

  /** The handle in a session's key. */
  handleIn(key: string): Handle {
    return key.slice(this.#prefix.length + 2).replace(/[{}]/g, "");
  }
}

/** base64url. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function groupOf(user: IndexedUser): string {
  return user.slice(0, 1) || "-";
}

function tagged(user: IndexedUser): string {
  return `{${groupOf(user)}}${user.slice(1)}`;
}
