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
import { CookieLife } from "./cookie-life.ts";
import type { Core } from "./core.ts";
import type { Credential } from "./credentials.ts";
import type { EventBase, SessionEvent, SessionEventName, SessionEvents } from "./events.ts";
import { canonicalUser, userOf } from "./identity.ts";
import { type Live, userOfLive } from "./live.ts";
import { applyDelta, conflictingKeys, type Data, type Delta, deltaBetween, parseData } from "./merge.ts";
import type { RecordHeader } from "./record-header.ts";
import type { Beginning, Reporter, Subject } from "./records.ts";
import { fill, SessionObject, serialise } from "./session-object.ts";
import type { SessionCookieView } from "./session-types.ts";

/** What a visit must know of its request. */
export interface VisitFacts {
  /** False on plain HTTP, where nothing may be stored. */
  readonly storable: boolean;
  /** False for requests that do not count as activity. */
  readonly active: boolean;
  /** Attributes of the cookie that do not change with the session. */
  readonly cookie: Pick<SessionCookieView, "secure" | "sameSite" | "path" | "domain">;
  /** True once headers are out and the cookie can no longer be set. */
  headersSent(): boolean;
  /** Who and where, for events and the session's first record. */
  describe(): Pick<EventBase, "ip" | "userAgent" | "method" | "path">;
  /** The request tried to change a session over plain HTTP; throws where that must not pass silently. */
  refuseInsecure(): void;
}

/** What the reply must do to the client's cookie. `life` in milliseconds; absent: until the browser closes. */
export type CookieChange = { readonly value: string; readonly life?: number } | "clear";

/** The times of a stored session, as dates. */
export interface SessionTimes {
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  readonly expiresAt: Date;
  readonly authenticatedAt: Date | undefined;
}

const MOST_ATTEMPTS = 200;
const EMPTY = "{}";

export class Visit implements Reporter {
  /** The cookie to set or clear; `null`: leave it as it is. */
  cookie: CookieChange | null = null;
  /** True once the app has ended the session that came with the request, by `signOut` or `destroy`. */
  signedOut = false;
  readonly #core: Core;
  readonly #facts: VisitFacts;
  readonly #candidates: readonly Credential[];
  #session: SessionObject | undefined;
  #live: Live | null = null;
  #opened = false;
  #failure: unknown;
  #destroyed = false;
  #touched = false;
  #handle: string | undefined;
  #cookieLife: CookieLife | undefined;
  // The limits that a regenerated session of the same user keeps.
  #before: { readonly user: string | null; readonly header: RecordHeader; readonly handle: string } | undefined;

  /** @param candidates - the genuine ids that came with the request */
  constructor(core: Core, facts: VisitFacts, candidates: readonly Credential[]) {
    this.#core = core;
    this.#facts = facts;
    this.#candidates = candidates;
  }

