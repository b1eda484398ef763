/**
 * What the life of a session has to do with the software that was here before: sessions that came over from it, and their
 * other side, while that is kept.
 *
 * @module
 */
import type { Awaitable } from "../awaitable.ts";
import type { Reporter } from "./events.ts";
import type { Identify } from "./identity.ts";
import type { RecordHeader } from "./record/header.ts";
import type { Live } from "./record/live.ts";
import type { Locked } from "./record/locked.ts";
import type { VisitState } from "./visit/state.ts";

/** What tells a browser which cookie is meant, beside its name: without the same, a deletion does nothing. */
export interface LegacyScope {
  readonly path: string;
  readonly domain?: string | undefined;
  /** True for a cookie in a jar of its own for each top-level site (CHIPS). */
  readonly partitioned?: boolean | undefined;
}

/** Where a session came from that has moved here. */
export interface LegacyLink extends LegacyScope {
  /** The id it had there; only while its other side is kept. Secret. */
  readonly id?: string | undefined;
}

/** What becomes of the legacy cookie that came with a request. */
export interface LegacyCookie {
  readonly link: LegacyLink;
  /** True if it opens nothing any more; false if that depends on what the reply does to the session. */
  readonly over: boolean;
}

/**
 * Why a legacy cookie brings no session. `"forged"`: it is not genuine; `"duplicate"`: several came, and more than one is
 * alive; `"ended"`: the software that was here before knows it no more; `"moved"`: it has moved, and ended since, or its
 * new cookie is in use; `"revoked"`: `revokeUser` or `revokeAll` has ended it; `"unreadable"`, `"too_large"`: its data is no
 * session's, or more than `maxBytes`; `"limit"`: `maxSessions`, with `onLimit: "reject"`.
 */
export type LegacyRefusal =
  | "forged"
  | "duplicate"
  | "ended"
  | "moved"
  | "revoked"
  | "unreadable"
  | "too_large"
  | "limit";

/** The genuine legacy credentials of one request. */
export interface LegacyArrival {
  /**
   * The session they name, which moves here if it has not yet. Throws a coded error.
   *
   * @param instead - the handle of one that has moved, and whose other side has another user since: it moves anew
   */
  take(visit: VisitState, instead?: string): Awaitable<Live | Locked | null>;
}

/** The other side of a deployment's sessions. Everything throws a coded error. */
export interface LegacySide {
  /**
   * What a request goes on with that has found `found`: nothing if its other side has ended it; and where there is nothing,
   * what came over with a legacy cookie.
   */
  settle(visit: VisitState, found: Live | Locked | null): Awaitable<Live | Locked | null>;
  /**
   * False if what was kept there of a session has ended, or has another user: so has the session, at its next use.
   *
   * @param active - it is in use here: it must not idle out there
   */
  isThere(header: RecordHeader, active: boolean, identify: Identify, reporter: Reporter): Awaitable<boolean>;
  /** Ends a session there. */
  end(link: LegacyLink, reporter: Reporter): Awaitable<void>;
  /** Ends all of them there, if their other side is kept. */
  endAll(reporter: Reporter): Awaitable<void>;
  /** From now on no session of this user comes over, or none at all (`null`). */
  refuse(user: string | null, reporter: Reporter): Awaitable<void>;
  /** True if a session that has come over may have something there that must end with it. */
  readonly keeps: boolean;
}

/** Ends a session's other side, if it has one. Before its own: what fails can then be tried again. */
export function endOtherSide(
  legacy: LegacySide | undefined,
  { legacy: link }: RecordHeader,
  reporter: Reporter,
): Awaitable<void> {
  return legacy === undefined || link?.id === undefined ? undefined : legacy.end(link, reporter);
}
