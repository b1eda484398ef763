/**
 * What happened to sessions, for logs, alarms and counters; names follow the OWASP logging vocabulary where it has
 * one. No event carries a session id, a cookie or a key (ASVS 16.2.5); a handle appears only where the app puts it into
 * a path, and opens nothing. `session` names the same session in all its events and cannot be turned back. Text that a
 * client chose is cleaned of control characters (ASVS 16.4.1).
 *
 * @module
 */

import type { Algorithm } from "../dbsc/public-key.ts";
import type { SkipReason } from "../dbsc/structured-fields.ts";
import type { ClientChange, ClientTraits } from "./client/compare.ts";
import type { RiskVerdict } from "./client/risk.ts";
import type { RefreshFlaw } from "./device-bound/refresh.ts";
import type { RegistrationFlaw } from "./device-bound/registration.ts";
import type { LogoutFlaw } from "./federation/logout-flaw.ts";
import type { LegacyRefusal } from "./legacy.ts";
import type { OverloadReason } from "./outage/load.ts";
import type { SocketEnd } from "./watching/watched-session.ts";

/** Fields of every event. */
export interface EventBase {
  /** When, as ISO 8601 in UTC. */
  readonly at: string;
  /** The session, as a keyed hash of 16 characters; absent where there is none. */
  readonly session?: string;
  /** Whose session, where known. */
  readonly user?: string;
  /** The client's address as the app sees it (Express: `req.ip`). */
  readonly ip?: string;
  /** At most 256 characters. */
  readonly userAgent?: string;
  /** HTTP method, where a request caused it. */
  readonly method?: string;
  /** Path without its query, at most 256 characters. */
  readonly path?: string;
}

