/** What has a place in an {@link ExpiryQueue}. */
export interface Due {
  /** When the queue looks at it; never later than it expires. */
  due: number;
  /** Its position in the queue. */
  slot: number;
}

/**
 * Entries by the time to look at them: a binary heap, so the next one due is found at once and nothing is
 * ever scanned.
 *
 * An entry whose session lives on longer is not moved at each activity: it keeps its old `due`, is met then,
 * and is put back for the new time. That makes activity free and costs one move per idle period.
 */
export class ExpiryQueue<Entry extends Due> {
  readonly #heap: Entry[] = [];

  /** The entry due first. */
  get first(): Entry | undefined {
    return this.#heap[0];
  }

  add(entry: Entry): void {
    entry.slot = this.#heap.length;
    this.#heap.push(entry);
    this.#rise(entry);
  }

  remove(entry: Entry): void {
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, entry.slot);
    this.#rise(last);
    this.#sink(last);
  }

  /** Gives an entry of the queue a new time. */
  reschedule(entry: Entry, due: number): void {
    entry.due = due;
    this.#rise(entry);
    this.#sink(entry);
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #place(entry: Entry, slot: number): void {
    this.#heap[slot] = entry;
    entry.slot = slot;
  }

  #rise(entry: Entry): void {
    let slot = entry.slot;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || parent.due <= entry.due) break;
      this.#place(parent, slot);
      slot = above;
    }
    this.#place(entry, slot);
  }

  #sink(entry: Entry): void {
    let slot = entry.slot;
    for (;;) {
      let below = 2 * slot + 1;
      let child = this.#heap[below];
      if (child === undefined) break;
      const right = this.#heap[below + 1];
      if (right !== undefined && right.due < child.due) {
        child = right;
        below += 1;
      }
      if (entry.due <= child.due) break;
      this.#place(child, slot);
      slot = below;
    }
    this.#place(entry, slot);
  }
}
