import type { StoredRecord, StoredValue } from "../contract.ts";

/**
 * A record as one string: fields in text, for the scripts to read, then the header's and the body's bytes.
 *
 * `version expiresAt epoch cover keyId user headerLength ` - `cover` is how far the user's index is known to reach: an
 * `expiresAt` beyond it has to be entered there first. No user is `-`.
 */
const FIELDS = /^([1-9]\d{0,15}) (\d{1,16}) (\d{1,16}) \d{1,17} (\S{1,64}) (\S{1,128}) (\d{1,8}) /;

/** More than the fields ever take. */
export const FIELD_BYTES = 281;

/** The part of a record that the store passes on as it came. */
export function encodeTail({
  keyId,
  user,
  header,
  body,
}: Omit<StoredRecord, "version" | "expiresAt">): Buffer {
  return Buffer.concat([
    Buffer.from(`${keyId} ${user ?? "-"} ${header.byteLength} `, "latin1"),
    header,
    body,
  ]);
}

/** What a record's fields say. */
interface Head extends Omit<StoredRecord, "header" | "body"> {
  readonly epoch: string;
  readonly headerAt: number;
  readonly bodyAt: number;
}

/** The fields of a record, of which the first {@link FIELD_BYTES} suffice; `null` for what is none. */
export function decodeHead(value: unknown): Head | null {
  const match = Buffer.isBuffer(value) ? FIELDS.exec(value.toString("latin1", 0, FIELD_BYTES)) : null;
  if (match === null) return null;
  const [{ length: headerAt }, , , epoch = "", keyId = "", user = "", headerLength] = match;
  const [version, expiresAt] = [Number(match[1]), Number(match[2])];
  if (!Number.isSafeInteger(version) || !Number.isSafeInteger(expiresAt)) return null;
  return {
    version,
    expiresAt,
    user: user === "-" ? null : user,
    keyId,
    epoch,
    headerAt,
    bodyAt: headerAt + Number(headerLength),
  };
}

/** The record, if it is one of this epoch and lives at `now`; else `null`. */
export function decodeLive(value: unknown, epoch: unknown, now: number): StoredRecord | null {
  if (!Buffer.isBuffer(value) || !Buffer.isBuffer(epoch)) return null;
  const head = decodeHead(value);
  if (head === null || head.epoch !== epoch.toString("latin1") || head.expiresAt <= now) return null;
  const { version, expiresAt, user, keyId, headerAt, bodyAt } = head;
  if (bodyAt > value.length) return null;
  return {
    version,
    expiresAt,
    user,
    keyId,
    header: value.subarray(headerAt, bodyAt),
    body: value.subarray(bodyAt),
  };
}

/** A value as it is stored: its version, `@` and its end if it has one, a space, its bytes. */
const VALUE = /^([1-9]\d{0,15})(?:@(\d{1,16}))? /;

/** More than stands before a value's bytes. */
const VALUE_HEAD_BYTES = 34;

/** The value, if it lives at `now`; else `null`. */
export function decodeValue(stored: unknown, now: number): StoredValue | null {
  if (!Buffer.isBuffer(stored)) return null;
  const match = VALUE.exec(stored.toString("latin1", 0, VALUE_HEAD_BYTES));
  if (match === null) return null;
  const [{ length }, version, expiresAt] = match;
  if (expiresAt !== undefined && Number(expiresAt) <= now) return null;
  return { version: Number(version), value: stored.subarray(length) };
}
