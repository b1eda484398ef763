import type { UserHash } from "../contract.ts";
import type { Entry } from "./entry.ts";

/** Which sessions a user has. A user without sessions takes no memory. */
export class UserIndex {
  readonly #byUser = new Map<UserHash, Set<Entry>>();

  add(user: UserHash | null, entry: Entry): void {
    if (user === null) return;
    const entries = this.#byUser.get(user);
    if (entries === undefined) this.#byUser.set(user, new Set([entry]));
    else entries.add(entry);
  }

  remove(user: UserHash | null, entry: Entry): void {
    if (user === null) return;
    const entries = this.#byUser.get(user);
    if (entries === undefined) return;
    entries.delete(entry);
    if (entries.size === 0) this.#byUser.delete(user);
  }

  /** A list of its own, each entry once: entries may be removed while it is read. */
  find(users: readonly UserHash[]): Entry[] {
    const found: Entry[] = [];
    for (const user of new Set(users)) found.push(...(this.#byUser.get(user) ?? []));
    return found;
  }

  clear(): void {
    this.#byUser.clear();
  }
}
