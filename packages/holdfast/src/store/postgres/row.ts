import type { ListedRecord, StoredRecord, StoredValue } from "../contract.ts";
import type { Row } from "./client.ts";

/** The record in a row of the store's columns; `null` if it is none, whoever wrote it. */
export function recordOf(row: Row | undefined): StoredRecord | null {
  if (row === undefined) return null;
  const { user_hash: user, key_id: keyId, header, body } = row;
  const version = exact(row.version);
  const expiresAt = exact(row.expires_at);
  if (version === null || expiresAt === null || version < 1) return null;
  if (typeof keyId !== "string" || (user !== null && typeof user !== "string")) return null;
  if (!(header instanceof Uint8Array) || !(body instanceof Uint8Array)) return null;
  return { version, expiresAt, user, keyId, header, body };
}

/** The records of rows that have their handle as well. */
export function listedOf(rows: readonly Row[]): ListedRecord[] {
  const listed: ListedRecord[] = [];
  for (const row of rows) {
    const record = recordOf(row);
    if (record !== null && typeof row.handle === "string") listed.push({ handle: row.handle, record });
  }
  return listed;
}

/** The value in a row of `holdfast_values`. */
export function storedValueOf(row: Row | undefined): StoredValue | null {
  const version = exact(row?.version);
  const value = row?.value;
  return version !== null && value instanceof Uint8Array ? { version, value } : null;
}

/** How many rows each key has. */
export function keyCounts(rows: readonly Row[]): Map<string, number> {
  return new Map(rows.map(({ key_id, sessions }) => [String(key_id), exact(sessions) ?? 0]));
}

/** The number in a column; 0 where there is none. */
export function numberOf(value: unknown): number {
  return exact(value) ?? 0;
}

/** `pg` gives a bigint as text, unless the app has told it to make a number or a BigInt of it. */
function exact(value: unknown): number | null {
  const number = typeof value === "string" || typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : null;
}
