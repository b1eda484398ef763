/**
 * One request's dealings with its session: load it, let the app change it, commit once.
 *
 * Pure of HTTP: the request comes in as {@link VisitFacts}, and what the reply must do to the cookie is read from
 * {@link Visit.cookie}. Every step answers at once where the store does.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { beginSession, generationOf, type NewSession } from "./begin.ts";
import { CookieLife } from "./cookie-life.ts";
import type { Core } from "./core.ts";
import type { Credential } from "./credentials.ts";
import type { SessionEvent, SessionEventName, SessionEvents } from "./events.ts";
import { canonicalUser, userOf } from "./identity.ts";
import { findLive, isPersistent, type Live, userOfLive } from "./live.ts";
import { applyDelta, carryOver, type Data, type Delta, deltaBetween, parseData } from "./merge.ts";
import type { RecordHeader } from "./record-header.ts";
import type { Reporter, Subject } from "./records.ts";
import { MOST_ATTEMPTS, saveMerged, saveOver } from "./save.ts";
import { fill, SessionObject, serialise } from "./session-object.ts";
import { type SessionTimes, timesOf } from "./session-times.ts";
import type { SessionCookieView } from "./session-types.ts";
import type { CookieChange, VisitFacts } from "./visit-facts.ts";

const EMPTY = "{}";

/** How a session is to change hands. */
interface SignIn {
  /** The user has just been authenticated. */
  readonly proven: boolean;
  readonly remember?: boolean | undefined;
  readonly keep?: readonly string[] | undefined;
}

const ASSIGNED: SignIn = { proven: false };

/** The session that this request has left behind, if it began with one. */
interface Left {
  readonly user: string | null;
  readonly handle: string;
  readonly header: RecordHeader;
}

export class Visit implements Reporter {
  /** The cookie to set or clear; `null`: leave it as it is. */
  cookie: CookieChange | null = null;
  /** True once the app has ended the session that came with the request, by `signOut` or `destroy`. */
  signedOut = false;
  readonly #core: Core;
  readonly #facts: VisitFacts;
  readonly #credentials: readonly Credential[];
  #opened = false;
  #failure: unknown;
  #session: SessionObject | undefined;
  #live: Live | null = null;
  #left: Left | undefined;
  #handle: string | undefined;
  #cookieLife: CookieLife | undefined;
  #touched = false;
  #dropped = false;

  /** @param credentials - the genuine ids that came with the request */
  constructor(core: Core, facts: VisitFacts, credentials: readonly Credential[]) {
    this.#core = core;
    this.#facts = facts;
    this.#credentials = credentials;
  }

  // ——— what can be seen ———

