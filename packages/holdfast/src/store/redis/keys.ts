import type { Handle, IndexedUser } from "../contract.ts";

/**
 * The names of the store's keys. The part in braces decides which server of a cluster has a key, so keys with the same
 * one can be used by one script. Sessions fall into 512 groups by the beginning of their handles, users into 64 by
 * that of their hashes: enough to load the servers alike, few enough to be gone through.
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
    return `${this.#prefix}s:{${groupOfSession(handle)}}${handle}`;
  }

  /** The epoch of the sessions in one group: a record of another one counts as absent. */
  epoch(handle: Handle): string {
    return `${this.#prefix}e:{${groupOfSession(handle)}}`;
  }

  /** Every epoch there may be. */
  *epochs(): Iterable<string> {
    for (const first of ALPHABET) for (const second of "01234567") yield this.epoch(first + second);
  }

  /** The handles of a user's sessions. */
  userIndex(user: IndexedUser): string {
    return `${this.#prefix}u:{${groupOf(user)}}${user}`;
  }

  /** When the user's sessions were last deleted. */
  generation(user: IndexedUser): string {
    return `${this.#prefix}g:{${groupOf(user)}}${user}`;
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
    return key.slice(this.#prefix.length + "s:{??}".length);
  }
}

/** base64url. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Three bits of the second character, which are also those of the digit that stands for them.
function groupOfSession(handle: Handle): string {
  return `${handle.slice(0, 1)}${handle.charCodeAt(1) & 7}`;
}

function groupOf(user: IndexedUser): string {
  return user.slice(0, 1) || "-";
}
