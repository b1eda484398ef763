import type { Handle, StoredRecord } from "../contract.ts";

/** One session in memory, with its places in the lists that find it. */
export interface Entry {
  readonly handle: Handle;
  /** Replaced, never changed: a reader may still hold the old one. */
  record: StoredRecord;
  /** What it counts for against `maxBytes`. */
  bytes: number;
  /** When {@link ExpiryQueue} looks at it; never later than the record's `expiresAt`. */
  due: number;
  /** Its position in the {@link ExpiryQueue}. */
  slot: number;
  /** Its neighbours in the {@link ActivityList}. */
  older: Entry | undefined;
  newer: Entry | undefined;
}

/**
 * What one session takes beside its header and body, in bytes: its key, its objects and its places in the
 * map, the queues and the user's index. 550 to 900 as measured on Node 20, rounded up.
 */
export const ENTRY_OVERHEAD = 1_000;

/** What a record counts for against `maxBytes`. */
export function weigh(record: StoredRecord): number {
  return record.header.byteLength + record.body.byteLength + ENTRY_OVERHEAD;
}

/**
 * A record to keep. Small Buffers are slices of Node's shared 8 KiB pool, and a slice keeps the whole pool
 * alive: 100,000 sessions could hold 800 MB. So bytes that hold much more memory than they show are copied
 * into memory of their own; others are kept as they are.
 */
export function ownedRecord(version: number, record: Omit<StoredRecord, "version">): StoredRecord {
  const { expiresAt, user, keyId } = record;
  let { header, body } = record;
  const size = header.byteLength + body.byteLength;
  const held = header.buffer.byteLength + (body.buffer === header.buffer ? 0 : body.buffer.byteLength);
  if (held > 2 * size + 256) {
    const memory = new ArrayBuffer(size);
    const ownHeader = new Uint8Array(memory, 0, header.byteLength);
    const ownBody = new Uint8Array(memory, header.byteLength);
    ownHeader.set(header);
    ownBody.set(body);
    header = ownHeader;
    body = ownBody;
  }
  return { version, expiresAt, user, keyId, header, body };
}