  /** `req.session`, loaded if it was not yet; `undefined` once it is destroyed. */
  get session(): SessionObject | undefined {
    if (!this.#opened) this.#openAtOnce();
    return this.#session;
  }

  /** True once somebody has looked at the session. */
  get opened(): boolean {
    return this.#opened;
  }

  /** True if there is a stored session with a user. */
  get signedIn(): boolean {
    return this.#live !== null && this.#live.record.user !== null;
  }

  /** The handle of the session, or the one it will get when it is stored. */
  get handle(): string {
    if (this.#live !== null) return this.#live.credential.handle;
    this.#handle ??= this.#core.credentials.newHandle();
    return this.#handle;
  }

  get times(): SessionTimes | undefined {
    return this.#live === null ? undefined : timesOf(this.#live);
  }

  get cookieView(): SessionCookieView {
    const life = this.#live?.header.cookieLife ?? this.#core.policy.cookieLife ?? 0;
    this.#cookieLife ??= new CookieLife(this.#facts.cookie, life, this.#core.clock);
    return this.#cookieLife;
  }

  // ——— loading ———

  /** Finds the session that came with the request. Throws the store's coded error. */
  open(): Awaitable<void> {
    if (this.#opened) return undefined;
    this.#opened = true;
    return chain(findLive(this.#core, this.#credentials, this), (live) => this.#begin(live));
  }

  // A getter can neither wait nor throw: an async handler of Express 4 would reject unheard and take the process
  // with it. The failure becomes the reply when the app replies.
  #openAtOnce(): void {
    const fail = (error: unknown): void => {
      this.#failure = error;
      this.#begin(null);
    };
    const opening = attempt(() => this.open(), fail);
    if (!isPromise(opening)) return;
    opening.catch(() => undefined);
    fail(new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE"));
  }

  #begin(live: Live | null): void {
    if (this.#session !== undefined) return;
    this.#live = live;
    this.#session = new SessionObject(this);
    if (live === null) return;
    fill(this.#session, JSON.parse(live.json));
    if (this.#facts.active) this.#core.activity.noteUse(live, this.#core.clock.now());
  }

  // ——— saving ———

  /** Saves what changed. Throws a coded error if that cannot be done; then nothing may be replied as a success. */
  commit(): Awaitable<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const session = this.#session;
    if (session === undefined) return undefined;
    const { policy } = this.#core;
    const live = this.#live;
    const json = serialise(session, live?.json ?? EMPTY, policy.maxBytes);
    if (live === null) return json === EMPTY ? undefined : this.#create(session, json);
    if (json !== live.json && userOf(session, policy.identify) !== userOfLive(live)) {
      return this.#changeUser(live, json, userOf(session, policy.identify), ASSIGNED);
    }
    if (json !== live.json || this.#mustRewrite(live)) return this.#save(live, json);
    if (policy.rolling && isPersistent(live)) this.#sendCookie(live);
    return undefined;
  }

  /** Saves what changed after the headers went out; a new id can no longer be told to the client. */
  commitLate(): Awaitable<void> {
    const { cookie } = this;
    return chain(this.commit(), () => {
      if (this.cookie !== cookie && this.cookie !== null)
        throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    });
  }

  /** Saves because the app said so: it must learn that its changes were dropped. */
  save(): Awaitable<void> {
    this.#mustBeStorable();
    return chain(this.commit(), () => {
      if (this.#dropped) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
    });
  }

  touch(): void {
    this.#touched = true;
  }

  #mustRewrite(live: Live): boolean {
    if (this.#touched || this.#cookieLife?.changed === true) return true;
    return live.credential.keyId !== this.#core.keys.newest.id && !this.#facts.headersSent();
  }

  #save(live: Live, json: string): Awaitable<void> {
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    return chain(saveMerged(this.#core, live, json, this.#saveOptions(), this), (saved) => {
      if (saved === null) return this.#superseded();
      if (saved.json !== json) this.#replaceData(parseData(saved.json));
      this.#saved(live, saved);
      return undefined;
    });
  }

  #saveOptions(): { active: boolean; resign: boolean; cookieLife: number | undefined } {
    const changed = this.#cookieLife?.changed === true;
    return {
      active: this.#facts.active || this.#touched,
      resign: !this.#facts.headersSent(),
      cookieLife: changed ? this.#cookieLife?.life : undefined,
    };
  }

  #saved(before: Live, saved: Live): void {
    const changedLife = this.#cookieLife?.changed === true;
    this.#live = saved;
    if (saved.credential !== before.credential || changedLife || isPersistent(saved)) this.#sendCookie(saved);
    this.#touched = false;
    this.#cookieLife = undefined;
  }

  #superseded(): void {
    const handle = this.#live?.credential.handle;
    this.report("session_write_dropped", {}, handle === undefined ? {} : { handle });
    this.#live = null;
    this.#session = undefined;
    this.#dropped = true;
    this.cookie = null;
    if (this.#core.policy.onSuperseded === "fail") throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  }

  #sendCookie({ credential, header }: Live): void {
    if (this.#facts.headersSent()) return;
    const { endsAt, cookieLife, remembered } = header;
    const left = endsAt - this.#core.clock.now();
    const { value } = credential;
    if (remembered) this.cookie = { value, life: left };
    else this.cookie = cookieLife > 0 ? { value, life: Math.min(cookieLife, left) } : { value };
  }

  // ——— new ids ———

  // A record never changes hands: a new user is a new session. The old one goes first, so that a crash between
  // costs a sign-in and never leaves two sessions.
  #changeUser(live: Live, json: string, user: string | null, signIn: SignIn): Awaitable<void> {
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    const previous = userOfLive(live);
    const { records, clock, policy } = this.#core;
    return chain(generationOf(this.#core, user, this), (generation) =>
      chain(records.remove(live.credential.handle, clock.now(), this), (existed) => {
        // Whoever merely assigns a user speaks for the session that was there; when that has ended, so has the say.
        if (!existed && previous !== null && !signIn.proven) return this.#superseded();
        const allowed = previous === null ? [...policy.keep, ...(signIn.keep ?? [])] : [];
        const keep = !existed ? [] : user === previous ? "all" : allowed;
        const carried = carryOver(parseData(live.json), parseData(json), keep);
        this.#leave(live, previous);
        this.#replaceData(carried);
        const left = JSON.stringify(carried);
        if (left !== EMPTY) return this.#start(left, user, signIn, generation);
        this.report("session_logout", {}, { handle: live.credential.handle, user: previous });
        return undefined;
      }),
    );
  }

  #create(session: SessionObject, json: string): Awaitable<void> {
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    const user = userOf(session, this.#core.policy.identify);
    return chain(generationOf(this.#core, user, this), (generation) =>
      this.#start(json, user, ASSIGNED, generation),
    );
  }

  #start(json: string, user: string | null, signIn: SignIn, generation: number | undefined): Awaitable<void> {
    const left = this.#left;
    const { ip, userAgent } = this.#facts.describe();
    const beginning: NewSession = {
      json,
      user,
      proven: signIn.proven,
      remember: signIn.remember,
      cookieLife: this.#cookieLife?.life,
      client: { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) },
      inherited: left?.user === user && !signIn.proven ? left.header : undefined,
      generation,
      handle: this.#handle,
    };
    return chain(beginSession(this.#core, beginning, this), (live) => {
      if (live === null) return this.#superseded();
      this.#live = live;
      this.#left = undefined;
      this.#handle = undefined;
      this.#cookieLife = undefined;
      this.#sendCookie(live);
      if (user !== (left?.user ?? null)) this.#reportNewUser(live, user, left);
      return undefined;
    });
  }

  #reportNewUser(live: Live, user: string | null, left: Left | undefined): void {
    const fields = {
      ...(left !== undefined && { previous: this.#correlate(left.handle) }),
      ...(left !== undefined && left.user !== null && { previousUser: left.user }),
    };
    this.report("session_user_changed", fields, { handle: live.credential.handle, user });
  }

  // The session's record is gone; what follows in this request is another session.
  #leave(live: Live, user: string | null): void {
    this.#left = { user, header: live.header, handle: live.credential.handle };
    this.#live = null;
    this.#handle = undefined;
    this.#cookieLife = undefined;
    this.cookie = "clear";
  }

  // ——— what the app asks for ———

  signIn(user: string | number, options: { remember?: boolean; keep?: readonly string[] }): Awaitable<void> {
    const name = canonicalUser(user);
    const session = this.#usable();
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    this.#mustBeStorable();
    const before = session.userId;
    const restore = (error: unknown): never => {
      // A sign-in that failed must not happen after all when the reply is committed.
      if (before === undefined) delete session.userId;
      else session.userId = before;
      throw error;
    };
    return attempt(() => {
      session.userId = user;
      return this.#prove(session, name, { proven: true, ...options });
    }, restore);
  }

  #prove(session: SessionObject, user: string, signIn: SignIn): Awaitable<void> {
    const { policy } = this.#core;
    if (userOf(session, policy.identify) !== user) {
      throw new HoldfastError(
        "ERR_HOLDFAST_USER",
        "signIn() set userId, but `identify` finds another user in the session. Let `identify` read userId.",
      );
    }
    const json = serialise(session, EMPTY, policy.maxBytes);
    const live = this.#live;
    const signed =
      live !== null
        ? this.#changeUser(live, json, user, signIn)
        : chain(generationOf(this.#core, user, this), (generation) =>
            this.#start(json, user, signIn, generation),
          );
    return chain(signed, () => {
      if (this.#dropped) throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
    });
  }

  /** Ends the session; an empty anonymous one takes its place. */
  signOut(): Awaitable<void> {
    return chain(this.#end(), () => {
      this.signedOut = true;
      this.#left = undefined;
      this.#replaceData({});
    });
  }

  /** Ends the session; there is none afterwards. */
  destroy(): Awaitable<void> {
    return chain(this.#end(), () => {
      this.signedOut = true;
      this.#session = undefined;
    });
  }

  /** Ends the session; an empty one with a new id, and the same limits for the same user, takes its place. */
  regenerate(keep: readonly string[]): Awaitable<void> {
    const session = this.#usable();
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    const kept: Data = Object.create(null);
    for (const key of keep) if (Object.hasOwn(session, key)) kept[key] = session[key];
    return chain(this.#end(), () => this.#replaceData(kept));
  }

  reload(): Awaitable<void> {
    this.#usable();
    const live = this.#live;
    if (live === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    return chain(findLive(this.#core, [live.credential], this), (latest) => {
      if (latest === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
      this.#live = latest;
      this.#replaceData(JSON.parse(latest.json));
    });
  }

  /** Runs `change` on the newest data until it could be saved without anybody being faster. */
  update(change: () => unknown): Awaitable<void> {
    const session = this.#usable();
    this.#mustBeStorable();
    const live = this.#live;
    if (live === null) return chain(change(), () => this.save());
    const json = serialise(session, live.json, this.#core.policy.maxBytes);
    const pending = deltaBetween(parseData(live.json), parseData(json));
    return this.#tryUpdate(live, change, pending, MOST_ATTEMPTS);
  }

  #tryUpdate(before: Live, change: () => unknown, pending: Delta, attempts: number): Awaitable<void> {
    if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    return chain(findLive(this.#core, [before.credential], this), (latest) => {
      if (latest === null) return this.#gone();
      this.#live = latest;
      this.#replaceData(applyDelta(parseData(latest.json), pending));
      return chain(change(), () => {
        const session = this.#usable();
        const { policy } = this.#core;
        const json = serialise(session, latest.json, policy.maxBytes);
        if (userOf(session, policy.identify) !== userOfLive(latest)) return this.save();
        return chain(saveOver(this.#core, latest, json, this.#saveOptions(), this), (saved) => {
          if (saved === null) return this.#tryUpdate(latest, change, pending, attempts - 1);
          this.#saved(latest, saved);
          return undefined;
        });
      });
    });
  }

  #gone(): never {
    attempt(
      () => this.#superseded(),
      () => undefined,
    );
    throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
  }

  #end(): Awaitable<void> {
    this.#usable();
    const live = this.#live;
    if (live === null) return undefined;
    const { handle } = live.credential;
    const { records, clock } = this.#core;
    return chain(records.remove(handle, clock.now(), this), () => {
      const user = userOfLive(live);
      this.#leave(live, user);
      this.report("session_logout", {}, { handle, user });
    });
  }

  // ——— small parts ———

  #usable(): SessionObject {
    const { session } = this;
    if (this.#failure !== undefined) throw this.#failure;
    if (session === undefined) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    return session;
  }

  #mustBeStorable(): void {
    if (this.#facts.storable) return;
    this.#facts.refuseInsecure();
    throw new HoldfastError("ERR_HOLDFAST_INSECURE_TRANSPORT");
  }

  #replaceData(data: Readonly<Record<string, unknown>>): void {
    if (this.#session !== undefined) fill(this.#session, data);
  }

  #correlate(handle: string): string {
    return this.#core.keys.newest.correlate(handle);
  }

  report<Name extends SessionEventName>(type: Name, fields: SessionEvents[Name], about: Subject = {}): void {
    const { events, clock } = this.#core;
    if (!events.heard(type)) return;
    events.emit({
      type,
      at: new Date(clock.now()).toISOString(),
      ...this.#facts.describe(),
      ...(about.handle !== undefined && { session: this.#correlate(about.handle) }),
      ...(about.user !== undefined && about.user !== null && { user: about.user }),
      ...fields,
    } as SessionEvent);
  }
}
