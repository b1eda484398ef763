/**
 * A record's header: what the server must know of a session without its cookie.
 *
 * @module
 */

import { NO_METHODS } from "../authentication.ts";
import type { DeviceState } from "../device-bound/state.ts";
import type { Provider } from "../federation/provider.ts";
import type { LegacyLink } from "../legacy.ts";
import { NO_PENDING, type Pending } from "./pending.ts";
import type { NextSecret, PreviousSecret } from "./secrets.ts";

/** What an operator or the user may see of where a session came from. */
export interface Client {
  readonly ip?: string;
  readonly userAgent?: string;
  /**
   * From where it last came, once that was another system, browser or network; only where `onRisk`, or a listener of
   * `session_client_changed`, asks about such changes.
   */
  readonly latest?: Omit<Client, "latest">;
}

/** The session's data key, wrapped for one server key and the secret in the client's cookie. */
export interface WrappedKey {
  readonly keyId: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/**
 * What the idle limit does to a session: ends it (`"none"`), or locks it: not yet (`"open"`), or it has (`"locked"`).
 */
export type Lock = "none" | "open" | "locked";

/** Whose part a session's user has taken. */
export interface Impersonation {
  readonly user: string;
  /** The `userId` that comes back with the operator, as the app had it: 7 is not "7" to it. */
  readonly own: string | number;
}

/** All times in milliseconds since 1970. */
export interface RecordHeader {
  readonly createdAt: number;
  /** When `signIn` proved the user; 0 if it never did. */
  readonly authenticatedAt: number;
  /** How strongly the user has proved who they are, 0 to 9; 0 for one who was merely assigned. */
  readonly level: number;
  /** How they have. */
  readonly methods: readonly string[];
  /** The idle limit, in milliseconds. */
  readonly idle: number;
  /** The absolute limit. */
  readonly endsAt: number;
  /** The cookie's life in milliseconds; 0: until the browser closes. */
  readonly cookieLife: number;
  /** True if the cookie lives until the absolute limit. */
  readonly remembered: boolean;
  /** What tells the session's secret from others: see {@link Credential.proof}. */
  readonly proof: string;
  /** Since when it is the session's secret. */
  readonly secretSince: number;
  /** The secret that is offered to the client in its place, if one is. */
  readonly next: NextSecret | undefined;
  /** The secret before it, if there was one. */
  readonly previous: PreviousSecret | undefined;
  readonly wraps: readonly WrappedKey[];
  /** Whose session it is, or `null`. */
  readonly user: string | null;
  readonly client: Client;
  /** Steps begun and not ended; gone with the id. */
  readonly pending: readonly Pending[];
  readonly lock: Lock;
  /** `null` for a user who acts as themselves. */
  readonly impersonation: Impersonation | null;
  /** `undefined` for a session that began here. */
  readonly legacy?: LegacyLink | undefined;
  /** `undefined` where no device was offered to be bound. */
  readonly device?: DeviceState | undefined;
  /** Who vouched for the user; `undefined` where no ID token was given. */
  readonly provider?: Provider | undefined;
  /** Details of names unknown here, as a later version of the library may have written them: kept as they are. */
  readonly unknown?: Readonly<Record<string, unknown>> | undefined;
}

/** A header as a record holds it: with what changes more often than the rest, which most writes need not copy. */
export interface StampedHeader {
  readonly header: RecordHeader;
  /** The last recorded activity. Milliseconds since 1970. */
  readonly seenAt: number;
  /**
   * The record's version when this was written; infinite where that is not known, in a format from before it was. A write
   * of data alone leaves the header behind.
   */
  readonly writtenIn: number;
  /** That of the data that was there then. */
  readonly tie: BodyTie;
}

/** What ties a record's data to its header and to its own version, for neither to be put in the place of another. */
export interface BodyTie {
  /** {@link StampedHeader.writtenIn} of the header that it was written beside. */
  readonly headerVersion: number;
  /** The record's version that it was written in. */
  readonly dataVersion: number;
}

/** The tie of the data in a record of this version. */
export function tieIn({ writtenIn, tie }: StampedHeader, version: number): BodyTie {
  return version === writtenIn || writtenIn === Number.POSITIVE_INFINITY
    ? tie
    : { headerVersion: writtenIn, dataVersion: version };
}

/**
 * Another header over the data of a record.
 *
 * @param before - the header of the record, in its present `version`
 * @param writtenIn - the version in which the other one will stand
 */
export function headerOver(
  before: StampedHeader,
  version: number,
  writtenIn: number,
  header: RecordHeader,
  seenAt: number,
): StampedHeader {
  return { header, seenAt, writtenIn, tie: tieIn(before, version) };
}

/** What is left of a header whose user must prove anew who they are: not fresh, on no level, in the middle of nothing. */
export const UNPROVEN: Pick<RecordHeader, "authenticatedAt" | "level" | "methods" | "pending"> = {
  authenticatedAt: 0,
  level: 0,
  methods: NO_METHODS,
  pending: NO_PENDING,
};

/** Whom a session's data must name: its user, or who is impersonated. */
export function actingUser({ user, impersonation }: RecordHeader): string | null {
  return impersonation === null ? user : impersonation.user;
}
