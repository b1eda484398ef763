import type { StoredRecord } from "../../store/contract.ts";
import type { RecordCodec } from "./codec.ts";
import type { RecordHeader, StampedHeader } from "./header.ts";

/** A record's header, opened; `null` if this deployment did not write it, or not for this handle and this user. */
export function readHeader(
  codec: RecordCodec,
  handle: string,
  record: StoredRecord<unknown>,
): StampedHeader | null {
  const opened = codec.openHeader(handle, record.header);
  return opened !== null && isFiledRightly(codec, opened.header, record) ? opened : null;
}

// A record that somebody has taken out of its user's index would escape that user's revocations.
function isFiledRightly(codec: RecordCodec, header: RecordHeader, { user }: StoredRecord<unknown>): boolean {
  return header.user === null ? user === null : user !== null && codec.indexNames(header.user).includes(user);
}
