import type { Handle, StoredRecord } from "../contract.ts";
import type { Queued } from "./expiry-queue.ts";

/** One session in memory, with its places in the lists that find it. */
export interface Entry<Payload> extends Queued {
  readonly handle: Handle;
  /** Replaced, never changed: a reader may still hold the old one. */
  record: StoredRecord<Payload>;
  /** What it counts for against `maxBytes`. */
  bytes: number;
  /** Its neighbours in the {@link ActivityList}. */
  older: Entry<Payload> | undefined;
  newer: Entry<Payload> | undefined;
  /** Its neighbours in the {@link UserIndex}. */
  previousOfUser: Entry<Payload> | undefined;
  nextOfUser: Entry<Payload> | undefined;
}

/**
 * What one session takes beside its data, in bytes: its key, its header, its objects and its places in the map, the
 * queues and the user's index. 550 to 900 as measured on Node 20, rounded up.
 */
export const ENTRY_OVERHEAD = 1_000;

/** What a record counts for against `maxBytes`. */
export function weigh({ header, body }: StoredRecord<unknown>): number {
  return sizeOf(header) + sizeOf(body) + ENTRY_OVERHEAD;
}

// What is no bytes may say itself how many it takes.
function sizeOf(payload: unknown): number {
  if (typeof payload !== "object" || payload === null || !("byteLength" in payload)) return 0;
  return typeof payload.byteLength === "number" ? payload.byteLength : 0;
}