/** What each type of event adds to {@link EventBase}. */
export interface SessionEvents {
  /** A session was stored for the first time, signed in or not. */
  session_created: Record<never, never>;
  /** The user of a session changed, and its id with it. `previous`: the correlation of the session it replaced. */
  session_user_changed: { readonly previous?: string; readonly previousUser?: string };
  /** The session's secret was replaced: the client has presented the one it was offered. */
  session_renewed: Record<never, never>;
  /**
   * A secret came that had been replaced before: somebody has a copy of the cookie (OWASP `authn_token_reuse`). The
   * session was ended (`"revoked"`), or lives on and only this request was refused it (`"refused"`), as `onReplay`
   * says.
   */
  session_replayed: { readonly action: "revoked" | "refused" };
  /** A limit passed; the record has been removed. */
  session_expired: { readonly reason: "idle" | "absolute" };
  /**
   * Ended by `signOut`, `destroy`, `regenerate` or `req.session = null`, or because its user was taken out of the data
   * and nothing was left to keep.
   */
  session_logout: Record<never, never>;
  /**
   * A user signed in beyond `maxSessions`: the session longest without activity was ended (`"evicted"`), or the new one
   * was not begun (`"rejected"`).
   */
  excess_sessions_exceeded: { readonly most: number; readonly action: "evicted" | "rejected" };
  /**
   * Ended from outside: `revoke`, `revokeUser` or `revokeAll` (`count` sessions); with the reason `"client_changed"` by
   * `onRisk`, with `"legacy_ended"` by the software it came over from (`migrate.keepLegacy`), with `"provider_logout"` by
   * a logout at the OpenID Provider (`backChannelLogout`, `revokeFederated`).
   */
  session_revoked: {
    readonly count: number;
    readonly reason?: "client_changed" | "legacy_ended" | "provider_logout";
  };
  /**
   * A logout token came that ended nothing (`backChannelLogout`). `"replayed"`: it was carried out before, and was
   * answered as it was then; for any other reason it was refused.
   */
  backchannel_logout_refused: { readonly reason: LogoutFlaw };
  /** A genuine id came whose session is over, or was replaced by a sign-in. */
  session_use_after_expire: Record<never, never>;
  /**
   * A cookie of our name came that this deployment did not issue, or more than four came at once. `guess`: it has the form of an id under a key in use,
   * which neither other software nor an older key leaves behind.
   */
  session_forged: { readonly guess?: true };
  /** Several different session cookies came with one request; `live`: how many named a live session. */
  session_duplicate: { readonly live: number };
  /** Parallel requests changed the same keys; this one's values won. Names of keys are the app's own. */
  session_conflict: { readonly keys: readonly string[] };
  /** A request's changes were dropped because its session had ended meanwhile. */
  session_write_dropped: Record<never, never>;
  /** A stored record could not be read: edited, truncated, or sealed under a key that is gone. */
  session_unreadable: Record<never, never>;
  /**
   * A request came from another site, or without the CSRF token it needs, and was refused. `reportOnly`: it was not, as
   * `insecureReportOnly` says.
   */
  malicious_csrf: { readonly reason: string; readonly reportOnly?: true };
  /** A session was to be changed over plain HTTP, and was not. */
  insecure_transport: Record<never, never>;
  /** Another key signs from now on, on this process. `key`, `previous`: the ids of the keys, which are public. */
  key_rotated: { readonly key: string; readonly previous: string };
  /** A key was revoked, here or by another process: its sessions are over. */
  key_revoked: { readonly key: string };
  /** A key is not accepted any more: no session signed by it can live, or it was taken away. */
  key_retired: { readonly key: string };
  /** The keys could not be looked up or changed; those known go on. */
  key_refresh_failed: { readonly error: unknown };
  /** A request found that the idle limit had passed, and the session locked (`onIdle: "lock"`). */
  session_locked: Record<never, never>;
  /** Its user has brought a locked session back, under a new id. `previous`: the correlation of the locked one. */
  session_unlocked: { readonly previous: string };
  /**
   * The user of a session acts as another from now on, under a new id. `previous`: the correlation of the session it
   * replaced.
   */
  session_impersonation_started: { readonly as: string; readonly previous: string };
  /**
   * They no longer do, because a request said so or ended the session; where a limit or a revoke did, its event says
   * that.
   */
  session_impersonation_ended: { readonly as: string };
  /**
   * A user signed in, or was assigned. `newSystem`, `newBrowser`, `newNetwork`: none of the user's live sessions had
   * it; `first`: they had no live session. `client`: what it is now.
   */
  session_sign_in: {
    readonly first: boolean;
    readonly newSystem: boolean;
    readonly newBrowser: boolean;
    readonly newNetwork: boolean;
    readonly client: ClientTraits;
  };
  /** A signed-in session comes from another client than it did. `action`: what was done about it. */
  session_client_changed: {
    readonly changes: readonly ClientChange[];
    readonly before: ClientTraits;
    readonly now: ClientTraits;
    readonly action: Exclude<RiskVerdict, "allow">;
  };
  /**
   * A session of other software came over (`migrate`). `leftBehind`: keys of its data that are names of the session's own
   * interface here.
   */
  session_migrated: { readonly from: string; readonly leftBehind?: readonly string[] };
  /** A legacy cookie came, and no session with it (`migrate`). */
  legacy_session_refused: { readonly reason: LegacyRefusal };
  /** More ids were guessed from one address than `onForged` allows: those that follow are answered with 429. */
  excess_rate_limit_exceeded: { readonly most: number };
  /**
   * The sockets of a session, so many on this process, are closed: it was ended (`"ended"`), has reached a limit
   * (`"expired"`), has locked (`"locked"`), could not be looked at for too long (`"unknown"`), or `sessions.close()` was
   * called (`"closed"`).
   */
  session_sockets_closed: { readonly reason: SocketEnd; readonly sockets: number };
  /** A device has registered its key: the session is bound to it (`deviceBound`). */
  session_device_bound: { readonly thumbprint: string; readonly algorithm: Algorithm };
  /** A device's proof was refused, at its registration or when the bound cookie was to be renewed. */
  session_device_refused: {
    readonly step: "registration" | "refresh";
    readonly reason: RegistrationFlaw | RefreshFlaw;
  };
  /**
   * A request with a session cookie was refused for want of the device's proof (`"no_proof"`): a copy of the cookie, a
   * link from another site, or a browser that has lost its key; or no device was bound, and one must be (`"unbound"`).
   * `claimed`: why the request says it has none (`"unreachable"`, `"server_error"`, `"quota_exceeded"`). Anybody can say it.
   */
  session_device_missing: {
    readonly reason: "no_proof" | "unbound";
    readonly claimed?: SkipReason;
  };
  /** The store failed. `operation`: the store's method. */
  store_error: { readonly operation: string; readonly error: unknown };
  /**
   * The store has failed so often in a row that operations are refused without asking it, until one now and then finds
   * it back. `operation`, `error`: the last that failed.
   */
  store_unavailable: { readonly operation: string; readonly error: unknown };
  /** The store answers again. `after`: how long it had not, in milliseconds. */
  store_recovered: { readonly after: number };
  /**
   * Requests are refused with 503: so many operations wait for the store that there is no room (`"in-flight"`), or the
   * event loop is late (`"event-loop"`). Once, until it has been quiet again. `inFlight`: how many wait.
   */
  store_overloaded: { readonly reason: OverloadReason; readonly inFlight: number };
}

export type SessionEventName = keyof SessionEvents;

/** One event, with its own name in `type`. */
export type SessionEvent<Name extends SessionEventName = SessionEventName> = {
  [N in Name]: EventBase & SessionEvents[N] & { readonly type: N };
}[Name];

export type SessionEventListener<Name extends SessionEventName> = (event: SessionEvent<Name>) => void;

/** Where findings are reported; the reporter adds who and when. */
export interface Reporter {
  report<Name extends SessionEventName>(type: Name, fields: SessionEvents[Name], about?: Subject): void;
}

/** Which session an event is about. */
export interface Subject {
  readonly handle?: string;
  readonly user?: string | null;
}
