import type { StoreChange } from "../../store/contract.ts";
import type { RecordHeader, StampedHeader } from "../record/header.ts";
import { type Live, lastSeenAt } from "../record/live.ts";

/**
 * Why a session's sockets are closed.
 *
 * - `"ended"`: it was ended, by its user, an operator or a change of user, or its record is gone.
 * - `"expired"`: it has reached its idle or absolute limit.
 * - `"locked"`: it has locked at its idle limit.
 * - `"unknown"`: the store could not be asked for too long.
 * - `"closed"`: `sessions.close()`.
 */
export type SocketEnd = "ended" | "expired" | "locked" | "unknown" | "closed";

/** Who is told what becomes of a watched session: one for each socket. */
export interface Watcher {
  /** It is live, with this header. */
  alive(opened: StampedHeader): void;
  /** It is over, once and for all. */
  over(why: SocketEnd): void;
}

/** A session that sockets depend on, as it was when last looked at. */
export class WatchedSession {
  readonly watchers: Set<Watcher> = new Set();
  readonly handle: string;
  readonly userName: string | null;
  /** As last read. */
  opened: StampedHeader;
  /** The latest activity that this process knows of, recorded or not. */
  seenAt: number;
  /** When the store last said that it lives. */
  aliveAt: number;
  /** When it is to be looked at next. */
  dueAt = 0;
  /** True since a look has failed. */
  failing = false;
  /** A look is under way. */
  looking = false;
  /** Something has changed while one was. */
  again = false;
  /** When activity may next be recorded, where that has failed. */
  recordableAt = 0;
  /** As the store indexes its user. */
  user: string | null;
  keyId: string;
  readonly #live: Live;

  constructor(live: Live, now: number) {
    const { credential, header, seenAt, writtenIn, tie, record } = live;
    this.#live = live;
    this.handle = credential.handle;
    this.userName = header.user;
    this.opened = { header, seenAt, writtenIn, tie };
    this.seenAt = lastSeenAt(live);
    this.aliveAt = now;
    this.user = record.user;
    this.keyId = record.keyId;
  }

  get header(): RecordHeader {
    return this.opened.header;
  }

  /** The latest activity known, that of requests with the same cookie to this process included. */
  get lastSeenAt(): number {
    return Math.max(this.seenAt, this.opened.seenAt, this.#live.credential.seenAt);
  }

  /** True if a change may be about it. */
  isMeant({ kind, names }: StoreChange): boolean {
    switch (kind) {
      case "handles":
        return names.includes(this.handle);
      case "users":
        return this.user !== null && names.includes(this.user);
      case "key":
        return names.includes(this.keyId);
      case "everything":
        return true;
    }
  }
}
