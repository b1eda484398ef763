import type { IndexedUser } from "../contract.ts";
import type { Entry } from "./entry.ts";

/** Which sessions a user has. A user without sessions takes no memory. */
export class UserIndex<Payload> {
  readonly #byUser = new Map<IndexedUser, Set<Entry<Payload>>>();

  add(user: IndexedUser | null, entry: Entry<Payload>): void {
    if (user === null) return;
    const entries = this.#byUser.get(user);
    if (entries === undefined) this.#byUser.set(user, new Set([entry]));
    else entries.add(entry);
  }

  remove(user: IndexedUser | null, entry: Entry<Payload>): void {
    if (user === null) return;
    const entries = this.#byUser.get(user);
    if (entries === undefined) return;
    entries.delete(entry);
    if (entries.size === 0) this.#byUser.delete(user);
  }

  /** A list of its own, each entry once: entries may be removed while it is read. */
  find(users: readonly IndexedUser[]): Entry<Payload>[] {
    const found: Entry<Payload>[] = [];
    for (const user of new Set(users)) found.push(...(this.#byUser.get(user) ?? []));
    return found;
  }

  clear(): void {
    this.#byUser.clear();
  }
}
