/**
 * What one request knows of its session, shared by the verbs that change it: open, commit, change user, end, update.
 *
 * @module
 */
import { attempt } from "../../awaitable.ts";
import { cleanText } from "../../clean-text.ts";
import { HoldfastError } from "../../errors.ts";
import type { Core } from "../core.ts";
import { describeEvent } from "../describe-event.ts";
import type { Reporter, SessionEventName, SessionEvents, Subject } from "../events.ts";
import type { LegacyCookie } from "../legacy.ts";
import { cookieLifeOf } from "../limits.ts";
import { CookieLife } from "../object/cookie-life.ts";
import { fill, type SessionObject } from "../object/session-object.ts";
import { takeSnapshot } from "../object/take-snapshot.ts";
import type { Credential } from "../record/credentials.ts";
import { type RecordHeader, UNPROVEN } from "../record/header.ts";
import { isPersistent, type Live, lastSeenAt } from "../record/live.ts";
import type { Locked } from "../record/locked.ts";
import type { Owner } from "../record/record-writes.ts";
import { isCurrent } from "../record/secrets.ts";
import { Snapshot } from "../record/snapshot.ts";
import type { CookieChange, VisitFacts } from "./facts.ts";
import { dataOf, deltaBetween } from "./merge.ts";
import type { SaveOptions } from "./save.ts";

/** The session that this request has left behind. */
export interface Left {
  readonly user: string | null;
  readonly handle: string;
  readonly header: RecordHeader;
  /** The user's place in the index, where a session of the same user is to follow. */
  readonly owner?: Owner | null;
  /** As `revokeAll` had left it when the session was there: what follows with data of an anonymous one must not outlive it. */
  readonly generation?: number | undefined;
}

/** What a request has saved last. */
interface Written {
  readonly before: Snapshot;
  readonly after: Snapshot;
}

export class VisitState implements Reporter {
  readonly core: Core;
  readonly facts: VisitFacts;
  /** `req.session`; `undefined` before it is opened and after it is destroyed. */
  session: SessionObject | undefined;
  /** The stored session behind it, if there is one. */
  live: Live | null = null;
  /** The locked session that the request came with, until it is unlocked or ended. */
  locked: Locked | null = null;
  /** When it was read. Milliseconds since 1970. */
  loadedAt = 0;
  left: Left | undefined;
  /** Why the session could not be opened. The reply will be this error if the app has looked at it. */
  failure: unknown;
  /** The app has had the session in its hands. */
  looked = false;
  /** What the reply must do to the cookie; `null`: leave it as it is. */
  cookie: CookieChange | null = null;
  /** What came with the request, if the session may have come over with it. */
  legacyCookie: LegacyCookie | undefined;
  /** The session that the client knows by its legacy cookie, and is to be given the id of. */
  cameOver: string | undefined;
  /** What a device may sign to bind the session that this request has begun, or that came over with it. */
  registration: string | undefined;
  /** The app has ended the session that came with the request, by `signOut` or `destroy`. */
  signedOut = false;
  /** The request's client must prove anew who it is; what the session's user has proved does not count for it. */
  unproven = false;
  /** The app has asked that this request count as activity. */
  touched = false;
  /** Nothing of this visit is saved any more: its session could not be opened, or has ended meanwhile. */
  inert = false;
  /** Changes were dropped because the session had ended. */
  dropped = false;
  #written: Written | undefined = undefined;
  #writtenKeys: Set<string> | undefined = undefined;
  #handle: string | undefined;
  #cookieLife: CookieLife | undefined;

  constructor(core: Core, facts: VisitFacts) {
    this.core = core;
    this.facts = facts;
  }

  /** The session's handle, or the one it will get when it is stored. */
  get handle(): string {
    if (this.live !== null) return this.live.credential.handle;
    this.#handle ??= this.core.credentials.newHandle();
    return this.#handle;
  }

  /** The handle that was promised to the app before the session was stored. */
  get promisedHandle(): string | undefined {
    return this.#handle;
  }

