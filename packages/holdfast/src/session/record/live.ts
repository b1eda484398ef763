import type { StoredRecord } from "../../store/contract.ts";
import { standing } from "../limits.ts";
import type { Credential } from "./credentials.ts";
import type { StampedHeader } from "./header.ts";
import type { Snapshot } from "./snapshot.ts";

/** A session as last read from, or written to, the store: proven, opened, within its limits. */
export interface Live extends StampedHeader {
  readonly credential: Credential;
  readonly record: StoredRecord<unknown>;
  /** The data as the store has it. */
  readonly data: Snapshot;
  /**
   * Until when this id may be presented, where its secret has been replaced already; `undefined`: while the session lives.
   * Milliseconds since 1970.
   */
  readonly presentableUntil: number | undefined;
}

/**
 * True if a request that began before its session locked may no longer go on with it: the record is there still, for an
 * unlocking alone.
 */
export function hasLapsed({ header, seenAt, credential }: Live, now: number): boolean {
  return header.lock !== "none" && standing(header, Math.max(seenAt, credential.seenAt), now) !== "live";
}

/** True if the cookie is to outlive the browser's window. */
export function isPersistent({ header }: Live): boolean {
  return header.remembered || header.cookieLife > 0;
}
