import type { StoredRecord } from "../../store/contract.ts";
import type { Credential } from "./credentials.ts";
import type { RecordHeader } from "./header.ts";
import type { Snapshot } from "./snapshot.ts";

/** A session as last read from, or written to, the store: proven, opened, within its limits. */
export interface Live {
  readonly credential: Credential;
  readonly record: StoredRecord<unknown>;
  readonly header: RecordHeader;
  /** The data as the store has it. */
  readonly data: Snapshot;
  /** Until when this id may be presented: its secret may have been replaced already. Milliseconds since 1970. */
  readonly presentableUntil: number;
}

/** True if the cookie is to outlive the browser's window. */
export function isPersistent({ header }: Live): boolean {
  return header.remembered || header.cookieLife > 0;
}