  /** `req.session`; loaded now if the store answers at once and it was not before. */
  get session(): SessionObject | undefined {
    if (!this.#opened) this.#openAtOnce();
    return this.#destroyed ? undefined : this.#session;
  }

  /** True once the app, or the middleware for it, has looked at the session. */
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
    const header = this.#live?.header;
    if (header === undefined) return undefined;
    const { createdAt, seenAt, idle, endsAt, authenticatedAt } = header;
    return {
      createdAt: new Date(createdAt),
      lastSeenAt: new Date(seenAt),
      idleExpiresAt: new Date(Math.min(this.#lastUse(header) + idle, endsAt)),
      absoluteExpiresAt: new Date(endsAt),
      expiresAt: new Date(Math.min(this.#lastUse(header) + idle, endsAt)),
      authenticatedAt: authenticatedAt === 0 ? undefined : new Date(authenticatedAt),
    };
  }

  get cookieView(): SessionCookieView {
    this.#cookieLife ??= new CookieLife(
      this.#facts.cookie,
      this.#live === null ? (this.#core.policy.cookieLife ?? 0) : this.#live.header.cookieLife,
      this.#core.clock,
    );
    return this.#cookieLife;
  }

  // ——— loading ———

  /** Finds the session that came with the request. Throws the store's coded error. */
  open(): Awaitable<void> {
    if (this.#opened) return undefined;
    this.#opened = true;
    const [first, ...more] = this.#candidates;
    if (first === undefined) return this.#begin(null);
    return chain(more.length === 0 ? this.#find(first) : this.#findOnly([first, ...more]), (live) =>
      this.#begin(live),
    );
  }

  // A getter can neither wait nor fail without taking the process with it (an async handler of Express 4 would
  // reject unheard): the failure becomes the reply when the app replies.
  #openAtOnce(): void {
    const fail = (error: unknown): void => {
      this.#failure = error;
      this.#begin(null);
    };
    const opening = attempt(() => this.open(), fail);
    if (isPromise(opening)) {
      opening.catch(() => undefined);
      fail(new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE"));
    }
  }

  #begin(live: Live | null): void {
    this.#live = live;
    this.#session = new SessionObject(this);
    if (live === null) return;
    fill(this.#session, parseStored(live.json));
    if (this.#facts.active) this.#core.activity.noteUse(live, this.#core.clock.now());
  }

  #find(credential: Credential): Awaitable<Live | null> {
    return this.#core.records.find(credential, this.#core.clock.now(), this);
  }

  // Several genuine ids in one request: only if exactly one of them is alive is it clear which is meant.
  #findOnly(credentials: readonly Credential[]): Awaitable<Live | null> {
    let all: Awaitable<Live[]> = [];
    for (const credential of credentials) {
      all = chain(all, (found) =>
        chain(this.#find(credential), (live) => (live === null ? found : [...found, live])),
      );
    }
    return chain(all, (found) => {
      this.report("session_duplicate", { live: found.length });
      return found.length === 1 ? (found[0] ?? null) : null;
    });
  }

  // ——— saving ———

  /** Saves what changed. Throws a coded error if that cannot be done; then nothing may be replied as a success. */
  commit(): Awaitable<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const session = this.#session;
    if (session === undefined || this.#destroyed) return undefined;
    const live = this.#live;
    const json = serialise(session, live?.json ?? EMPTY, this.#core.policy.maxBytes);
    if (live === null) return json === EMPTY ? undefined : this.#create(json);
    if (json === live.json && !this.#mustRewrite(live)) {
      if (this.#core.policy.rolling && isPersistent(live)) this.#sendCookie(live);
      return undefined;
    }
    return this.#write(live, json);
  }

  /** Saves now, at the app's request. */
  save(): Awaitable<void> {
    return this.commit();
  }

  /** Saves what changed after the headers went out; a new id can no longer be told to the client. */
  commitLate(): Awaitable<void> {
    const { cookie } = this;
    return chain(this.commit(), () => {
      if (this.cookie !== cookie && this.cookie !== null) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    });
  }

  touch(): void {
    this.#touched = true;
  }

  #mustRewrite(live: Live): boolean {
    return (
      this.#touched ||
      this.#cookieLife?.changed === true ||
      (live.credential.keyId !== this.#core.keys.newest.id && !this.#facts.headersSent())
    );
  }

  #write(live: Live, json: string): Awaitable<void> {
    const session = this.#session;
    if (session === undefined) return undefined;
    if (json !== live.json) {
      const previous = userOfLive(live);
      const user = userOf(session, this.#core.policy.identify);
      if (user !== previous) return this.#changeUser(live, json, user, {});
    }
    return this.#update(live, json, MOST_ATTEMPTS);
  }

  #update(live: Live, json: string, attempts: number): Awaitable<void> {
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    const { credentials, keys, records, clock, activity } = this.#core;
    const now = clock.now();
    const renewed = live.credential.keyId !== keys.newest.id && !this.#facts.headersSent();
    const credential = renewed ? credentials.reissue(live.credential) : live.credential;
    const life = this.#cookieLife?.changed === true ? this.#cookieLife.life : undefined;
    const change = {
      ...((this.#facts.active || this.#touched) && { seenAt: now }),
      ...(life !== undefined && { cookieLife: life }),
    };
    return chain(records.update(live, credential, json, change, now, this), (saved) => {
      if (saved === null) return this.#merge(live, json, attempts - 1);
      this.#live = saved;
      activity.noteWrite(saved, now);
      if (renewed || life !== undefined || isPersistent(saved)) this.#sendCookie(saved);
      this.#touched = false;
      this.#cookieLife = undefined;
      return undefined;
    });
  }

  // Another request was faster: put this one's changes on top of what it saved.
  #merge(live: Live, json: string, attempts: number): Awaitable<void> {
    if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    return chain(this.#find(live.credential), (latest) => {
      if (latest === null) return this.#superseded();
      const base = parseData(live.json);
      const theirs = parseData(latest.json);
      const mine = deltaBetween(base, parseData(json));
      const conflicts = conflictingKeys(base, theirs, mine);
      if (conflicts.length > 0) {
        this.report("session_conflict", { keys: conflicts }, { handle: live.credential.handle });
      }
      const merged = applyDelta(theirs, mine);
      this.#replaceData(merged);
      return this.#update(latest, JSON.stringify(merged), attempts);
    });
  }

  #superseded(): void {
    const handle = this.#live?.credential.handle;
    this.report("session_write_dropped", {}, handle === undefined ? {} : { handle });
    this.#live = null;
    this.#destroyed = true;
    this.cookie = null;
    if (this.#core.policy.onSuperseded === "fail") throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  }

  // ——— new ids ———

  // The store's record of a user never changes hands: a new user is a new session.
  #changeUser(
    live: Live,
    json: string,
    user: string | null,
    options: { readonly proven?: boolean; readonly remember?: boolean; readonly keep?: readonly string[] },
  ): Awaitable<void> {
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    const previous = userOfLive(live);
    const mine = parseData(json);
    const delta = deltaBetween(parseData(live.json), mine);
    const { records, clock } = this.#core;
    return chain(this.#generationOf(user), (generation) =>
      chain(records.remove(live.credential.handle, clock.now(), this), (existed) => {
        // Whoever merely assigns a user speaks for the session that was there; if that has ended, so has the say.
        if (!existed && previous !== null && options.proven !== true) return this.#superseded();
        const keep = [...this.#core.policy.keep, ...(options.keep ?? [])];
        const carried = carriedData(mine, delta, existed ? (user === previous ? "all" : previous === null ? keep : []) : []);
        this.#leave(live, previous);
        this.#replaceData(carried);
        const data = JSON.stringify(carried);
        if (data === EMPTY) return undefined;
        return chain(this.#store(data, user, options, generation), () => {
          this.#reportChange(live, previous, user);
        });
      }),
    );
  }

  #create(json: string): Awaitable<void> {
    const session = this.#session;
    if (session === undefined) return undefined;
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    const user = userOf(session, this.#core.policy.identify);
    const before = this.#before;
    return chain(this.#generationOf(user), (generation) =>
      chain(this.#store(json, user, {}, generation), () => {
        if (user !== (before?.user ?? null)) {
          this.report(
            "session_user_changed",
            {
              ...(before !== undefined && { previous: this.#correlate(before.handle) }),
              ...(before?.user && { previousUser: before.user }),
            },
            { handle: this.handle, user },
          );
        }
      }),
    );
  }

  #store(
    json: string,
    user: string | null,
    options: { readonly proven?: boolean; readonly remember?: boolean },
    generation: number | undefined,
  ): Awaitable<void> {
    const { credentials, records, clock, activity } = this.#core;
    const now = clock.now();
    const credential = credentials.issue(this.#handle);
    this.#handle = undefined;
    const beginning = this.#beginning(user, options, now);
    return chain(records.create(credential, beginning, json, generation, now, this), (outcome) => {
      if (outcome === "exists") return this.#store(json, user, options, generation);
      if (outcome === "revoked") return this.#superseded();
      this.#live = outcome;
      this.#before = undefined;
      this.#cookieLife = undefined;
      activity.noteWrite(outcome, now);
      this.#sendCookie(outcome);
      this.report("session_created", {}, { handle: credential.handle, user });
      return undefined;
    });
  }

  #beginning(
    user: string | null,
    options: { readonly proven?: boolean; readonly remember?: boolean },
    now: number,
  ): Beginning {
    const { policy } = this.#core;
    const { ip, userAgent } = this.#facts.describe();
    const inherited = this.#before?.user === user && options.proven !== true ? this.#before?.header : undefined;
    return {
      createdAt: now,
      authenticatedAt: options.proven === true ? now : (inherited?.authenticatedAt ?? 0),
      seenAt: now,
      idle: user === null ? policy.anonymousIdle : policy.idle,
      endsAt: inherited?.endsAt ?? now + policy.absolute,
      cookieLife: this.#cookieLife?.life ?? policy.cookieLife ?? 0,
      remembered: options.remember ?? inherited?.remembered ?? false,
      details: {
        ...(user !== null && { user }),
        client: { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) },
      },
    };
  }

  #generationOf(user: string | null): Awaitable<number | undefined> {
    if (user === null) return undefined;
    const hash = this.#core.keys.newest.userHash(user);
    return this.#core.records.ask("userGeneration", this, (store) => store.userGeneration(hash));
  }

  #sendCookie(live: Live): void {
    if (this.#facts.headersSent()) return;
    const { endsAt, cookieLife, remembered } = live.header;
    const left = endsAt - this.#core.clock.now();
    const life = remembered ? left : cookieLife > 0 ? Math.min(cookieLife, left) : undefined;
    this.cookie = life === undefined ? { value: live.credential.value } : { value: live.credential.value, life };
  }

  // ——— what the app asks for ———

  signIn(
    user: string | number,
    options: { readonly remember?: boolean; readonly keep?: readonly string[] },
  ): Awaitable<void> {
    const name = canonicalUser(user);
    const session = this.#usable();
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    session["userId"] = user;
    if (userOf(session, this.#core.policy.identify) !== name) {
      throw new HoldfastError(
        "ERR_HOLDFAST_USER",
        "signIn() set userId, but `identify` finds another user in the session. Let `identify` read userId.",
      );
    }
    const live = this.#live;
    const json = serialise(session, EMPTY, this.#core.policy.maxBytes);
    const sign = { proven: true, ...options };
    if (live !== null) return this.#changeUser(live, json, name, sign);
    return chain(this.#generationOf(name), (generation) =>
      chain(this.#store(json, name, sign, generation), () =>
        this.report("session_user_changed", {}, { handle: this.handle, user: name }),
      ),
    );
  }

  /** Ends the session; an empty anonymous one takes its place. */
  signOut(): Awaitable<void> {
    return chain(this.#end(), () => {
      this.signedOut = true;
      this.#replaceData({});
    });
  }

  /** Ends the session; there is none afterwards. */
  destroy(): Awaitable<void> {
    return chain(this.#end(), () => {
      this.signedOut = true;
      this.#destroyed = true;
    });
  }

  regenerate(keep: readonly string[]): Awaitable<void> {
    const session = this.#usable();
    if (this.#facts.headersSent()) throw new HoldfastError("ERR_HOLDFAST_HEADERS_SENT");
    const kept: Data = Object.create(null);
    for (const key of keep) if (Object.hasOwn(session, key)) kept[key] = session[key];
    const live = this.#live;
    const user = live === null ? null : userOfLive(live);
    return chain(this.#end(), () => {
      if (live !== null) this.#leave(live, user);
      this.#replaceData(kept);
    });
  }

  reload(): Awaitable<void> {
    this.#usable();
    const live = this.#live;
    if (live === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    return chain(this.#find(live.credential), (latest) => {
      if (latest === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
      this.#live = latest;
      this.#replaceData(parseStored(latest.json));
    });
  }

  /** Runs `change` on the newest data until it could be saved without anybody being faster. */
  update(change: () => unknown): Awaitable<void> {
    const session = this.#usable();
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#facts.storable) return this.#facts.refuseInsecure();
    const live = this.#live;
    if (live === null) return chain(change(), () => this.commit());
    const json = serialise(session, live.json, this.#core.policy.maxBytes);
    const pending = deltaBetween(parseData(live.json), parseData(json));
    return this.#attemptUpdate(change, pending, MOST_ATTEMPTS);
  }

  #attemptUpdate(change: () => unknown, pending: Delta, attempts: number): Awaitable<void> {
    const before = this.#live;
    if (before === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    return chain(this.#find(before.credential), (latest) => {
      if (latest === null) {
        this.#superseded();
        throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
      }
      this.#live = latest;
      this.#replaceData(applyDelta(parseData(latest.json), pending));
      return chain(change(), () => this.#saveOver(latest, () => this.#attemptUpdate(change, pending, attempts - 1)));
    });
  }

  // One write over the version read, no merging: `again` where somebody was faster.
  #saveOver(latest: Live, again: () => Awaitable<void>): Awaitable<void> {
    const { records, clock, activity, policy } = this.#core;
    const session = this.#usable();
    const json = serialise(session, latest.json, policy.maxBytes);
    if (json === latest.json) return undefined;
    if (userOf(session, policy.identify) !== userOfLive(latest)) return this.#write(latest, json);
    const now = clock.now();
    const change = this.#facts.active ? { seenAt: now } : {};
    return chain(records.update(latest, latest.credential, json, change, now, this), (saved) => {
      if (saved === null) return again();
      this.#live = saved;
      activity.noteWrite(saved, now);
      return undefined;
    });
  }

  // ——— small parts ———

  #end(): Awaitable<void> {
    this.#usable();
    const live = this.#live;
    this.#before = undefined;
    this.#handle = undefined;
    if (live === null) return undefined;
    const { records, clock } = this.#core;
    const { handle } = live.credential;
    return chain(records.remove(handle, clock.now(), this), () => {
      this.#live = null;
      this.#cookieLife = undefined;
      this.cookie = "clear";
      this.report("session_logout", {}, { handle, user: userOfLive(live) });
    });
  }

  // The session's record is gone; what follows in this request is another session.
  #leave(live: Live, user: string | null): void {
    this.#before = { user, header: live.header, handle: live.credential.handle };
    this.#live = null;
    this.cookie = "clear";
  }

  #usable(): SessionObject {
    const { session } = this;
    if (this.#failure !== undefined) throw this.#failure;
    if (session === undefined) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    return session;
  }

  #replaceData(data: Readonly<Record<string, unknown>>): void {
    if (this.#session !== undefined) fill(this.#session, data);
  }

  #lastUse(header: RecordHeader): number {
    return Math.max(header.seenAt, this.#live?.credential.seenAt ?? 0);
  }

  #reportChange(live: Live, previous: string | null, user: string | null): void {
    if (user === previous) return;
    const fields = {
      previous: this.#correlate(live.credential.handle),
      ...(previous !== null && { previousUser: previous }),
    };
    this.report("session_user_changed", fields, { handle: this.handle, user });
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

// What a sealed or process-local record holds was written by us; whoever changed it gets an empty session.
function parseStored(json: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(json);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isPersistent({ header }: Live): boolean {
  return header.remembered || header.cookieLife > 0;
}

function carriedData(mine: Data, delta: Delta, keep: "all" | readonly string[]): Data {
  if (keep === "all") return mine;
  const carried: Data = Object.create(null);
  for (const key of [...keep, ...delta.keys()]) if (key in mine) carried[key] = mine[key];
  return carried;
}
