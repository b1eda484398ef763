import type { SessionEvent } from "../session/events.ts";
import { bodyOf } from "./entry.ts";

/** So much goes to the disk at once, in characters. */
const BATCH = 262_144;

/**
 * What waits for the disk, in order and bounded. When there is no room left the newest are dropped, so that a flood
 * cannot wash away how it began; they are counted, and the count takes their place.
 */
export class Backlog {
  readonly #most: number;
  readonly #waiting: string[] = [];
  #length = 0;
  /** Something was dropped, and not everything has been written since. */
  #isOverfull = false;
  /** Dropped after all that waits. */
  #lost: { readonly counts: Record<string, number>; readonly from: string; to: string } | undefined;

  /** @param most - characters that may wait */
  constructor(most: number) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#lost === undefined;
  }

  /** @returns false if it is the first to be dropped since nothing waited */
  add({ type, at }: SessionEvent, body: string): boolean {
    if (this.#length + body.length <= this.#most) {
      this.#closeGap();
      this.#push(body);
      return true;
    }
    const isFirst = !this.#isOverfull;
    this.#isOverfull = true;
    this.#lost ??= { counts: {}, from: at, to: at };
    this.#lost.counts[type] = (this.#lost.counts[type] ?? 0) + 1;
    this.#lost.to = at;
    return !isFirst;
  }

  /** Bodies of the next lines, oldest first; they wait until they are {@link remove}d. */
  next(): readonly string[] {
    // Only here: a gap that is still open keeps counting, so a long outage makes one line and not many.
    if (this.#waiting.length === 0) this.#closeGap();
    let length = 0;
    const end = this.#waiting.findIndex((body) => {
      length += body.length;
      return length > BATCH;
    });
    return end === -1 ? [...this.#waiting] : this.#waiting.slice(0, Math.max(end, 1));
  }

  remove(count: number): void {
    for (const body of this.#waiting.splice(0, count)) this.#length -= body.length;
    if (this.isEmpty) this.#isOverfull = false;
  }

  #closeGap(): void {
    if (this.#lost === undefined) return;
    const { counts, from, to } = this.#lost;
    this.#lost = undefined;
    this.#push(bodyOf({ type: "audit_gap", at: to, reason: "dropped", lost: counts, from }));
  }

  #push(body: string): void {
    this.#waiting.push(body);
    this.#length += body.length;
  }
}
