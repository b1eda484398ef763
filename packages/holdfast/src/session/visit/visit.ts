/**
 * One request's dealings with its session: open it, let the app change it, commit.
 *
 * Pure of HTTP: the request comes in as {@link VisitFacts}, and what the reply must do to the cookie is read from
 * {@link Visit.cookie}. Where the store answers at once, a verb's work is done when it returns.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import type { Duration } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import { NO_METHODS } from "../authentication.ts";
import type { Core } from "../core.ts";
import { bindingOf } from "../device-bound/summary.ts";
import { userOf } from "../identity.ts";
import { SessionObject } from "../object/session-object.ts";
import { timesOf } from "../object/times.ts";
import type {
  DeviceBinding,
  ElevateOptions,
  ImpersonationOptions,
  SessionTimes,
  SignInOptions,
} from "../object/types.ts";
import type { Credential } from "../record/credentials.ts";
import { actingUser, type RecordHeader } from "../record/header.ts";
import { standingOf } from "../record/live.ts";
import { commit, commitNow } from "./commit.ts";
import { destroy, regenerate, signOut } from "./end.ts";
import type { VisitFacts } from "./facts.ts";
import { endImpersonation, impersonate } from "./impersonate.ts";
import { lookAgain, type Sight } from "./look-again.ts";
import { open, openAtOnce } from "./open.ts";
import { pend, takePending } from "./pending.ts";
import { elevate, signIn } from "./sign-in.ts";
import { VisitState } from "./state.ts";
import { reload, update } from "./update.ts";
import { VerbPromise } from "./verb-promise.ts";

const NO_VERBS: readonly VerbPromise<unknown>[] = [];

export class Visit extends VisitState {
  readonly #credentials: readonly Credential[];
  #opened = false;
  /** Verbs that have not answered at once; settles, never rejects. */
  #underWay: Promise<unknown> | undefined;
  #verbs: readonly VerbPromise<unknown>[] = NO_VERBS;
  /** How many changes of `update` are running. */
  #changes = 0;

  /** @param credentials - the genuine ids that came with the request */
  constructor(core: Core, facts: VisitFacts, credentials: readonly Credential[]) {
    super(core, facts);
    this.#credentials = credentials;
  }

  /** `req.session`, opened if it was not yet; `undefined` once it is destroyed. */
  look(): SessionObject | undefined {
    this.looked = true;
    this.#openAtOnce();
    return this.session;
  }

  /** Why the session cannot be read; `undefined`: it can. Unlike {@link look} it leaves the reply free of the failure. */
  peek(): unknown {
    this.#openAtOnce();
    return this.failure;
  }

  /** After {@link open} has failed: the app's handlers run, and only what looks at the session fails. */
  goOn(): void {
    this.inert = false;
  }

  #openAtOnce(): void {
    if (this.#opened) return;
    this.#opened = true;
    openAtOnce(this, this.#credentials, new SessionObject(this));
  }

  /** True once somebody has looked at the session. */
  get opened(): boolean {
    return this.#opened;
  }

  /** True if there is a stored session with a user, locked or not. */
  get signedIn(): boolean {
    const { live } = this;
    return (live !== null && live.header.user !== null) || this.locked !== null;
  }

  /** Whose session is locked. */
  get lockedUser(): string | undefined {
    return this.locked?.header.user ?? undefined;
  }

  get times(): SessionTimes | undefined {
    const { live } = this;
    return live === null ? undefined : timesOf(live);
  }

  get deviceBound(): DeviceBinding | undefined {
    return this.live === null ? undefined : bindingOf(this.live.header);
  }

  /** True if the session has reached a limit since it was loaded. */
  get over(): boolean {
    const { live } = this;
    if (live === null) return false;
    return standingOf(live, this.core.clock.now()) !== "live";
  }

  /** What became of the session since it was read, where that is more than a moment ago; see {@link lookAgain}. */
  lookAgain(): Awaitable<Sight> {
    return lookAgain(this);
  }

  /** The user whom the data names now, or `null`; also for data that names none in a valid way. */
  get user(): string | null {
    try {
      return this.session === undefined ? null : userOf(this.session, this.core.policy.identify);
    } catch {
      return null;
    }
  }

  /**
   * The header that says what the session's user has proved; none if the request has assigned another user, who has proved
   * nothing. Nor has one who is impersonated.
   *
   * @param operator - true: then what their operator has
   */
  provenHeader(operator: boolean): RecordHeader | undefined {
    const { live } = this;
    if (live === null || live.header.user === null || actingUser(live.header) !== this.user) return undefined;
    return operator || live.header.impersonation === null ? this.provenPart(live) : undefined;
  }

  /** Who acts as the session's user. */
  get impersonator(): string | undefined {
    const { live } = this;
    if (live === null || live.header.impersonation === null) return undefined;
    return live.header.user ?? undefined;
  }

  get authenticatedAt(): Date | undefined {
    const at = this.provenHeader(false)?.authenticatedAt ?? 0;
    return at === 0 ? undefined : new Date(at);
  }

  get level(): number {
    return this.provenHeader(false)?.level ?? 0;
  }

  get methods(): readonly string[] {
    return this.provenHeader(false)?.methods ?? NO_METHODS;
  }

  /** Opens the session, waiting for the store. Throws the store's coded error. */
  open(): Awaitable<void> {
    if (this.#opened) return undefined;
    this.#opened = true;
    return open(this, this.#credentials, new SessionObject(this));
  }

  /** Before the reply's first header, and before its end. Waits for verbs that the app has called and not awaited. */
  commit(): Awaitable<void> {
    return this.#underWay === undefined ? commit(this) : this.#afterVerbs(this.#underWay);
  }

  save(): Promise<void> {
    return this.#perform(() => commitNow(this));
  }

  signIn(user: string | number, options: SignInOptions): Promise<void> {
    return this.#performOutside(() => signIn(this, user, options));
  }

  elevate(options: ElevateOptions): Promise<void> {
    return this.#performOutside(() => elevate(this, options));
  }

  impersonate(user: string | number, options: ImpersonationOptions): Promise<void> {
    return this.#performOutside(() => impersonate(this, user, options));
  }

  endImpersonation(options: ImpersonationOptions): Promise<void> {
    return this.#performOutside(() => endImpersonation(this, options));
  }

  signOut(): Promise<void> {
    return this.#perform(() => signOut(this));
  }

  destroy(): Promise<void> {
    return this.#perform(() => destroy(this));
  }

  regenerate(keep: readonly string[]): Promise<void> {
    return this.#performOutside(() => regenerate(this, keep));
  }

  /** Another object becomes `req.session`, and the one before stays readable, as users of express-session know it. */
  regenerateAnew(): Promise<void> {
    return this.#performOutside(() => regenerate(this, [], new SessionObject(this)));
  }

  reload(): Promise<void> {
    return this.#perform(() => reload(this));
  }

  pend(purpose: string, value: unknown, within: Duration): Promise<void> {
    return this.#performOutside(() => pend(this, purpose, value, within));
  }

  takePending(purpose: string): Promise<unknown> {
    return this.#performOutside(() => takePending(this, purpose));
  }

  update(change: () => unknown): Promise<void> {
    return this.#perform(() => update(this, () => this.#changing(change)));
  }

  // One after another: two verbs at once could each make a session of the same one. Only what is called while the change
  // of an update runs cannot wait for it.
  /** @throws {HoldfastError} `ERR_HOLDFAST_WITHIN_UPDATE`: the update that is running would write over what the verb does */
  #performOutside<T>(verb: () => Awaitable<T>): Promise<T> {
    if (this.#changes > 0) return Promise.reject(new HoldfastError("ERR_HOLDFAST_WITHIN_UPDATE"));
    return this.#perform(verb);
  }

  #perform<T>(verb: () => Awaitable<T>): Promise<T> {
    const before = this.#changes === 0 ? this.#underWay : undefined;
    const done: Awaitable<T> =
      before === undefined ? attempt(verb, (error) => Promise.reject(error)) : before.then(verb);
    const promise = new VerbPromise<T>((resolve, reject) => {
      if (isPromise(done)) done.then(resolve, reject);
      else resolve(done);
    });
    if (isPromise(done)) {
      this.#verbs = [...this.#verbs, promise];
      const settled = done.then(
        () => undefined,
        (error) => promise.fail(error),
      );
      this.#underWay = this.#underWay === undefined ? settled : Promise.all([this.#underWay, settled]);
    }
    return promise;
  }

  #changing(change: () => unknown): unknown {
    this.#changes += 1;
    return chain(
      attempt(
        // A query builder is a thenable and no promise.
        () => settled(change()),
        (error) => {
          this.#changes -= 1;
          throw error;
        },
      ),
      (result) => {
        this.#changes -= 1;
        return result;
      },
    );
  }

  #afterVerbs(underWay: Promise<unknown>): Promise<void> {
    return underWay.then(() => {
      // A verb that failed unheard must not be followed by a success.
      const unheard = this.#verbs.find((verb) => verb.failed && !verb.heard);
      if (unheard !== undefined && !this.facts.replyIsError()) throw unheard.failure;
      return commit(this);
    });
  }
}

function settled(result: unknown): unknown {
  return isPromise(result) ? Promise.resolve(result) : result;
}
