import type { StoredRecord } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential } from "./credentials.ts";
import type { RecordHeader } from "./header.ts";

/** A record's header, opened, and proven to be this id's; `null`, and a report, if it is not. */
export function provenHeader(
  codec: RecordCodec,
  credential: Credential,
  record: StoredRecord<unknown>,
  reporter: Reporter,
): RecordHeader | null {
  const { handle } = credential;
  const header = codec.openHeader(handle, record.header);
  if (header !== null && !codec.isProven(header, credential)) {
    reporter.report("session_forged", {}, { handle });
    return null;
  }
  if (header === null || !isFiledRightly(codec, header, record)) {
    reporter.report("session_unreadable", {}, { handle });
    return null;
  }
  return header;
}

// A record that somebody has taken out of its user's index would escape that user's revocations.
function isFiledRightly(codec: RecordCodec, header: RecordHeader, { user }: StoredRecord<unknown>): boolean {
  return header.user === null ? user === null : user !== null && codec.indexNames(header.user).includes(user);
}
