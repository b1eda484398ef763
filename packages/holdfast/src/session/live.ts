import type { StoredRecord } from "../store/contract.ts";
import type { Credential } from "./credentials.ts";
import type { RecordHeader } from "./record-header.ts";

/** A session as last read from, or written to, the store: proven, opened, within its limits. */
export interface Live {
  readonly credential: Credential;
  readonly record: StoredRecord;
  readonly header: RecordHeader;
  /** The data as the store has it. */
  readonly json: string;
}

/** Whose session it is, or `null`. */
export function userOfLive(live: Live): string | null {
  return live.record.user === null ? null : (live.header.details.user ?? null);
}
