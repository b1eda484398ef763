import { GENERATION_MS } from "../bounds.ts";
import type { IndexedUser } from "../contract.ts";

/**
 * When each user's sessions were last removed, so that a sign-in that began before can be told.
 *
 * Numbers come from one counter and never repeat, so a forgotten user who is removed again gets a number
 * that no sign-in in flight can hold.
 */
export class Generations {
  /** In the order of the removals: a user who is removed again moves to the end. */
  readonly #byUser = new Map<IndexedUser, { readonly generation: number; readonly at: number }>();
  readonly #limit: number;
  #last = 0;
  /** Counts for every user not in the map: the newest that was dropped early, for want of room, or that was for all. */
  #floor = 0;
  #floorAt = 0;

  /** @param limit - how many users are kept at most. Beyond it sign-ins in flight are refused, not let through. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  of(user: IndexedUser): number {
    return this.#byUser.get(user)?.generation ?? this.#floor;
  }

  advance(user: IndexedUser, now: number): void {
    this.prune(now);
    this.#byUser.delete(user);
    this.#last += 1;
    this.#byUser.set(user, { generation: this.#last, at: now });
    if (this.#byUser.size <= this.#limit) return;
    for (const [oldest, { generation }] of this.#byUser) {
      this.#byUser.delete(oldest);
      this.#floor = generation;
      this.#floorAt = now;
      break;
    }
  }

  advanceAll(now: number): void {
    this.#byUser.clear();
    this.#last += 1;
    this.#floor = this.#last;
    this.#floorAt = now;
  }

  /** Forgets what is more than an hour old. */
  prune(now: number): void {
    for (const [user, { at }] of this.#byUser) {
      if (at > now - GENERATION_MS) break;
      this.#byUser.delete(user);
    }
    if (this.#floorAt <= now - GENERATION_MS) this.#floor = 0;
  }

  clear(): void {
    this.#byUser.clear();
  }
}
