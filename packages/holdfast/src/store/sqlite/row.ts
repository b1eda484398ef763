import type { ListedRecord, StoredRecord, StoredValue } from "../contract.ts";

type Row = readonly unknown[];

/** The record in a row of the store's columns; `null` if it is none, whoever wrote it. */
export function recordOf(row: Row | undefined): StoredRecord | null {
  if (row === undefined) return null;
  const [version, expiresAt, headerLength, bodyLength, bytes] = row;
  if (typeof version !== "number" || typeof expiresAt !== "number") return null;
  if (typeof headerLength !== "number" || typeof bodyLength !== "number") return null;
  if (!(bytes instanceof Uint8Array)) return null;
  const bodyEnd = headerLength + bodyLength;
  const owner = latin1(bytes, bodyEnd);
  const end = owner.indexOf(":");
  const user = end + 1 < owner.length ? owner.slice(end + 1) : null;
  const header = bytes.subarray(0, headerLength);
  const body = bytes.subarray(headerLength, bodyEnd);
  return { version, expiresAt, user, keyId: owner.slice(0, end), header, body };
}

/** The same with the handle, which such rows carry last. */
export function listedOf(row: Row): ListedRecord | null {
  const record = recordOf(row);
  const handle = row[5];
  return record !== null && handle instanceof Uint8Array ? { handle: latin1(handle), record } : null;
}

/** The value in a row of `holdfast_values`. */
export function storedValueOf(row: Row | undefined): StoredValue | null {
  const [version, value] = row ?? [];
  return typeof version === "number" && value instanceof Uint8Array ? { version, value } : null;
}

/** How many rows each key has. */
export function keyCounts(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [keyId, sessions] of rows) {
    if (keyId instanceof Uint8Array) counts.set(latin1(keyId), Number(sessions));
  }
  return counts;
}

/** Handles, key ids and user hashes are base64url; anything else in their place only has to come out harmless. */
function latin1(bytes: Uint8Array, from = 0): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", from);
}
