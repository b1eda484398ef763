import type { Entry } from "./entry.ts";

/** Entries from the longest without activity to the latest active, and what they weigh together. */
export class ActivityList<Payload> {
  oldest: Entry<Payload> | undefined;
  #newest: Entry<Payload> | undefined;
  size = 0;
  bytes = 0;

  add(entry: Entry<Payload>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.size += 1;
    this.bytes += entry.bytes;
  }

  remove(entry: Entry<Payload>): void {
    if (entry.older === undefined) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    entry.older = undefined;
    entry.newer = undefined;
    this.size -= 1;
    this.bytes -= entry.bytes;
  }

  clear(): void {
    this.oldest = undefined;
    this.#newest = undefined;
    this.size = 0;
    this.bytes = 0;
  }
}
