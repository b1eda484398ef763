import type { StoredRecord } from "../../store/contract.ts";
import { type Standing, standing } from "../limits.ts";
import type { Credential } from "./credentials.ts";
import type { StampedHeader } from "./header.ts";
import type { Snapshot } from "./snapshot.ts";

/** A session as last read from, or written to, the store: proven, opened, within its limits. */
export interface Live extends StampedHeader {
  readonly credential: Credential;
  /** Its `header` is `undefined` where this session's header is another than was stored with it: see {@link withHeader}. */
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
 * The session under another header than the one read with its data. The stored one no longer says what this one says, so
 * no write may leave it where it is.
 */
export function withHeader(live: Live, { header, seenAt, writtenIn, tie }: StampedHeader): Live {
  const record = { ...live.record, header: undefined };
  return { ...live, record, header, seenAt, writtenIn, tie };
}

/**
 * The latest activity that is known of this id here, recorded or not. A touch leaves the version: what is written must not
 * undo it.
 */
export function lastSeenAt({ seenAt, credential }: Live): number {
  return Math.max(seenAt, credential.seenAt);
}

/** What its limits say of it by now. */
export function standingOf(live: Live, now: number): Standing {
  return standing(live.header, lastSeenAt(live), now);
}

/**
 * True if a request that began before its session locked may no longer go on with it: the record is there still, for an
 * unlocking alone.
 */
export function hasLapsed(live: Live, now: number): boolean {
  return live.header.lock !== "none" && standingOf(live, now) !== "live";
}

/** True if the cookie is to outlive the browser's window. */
export function isPersistent({ header }: Live): boolean {
  return header.remembered || header.cookieLife > 0;
}
