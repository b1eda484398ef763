import type { Handle, IndexedUser, StoredRecord } from "../contract.ts";
import type { Change } from "./change.ts";

/** What may be kept, and for how long. */
export interface Bounds {
  /** Milliseconds from the start of a read, for which its answer may be served. */
  readonly maxStale: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

interface Entry {
  readonly record: StoredRecord;
  readonly bytes: number;
  /** When the read began, on the monotonic clock. */
  readonly readAt: number;
  /** The time of day that the reader was told. */
  readonly toldAt: number;
}

/** A read that may become an entry once it is answered. */
export interface Fill {
  readonly handle: Handle;
  readonly readAt: number;
  readonly toldAt: number;
}

/** What an entry takes beside its bytes, roughly. */
const OVERHEAD = 400;

/** Records that were read a short while ago, the oldest reading first: it is also the first to be over. */
export class Entries {
  readonly #bounds: Bounds;
  readonly #entries = new Map<Handle, Entry>();
  readonly #ofUser = new Map<IndexedUser, Set<Handle>>();
  // The latest read of each handle that is on its way. One that is no longer here has been overtaken by a change.
  readonly #fills = new Map<Handle, Fill>();
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The record, if it was read less than `maxStale` ago by both clocks: the monotonic one stands still while a virtual
   * machine does, and the time of day may be set.
   */
  get(handle: Handle, now: number, at: number): StoredRecord | undefined {
    const entry = this.#entries.get(handle);
    if (entry === undefined) return undefined;
    const { maxStale } = this.#bounds;
    if (
      at - entry.readAt < maxStale &&
      Math.abs(now - entry.toldAt) < maxStale &&
      now < entry.record.expiresAt
    )
      return entry.record;
    this.#remove(handle, entry);
    return undefined;
  }

  /** Notes that a read begins. */
  begin(handle: Handle, now: number, at: number): Fill {
    const fill = { handle, readAt: at, toldAt: now };
    this.#fills.set(handle, fill);
    return fill;
  }

  /** A read has failed. */
  giveUp(fill: Fill): void {
    if (this.#fills.get(fill.handle) === fill) this.#fills.delete(fill.handle);
  }

  /**
   * Keeps what a read has found, unless a change or a later read of the same handle has come in between. Nothing is
   * kept of a record that is not there.
   *
   * @returns the record to hand on: the same object each time
   */
  keep(fill: Fill, found: StoredRecord | null): StoredRecord | null {
    const { handle, readAt, toldAt } = fill;
    if (this.#fills.get(handle) !== fill) return found;
    this.#fills.delete(handle);
    const before = this.#entries.get(handle);
    if (before !== undefined) this.#remove(handle, before);
    // A store across a network may say `undefined`.
    if (found === null || found === undefined) return found;
    const bytes = found.header.byteLength + found.body.byteLength + OVERHEAD;
    if (bytes > this.#bounds.maxBytes) return found;
    const record = ownCopy(found);
    this.#add(handle, { record, bytes, readAt, toldAt });
    this.#makeRoom(readAt);
    return record;
  }

  /** Forgets what a change is about, and what reads under way may bring of it. */
  drop({ kind, names }: Change): void {
    switch (kind) {
      case "handles":
        for (const handle of names) {
          this.#fills.delete(handle);
          this.#forget(handle);
        }
        return;
      case "users":
        // Whose record a read will bring is not known before it does.
        this.#fills.clear();
        for (const user of names)
          for (const handle of [...(this.#ofUser.get(user) ?? [])]) this.#forget(handle);
        return;
      case "key":
        this.#fills.clear();
        for (const [handle, { record }] of this.#entries)
          if (names.includes(record.keyId)) this.#forget(handle);
        return;
      case "everything":
        this.clear();
    }
  }

  clear(): void {
    this.#fills.clear();
    this.#entries.clear();
    this.#ofUser.clear();
    this.#bytes = 0;
  }

  #makeRoom(at: number): void {
    const { maxStale, maxEntries, maxBytes } = this.#bounds;
    for (const [handle, entry] of this.#entries) {
      const isOver = at - entry.readAt >= maxStale;
      if (!isOver && this.#entries.size <= maxEntries && this.#bytes <= maxBytes) return;
      this.#remove(handle, entry);
    }
  }

  #forget(handle: Handle): void {
    const entry = this.#entries.get(handle);
    if (entry !== undefined) this.#remove(handle, entry);
  }

  #add(handle: Handle, entry: Entry): void {
    this.#entries.set(handle, entry);
    this.#bytes += entry.bytes;
    const { user } = entry.record;
    if (user === null) return;
    const handles = this.#ofUser.get(user);
    if (handles === undefined) this.#ofUser.set(user, new Set([handle]));
    else handles.add(handle);
  }

  #remove(handle: Handle, { bytes, record: { user } }: Entry): void {
    this.#entries.delete(handle);
    this.#bytes -= bytes;
    if (user === null) return;
    const handles = this.#ofUser.get(user);
    handles?.delete(handle);
    if (handles?.size === 0) this.#ofUser.delete(user);
  }
}

// A driver's bytes are often a view of a much larger reply, which must not stay in memory for them.
function ownCopy({ version, expiresAt, user, keyId, header, body }: StoredRecord): StoredRecord {
  return Object.freeze({
    version,
    expiresAt,
    user,
    keyId,
    header: new Uint8Array(header),
    body: new Uint8Array(body),
  });
}
