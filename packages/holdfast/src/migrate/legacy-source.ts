/**
 * What a migration needs of the software whose sessions it takes over: one source for each such software. A source reads;
 * what becomes of what it has read is decided by {@link Migration} alone.
 *
 * @module
 */
import type { Awaitable } from "../awaitable.ts";
import type { LegacyScope } from "../session/legacy.ts";

/** Cookies of the legacy name beyond these are not looked at. */
export const MOST_LEGACY_COOKIES = 4;

/** A session as the legacy software has left it. */
export interface LegacySession {
  /** The app's own data, as parsed from JSON; nothing that the software kept in it for itself. Hostile: not checked yet. */
  readonly data: Readonly<Record<string, unknown>>;
  /** When it ends by the legacy software's own rules; milliseconds since 1970; `undefined`: they name no time. */
  readonly expiresAt: number | undefined;
  /** Where its cookie is valid. */
  readonly scope: LegacyScope;
}

/** A legacy credential that a request has presented, and that the legacy software issued. */
export interface LegacyCredential {
  /**
   * The same in every process and for as long as the credential is good; no other session has it. Secret where the
   * software's store has it in plain: it is hashed before it is kept, and never told.
   *
   * For sessions on a server their id; for sessions in cookies a hash of all that was presented.
   */
  readonly id: string;
  /** The session; `null` if there is none, or its time is over at `now`. A failure throws or rejects. */
  load(now: number): Awaitable<LegacySession | null>;
}

/** Where the legacy software keeps sessions on a server. */
export interface LegacyServer {
  /** As {@link LegacyCredential.load}, by id. */
  read(id: string, now: number): Awaitable<LegacySession | null>;
  /** The same, of a session that is in use here: it must not idle out there. */
  readInUse(id: string, now: number): Awaitable<LegacySession | null>;
  /** Ends a session; nothing to do for one that is gone. */
  end(id: string): Awaitable<void>;
  /** Ends all of them; `undefined` where the store cannot. */
  readonly endAll: (() => Awaitable<void>) | undefined;
  /** How many there are; `undefined` where the store cannot count. May be slow. */
  readonly count: (() => Awaitable<number>) | undefined;
}

export interface LegacySource {
  /** What the option `from` calls the software. */
  readonly from: string;
  /** The cookies that carry a session: all are deleted once it has moved. */
  readonly cookieNames: readonly string[];
  /** Where the legacy cookies are, if a session does not say it itself. */
  readonly scope: LegacyScope;
  /** `undefined` for sessions in cookies. */
  readonly server: LegacyServer | undefined;
  /**
   * True where clients whose data is the same have the same credential. Then whoever comes with one after another client
   * gets a session of its own, until one of them is signed out. Left out: no two sessions have the same.
   */
  readonly isShared?: boolean | undefined;
  /**
   * The genuine credentials in a `Cookie` header, each once, of at most {@link MOST_LEGACY_COOKIES} candidates. Empty where
   * there are cookies of the name and none is genuine; `undefined` where there is none: most requests, so it must be
   * quick. Signatures are compared in constant time. Never throws.
   */
  find(header: string | undefined): readonly LegacyCredential[] | undefined;
}