  /** The keys this request has changed and saved already. */
  get writtenKeys(): readonly string[] {
    this.#foldWritten();
    return [...(this.#writtenKeys ?? [])];
  }

  /** This request has saved `after` where it had found `before`. */
  noteWritten(before: Snapshot, after: Snapshot): void {
    if (before === after) return;
    // Only the last is kept as it is: a long request may save many times.
    this.#foldWritten();
    this.#written = { before, after };
  }

  #foldWritten(): void {
    if (this.#written === undefined) return;
    const { before, after } = this.#written;
    this.#writtenKeys ??= new Set();
    for (const key of deltaBetween(dataOf(before), dataOf(after)).keys()) this.#writtenKeys.add(key);
    this.#written = undefined;
  }

  /** Forgets the promised handle: the session to come gets another. */
  promiseAnotherHandle(): void {
    this.#handle = undefined;
  }

  /** `req.session.cookie` */
  get cookieLife(): CookieLife {
    this.#cookieLife ??= new CookieLife(this.facts.cookie, this.#currentLife(), this.core.clock);
    return this.#cookieLife;
  }

  #currentLife(): number {
    if (this.live === null) return this.core.policy.cookieLife ?? 0;
    const { remembered, endsAt, cookieLife } = this.live.header;
    return remembered ? endsAt - this.core.clock.now() : cookieLife;
  }

  /** The cookie's life in milliseconds, if the app has changed it. */
  get changedLife(): number | undefined {
    return this.#cookieLife?.changed === true ? this.#cookieLife.life : undefined;
  }

  get saveOptions(): SaveOptions {
    return {
      active: this.facts.active || this.touched,
      reissue: !this.facts.headersSent(),
      cookieLife: this.changedLife,
      presentedAt: this.facts.arrivedAt,
    };
  }

  /**
   * The session, for a verb that needs one.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED`, or why it could not be opened
   */
  usable(): SessionObject {
    if (this.failure !== undefined) throw this.failure;
    if (this.session === undefined) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    return this.session;
  }

  /** For verbs that promise the app something is stored. @throws {HoldfastError} `ERR_HOLDFAST_INSECURE_TRANSPORT` */
  mustBeStorable(): void {
    if (this.facts.storable) return;
    this.facts.refuseInsecure();
    throw new HoldfastError("ERR_HOLDFAST_INSECURE_TRANSPORT");
  }

  /** For verbs after which the client needs another id. @throws {HoldfastError} `ERR_HOLDFAST_HEADERS_SENT` */
  mustReachClient(): void {
    if (this.facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
  }

  /**
   * The session's data now; `known` itself if nothing has changed since.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_NOT_JSON`, `ERR_HOLDFAST_TOO_LARGE`; what {@link VisitState.usable} throws
   */
  snapshot(known: Snapshot): Snapshot {
    return takeSnapshot(this.usable(), known, this.core.policy.maxBytes);
  }

  replaceData(data: Snapshot): void {
    if (this.session !== undefined) fill(this.session, data);
  }

  /** The session's header, with what its user has proved only if that counts for this request's client. */
  provenPart({ header }: Live): RecordHeader {
    return this.unproven ? { ...header, ...UNPROVEN } : header;
  }

  /** A new session is stored. */
  began(live: Live): void {
    this.live = live;
    this.unproven = false;
    this.left = undefined;
    this.#handle = undefined;
    this.#cookieLife = undefined;
    this.sendCookie(live);
  }

  /** `before` has been written as `after`. */
  saved(before: Live, after: Live): void {
    this.live = after;
    const resend =
      after.credential !== before.credential || this.changedLife !== undefined || isPersistent(after);
    if (resend) this.sendCookie(after);
    this.touched = false;
    this.#cookieLife = undefined;
  }

  /** The session's record is gone by this request's doing; what follows is another session. */
  leave(live: Live, user: string | null): void {
    const { credential } = live;
    const header = this.provenPart(live);
    const { handle } = credential;
    this.left = { user, header, handle };
    if (header.impersonation !== null) {
      const fields = { as: cleanText(header.impersonation.user) };
      this.report("session_impersonation_ended", fields, { handle, user });
    }
    this.core.credentials.forget(credential);
    this.live = null;
    this.#handle = undefined;
    this.#cookieLife = undefined;
    this.cookie = "clear";
  }

  /**
   * The session's record is gone by somebody else's doing: this request's changes are void, its cookie is left alone, and
   * what is left of the session is empty, for the rest of the handler and its error page.
   */
  superseded(): void {
    const handle = this.live?.credential.handle ?? this.left?.handle;
    this.report("session_write_dropped", {}, handle === undefined ? {} : { handle });
    this.live = null;
    this.replaceData(Snapshot.EMPTY);
    this.inert = true;
    this.failure = new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    this.dropped = true;
    this.cookie = null;
    if (this.core.policy.onSuperseded === "fail") throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  }

  /** When the session was last in use, for a write that changes nothing of it but its header. */
  seenNow(live: Live): number {
    const seenAt = lastSeenAt(live);
    return this.facts.active ? Math.max(seenAt, this.core.clock.now()) : seenAt;
  }

  /** Gives the client the session's id, unless its secret has been replaced: then the client has a later one. */
  sendCookie({ credential, header }: Live): void {
    if (isCurrent(header, credential)) this.#send(credential, header);
  }

  /** Offers the client the id that is to follow. */
  offerCookie(successor: Credential, header: RecordHeader): void {
    this.#send(successor, header);
  }

  #send(credential: Credential, header: RecordHeader): void {
    if (this.facts.headersSent()) return;
    const life = cookieLifeOf(header, this.core.clock);
    const { value } = credential;
    this.cookie = life === undefined ? { value } : { value, life };
  }

  report<Name extends SessionEventName>(type: Name, fields: SessionEvents[Name], about: Subject = {}): void {
    const { events, clock, keys } = this.core;
    if (!events.heard(type)) return;
    events.emit(describeEvent(type, fields, clock.now(), keys, { ...this.facts.describe(), ...about }));
  }
}

/** Somebody else has ended the session, and a verb was to go on with it. */
export function refuseEnded(state: VisitState): never {
  attempt(
    () => state.superseded(),
    () => undefined,
  );
  throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
}
