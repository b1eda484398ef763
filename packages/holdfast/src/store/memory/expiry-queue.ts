/** What has a place in an {@link ExpiryQueue}. */
export interface Queued {
  /** Its position in the queue. */
  slot: number;
}

/**
 * Entries by the time to look at them: a binary heap, so the next one due is found at once and nothing is
 * ever scanned. That time is never later than an entry expires.
 *
 * An entry whose session lives on longer is not moved at each activity: it keeps its old time, is met then,
 * and is put back for the new one. That makes activity free and costs one move per idle period.
 */
export class ExpiryQueue<Entry extends Queued> {
  readonly #heap: Entry[] = [];
  /** The time of each slot. Here they are plain numbers; in an entry V8 would make each an object. */
  readonly #dues: number[] = [];

  /** The entry due first, if it is due by now. */
  firstDue(now: number): Entry | undefined {
    return this.#dueIn(0) <= now ? this.#heap[0] : undefined;
  }

  add(entry: Entry, due: number): void {
    const slot = this.#heap.push(entry) - 1;
    this.#dues.push(due);
    this.#rise(entry, due, slot);
  }

  remove({ slot }: Entry): void {
    const last = this.#heap.pop();
    const due = this.#dues.pop();
    if (last === undefined || due === undefined || slot === this.#heap.length) return;
    this.#settle(last, due, slot);
  }

  /** Gives an entry of the queue a new time. */
  reschedule(entry: Entry, due: number): void {
    this.#settle(entry, due, entry.slot);
  }

  /** Gives an entry of the queue this time, unless it is looked at before. */
  bringForward(entry: Entry, due: number): void {
    if (due < this.#dueIn(entry.slot)) this.#rise(entry, due, entry.slot);
  }

  clear(): void {
    this.#heap.length = 0;
    this.#dues.length = 0;
  }

  #dueIn(slot: number): number {
    return this.#dues[slot] ?? Number.POSITIVE_INFINITY;
  }

  #place(entry: Entry, due: number, slot: number): void {
    this.#heap[slot] = entry;
    this.#dues[slot] = due;
    entry.slot = slot;
  }

  #settle(entry: Entry, due: number, slot: number): void {
    this.#rise(entry, due, slot);
    this.#sink(entry, due);
  }

  #rise(entry: Entry, due: number, from: number): void {
    let slot = from;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = this.#heap[above];
      const dueAbove = this.#dueIn(above);
      if (parent === undefined || dueAbove <= due) break;
      this.#place(parent, dueAbove, slot);
      slot = above;
    }
    this.#place(entry, due, slot);
  }

  #sink(entry: Entry, due: number): void {
    let slot = entry.slot;
    for (;;) {
      let below = 2 * slot + 1;
      if (this.#dueIn(below + 1) < this.#dueIn(below)) below += 1;
      const child = this.#heap[below];
      const dueBelow = this.#dueIn(below);
      if (child === undefined || due <= dueBelow) break;
      this.#place(child, dueBelow, slot);
      slot = below;
    }
    this.#place(entry, due, slot);
  }
}
