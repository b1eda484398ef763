import type { IndexedUser } from "../contract.ts";
import type { Entry } from "./entry.ts";

/** Which sessions a user has: a chain through the entries themselves. A user without sessions takes no memory. */
export class UserIndex<Payload> {
  /** The newest session of each user. */
  readonly #newest = new Map<IndexedUser, Entry<Payload>>();

  add(user: IndexedUser | null, entry: Entry<Payload>): void {
    if (user === null) return;
    const next = this.#newest.get(user);
    entry.nextOfUser = next;
    if (next !== undefined) next.previousOfUser = entry;
    this.#newest.set(user, entry);
  }

  remove(user: IndexedUser | null, entry: Entry<Payload>): void {
    if (user === null) return;
    const { previousOfUser: previous, nextOfUser: next } = entry;
    if (next !== undefined) next.previousOfUser = previous;
    if (previous !== undefined) previous.nextOfUser = next;
    else if (next !== undefined) this.#newest.set(user, next);
    else this.#newest.delete(user);
    entry.previousOfUser = undefined;
    entry.nextOfUser = undefined;
  }

  /** A list of its own, each entry once: entries may be removed while it is read. */
  find(users: readonly IndexedUser[]): Entry<Payload>[] {
    const found: Entry<Payload>[] = [];
    for (const user of new Set(users)) {
      for (let at = this.#newest.get(user); at !== undefined; at = at.nextOfUser) found.push(at);
    }
    return found;
  }

  clear(): void {
    this.#newest.clear();
  }
}
