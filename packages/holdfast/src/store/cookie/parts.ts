/**
 * What the cookie store is given by those who know requests and keys: it knows neither.
 *
 * @module
 */
import type { Handle, StoredRecord } from "../contract.ts";

/** Over how many cookies a session may be spread at most: servers and proxies refuse headers that hold more. */
export const MOST_CHUNKS = 3;

/**
 * The names of the last revocations that a session has seen: of its user's sessions, and of everybody's. `""`: none was in
 * force. Whoever names another one than is in force now began before it.
 */
export interface Marks {
  readonly user: string;
  readonly all: string;
}

/** A session as its client carries it. */
export interface CarriedRecord {
  readonly record: StoredRecord;
  readonly marks: Marks;
}

/** Makes a session into text that its client can neither read nor change, and back. */
export interface RecordSeal {
  seal(handle: Handle, record: StoredRecord, marks: Marks): string;
  /** `null` for what was not sealed here for this handle. */
  open(handle: Handle, text: string): CarriedRecord | null;
  /** A session's absolute limit. Milliseconds since 1970. */
  endOf(record: StoredRecord): number;
}

/** The cookies of one request and its reply that carry the session. */
export interface Jar {
  /** What came with the request: more than one text where the client has cookies of several paths or domains. */
  readonly texts: readonly string[];
  /** True once the reply's headers are out: nothing reaches the client's cookies any more. */
  readonly closed: boolean;
  /** What the reply is to set. @throws {HoldfastError} `ERR_HOLDFAST_TOO_LARGE` */
  put(text: string): void;
  /** The reply is to delete what is there. */
  clear(): void;
}
