/**
 * The numbers that end sessions without finding them. Each is replaced by another random one, in one write that needs no
 * read before it: however many processes revoke at once, none undoes what another has done.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import type { IndexedUser } from "../contract.ts";
import { EVERYONE, nameOf, readToken, type SessionEntry, tokenObject } from "./entries.ts";
import type { ForeignCalls } from "./foreign-store.ts";

const DAY = 86_400_000;

/** How long a user's revocation is known: longer than browsers keep a cookie, which is 400 days. */
export const KNOWN_FOR: number = 401 * DAY;
const FOR_EVER = Number.POSITIVE_INFINITY;

/** What a sign-in began under. */
export interface Standing {
  readonly everyone: number;
  readonly revoked: number;
  /** As `userGeneration` answers it: moves when any of the numbers does. */
  readonly generation: number;
}

/** The number of a revocation, by user or {@link EVERYONE}. */
export type TokenOf = (name: string) => number;

/** True if nothing has been revoked since the session began. */
export function stands(entry: SessionEntry, tokenOf: TokenOf, now: number): boolean {
  if (entry.everyone !== tokenOf(EVERYONE)) return false;
  const { user } = entry.record;
  if (user === null) return true;
  // One so old that its user's revocation may have been forgotten is over, too.
  return entry.revoked === tokenOf(user) && now - entry.createdAt < KNOWN_FOR - DAY;
}

export class Revocations {
  readonly #calls: ForeignCalls;

  constructor(calls: ForeignCalls) {
    this.#calls = calls;
  }

  /** The number under which sessions of this user, or of everybody, are begun now; 0: none was revoked yet. */
  async tokenOf(name: string): Promise<number> {
    return readToken("revoked", name, await this.#calls.get(nameOf("revoked", name)));
  }

  async standingOf(user: IndexedUser): Promise<Standing> {
    const [everyone, revoked, signedOut] = await Promise.all([
      this.tokenOf(EVERYONE),
      this.tokenOf(user),
      this.#calls.get(nameOf("signed-out", user)),
    ]);
    const generation = everyone + revoked + readToken("signed-out", user, signedOut);
    return { everyone, revoked, generation };
  }

  async tokensOf(names: readonly string[]): Promise<Map<string, number>> {
    return new Map(await Promise.all(names.map(async (name) => [name, await this.tokenOf(name)] as const)));
  }

  /** Ends every session of everybody that has begun. */
  revokeEveryone(): Promise<void> {
    return this.#move("revoked", EVERYONE, FOR_EVER);
  }

  /**
   * Ends every session of a user that has begun.
   *
   * @param users - the user's name under each key
   */
  async revoke(users: readonly IndexedUser[]): Promise<void> {
    const all = (): Promise<unknown> =>
      Promise.all(users.map((user) => this.#move("revoked", user, KNOWN_FOR)));
    await all();
    // A session that is taking another of these names has read that name's number first, and then found its old name's
    // as it was. So it has not seen a number of this second time.
    if (users.length > 1) await all();
  }

  /** Refuses every sign-in of a user that has begun, and leaves sessions as they are. */
  refuseSignIns(user: IndexedUser): Promise<void> {
    return this.#move("signed-out", user, KNOWN_FOR);
  }

  #move(kind: "revoked" | "signed-out", name: string, life: number): Promise<void> {
    // The sum of three is still a safe integer.
    const token = randomInt(1, 2 ** 48 - 1);
    return this.#calls.set(nameOf(kind, name), tokenObject(kind, name, token, life));
  }
}
