import { nameKey } from "../accounts/rules.ts";
import type { User } from "../accounts/users.ts";

/** Who may see and end everybody's sessions: the users that `OPERATORS` names. */
export class Operators {
  readonly #keys: ReadonlySet<string>;

  /** @param names - compared as usernames are; see {@link nameKey} */
  constructor(names: readonly string[]) {
    this.#keys = new Set(names.map(nameKey));
  }

  /** True if nobody is. */
  get none(): boolean {
    return this.#keys.size === 0;
  }

  includes(user: User): boolean {
    return this.#keys.has(nameKey(user.name));
  }
}
