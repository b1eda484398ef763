/**
 * One request's dealings with its session: open it, let the app change it, commit once.
 *
 * Pure of HTTP: the request comes in as {@link VisitFacts}, and what the reply must do to the cookie is read from
 * {@link Visit.cookie}. Every verb answers at once where the store does.
 *
 * @module
 */
import { type Awaitable, isPromise } from "../awaitable.ts";
import { signIn } from "./change-user.ts";
import { commit, commitLate, commitNow } from "./commit.ts";
import type { Core } from "./core.ts";
import type { Credential } from "./credentials.ts";
import { destroy, regenerate, signOut } from "./end.ts";
import type { SessionEventName, SessionEvents } from "./events.ts";
import { open, openAtOnce } from "./open.ts";
import type { Reporter } from "./records.ts";
import { SessionObject } from "./session-object.ts";
import { timesOf } from "./session-times.ts";
import type { SessionCookieView, SessionTimes } from "./session-types.ts";
import { reload, update } from "./update.ts";
import type { CookieChange, VisitFacts } from "./visit-facts.ts";
import { VisitState } from "./visit-state.ts";

export class Visit implements Reporter {
  readonly #state: VisitState;
  readonly #credentials: readonly Credential[];
  #opened = false;
  #underWay: Promise<unknown> | undefined;

  /** @param credentials - the genuine ids that came with the request */
  constructor(core: Core, facts: VisitFacts, credentials: readonly Credential[]) {
    this.#state = new VisitState(core, facts);
    this.#credentials = credentials;
  }

  /** `req.session`, opened if it was not yet; `undefined` once it is destroyed. */
  get session(): SessionObject | undefined {
    if (!this.#opened) {
      this.#opened = true;
      openAtOnce(this.#state, this.#credentials, new SessionObject(this));
    }
    return this.#state.session;
  }

  /** True once somebody has looked at the session. */
  get opened(): boolean {
    return this.#opened;
  }

  /** True if there is a stored session with a user. */
  get signedIn(): boolean {
    const { live } = this.#state;
    return live !== null && live.record.user !== null;
  }

  get handle(): string {
    return this.#state.handle;
  }

  get times(): SessionTimes | undefined {
    const { live } = this.#state;
    return live === null ? undefined : timesOf(live);
  }

  get authenticatedAt(): Date | undefined {
    const at = this.#state.live?.header.authenticatedAt ?? 0;
    return at === 0 ? undefined : new Date(at);
  }

  get cookieView(): SessionCookieView {
    return this.#state.cookieLife;
  }

  /** What the reply must do to the cookie; `null`: leave it as it is. */
  get cookie(): CookieChange | null {
    return this.#state.cookie;
  }

  /** True once the app has ended the session that came with the request, by `signOut` or `destroy`. */
  get signedOut(): boolean {
    return this.#state.signedOut;
  }

  /** Opens the session, waiting for the store. Throws the store's coded error. */
  open(): Awaitable<void> {
    if (this.#opened) return undefined;
    this.#opened = true;
    return open(this.#state, this.#credentials, new SessionObject(this));
  }

  /** For the reply's first header. Waits for verbs that the app has called and not awaited. */
  commit(): Awaitable<void> {
    return this.#afterOthers(() => commit(this.#state));
  }

  /** For the reply's end, once headers are out. */
  commitLate(): Awaitable<void> {
    return this.#afterOthers(() => commitLate(this.#state));
  }

  save(): Awaitable<void> {
    return this.#noting(commitNow(this.#state));
  }

  touch(): void {
    this.#state.touched = true;
  }

  signIn(
    user: string | number,
    options: { remember?: boolean | undefined; keep?: readonly string[] | undefined },
  ): Awaitable<void> {
    return this.#noting(signIn(this.#state, user, options));
  }

  signOut(): Awaitable<void> {
    return this.#noting(signOut(this.#state));
  }

  destroy(): Awaitable<void> {
    return this.#noting(destroy(this.#state));
  }

  regenerate(keep: readonly string[]): Awaitable<void> {
    return this.#noting(regenerate(this.#state, keep));
  }

  reload(): Awaitable<void> {
    return this.#noting(reload(this.#state));
  }

  update(change: () => unknown): Awaitable<void> {
    return this.#noting(update(this.#state, change));
  }

  #noting(verb: Awaitable<void>): Awaitable<void> {
    // What went wrong is the caller's to know.
    if (isPromise(verb)) this.#underWay = Promise.allSettled([this.#underWay, verb]);
    return verb;
  }

  #afterOthers(verb: () => Awaitable<void>): Awaitable<void> {
    return this.#underWay === undefined ? verb() : this.#underWay.then(verb);
  }

  report<Name extends SessionEventName>(type: Name, fields: SessionEvents[Name]): void {
    this.#state.report(type, fields);
  }
}
