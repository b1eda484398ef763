/**
 * `req.session`: the app's data as plain own properties, and the session's own interface on the prototype, where
 * neither stored data nor an assignment can replace it.
 *
 * @module
 */
import type { Duration } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import type { Snapshot } from "../record/snapshot.ts";
import type { Visit } from "../visit/visit.ts";
import type {
  DeviceBinding,
  ElevateOptions,
  ImpersonationOptions,
  PendingStep,
  Session,
  SessionCookieView,
  SessionData,
  SessionTimes,
  SignInOptions,
} from "./types.ts";

type Callback = (error?: unknown) => void;

/** The object behind {@link Session}. Every method delegates to the request's {@link Visit}. */
export class SessionObject implements Session {
  [key: string]: unknown;
  #visit: Visit;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  /** What stands behind a session; `undefined` for any other value. */
  static visitOf(session: unknown): Visit | undefined {
    return typeof session === "object" && session !== null && #visit in session ? session.#visit : undefined;
  }

  get id(): string {
    return this.#visit.handle;
  }
  get handle(): string {
    return this.#visit.handle;
  }
  get cookie(): SessionCookieView {
    return this.#visit.cookieLife;
  }
  get times(): SessionTimes | undefined {
    return this.#visit.times;
  }
  get expiresAt(): Date | undefined {
    // Idle or absolute, whichever comes first: the idle limit never reaches beyond the absolute one.
    return this.#visit.times?.idleExpiresAt;
  }
  get authenticatedAt(): Date | undefined {
    return this.#visit.authenticatedAt;
  }

  get level(): number {
    return this.#visit.level;
  }
  get methods(): readonly string[] {
    return this.#visit.methods;
  }

  get locked(): boolean {
    return this.#visit.locked !== null;
  }
  get lockedUser(): string | undefined {
    return this.#visit.lockedUser;
  }

  get deviceBound(): DeviceBinding | undefined {
    return this.#visit.deviceBound;
  }

  signIn(user: string | number, options: SignInOptions = {}): Promise<void> {
    return this.#visit.signIn(user, options);
  }

  elevate(options: ElevateOptions = {}): Promise<void> {
    return this.#visit.elevate(options);
  }

  get impersonator(): string | undefined {
    return this.#visit.impersonator;
  }

  impersonate(user: string | number, options: ImpersonationOptions = {}): Promise<void> {
    return this.#visit.impersonate(user, options);
  }

  endImpersonation(options: ImpersonationOptions = {}): Promise<void> {
    return this.#visit.endImpersonation(options);
  }

  signOut(): Promise<void> {
    return this.#visit.signOut();
  }

  update(change: (session: Session & Partial<SessionData>) => unknown): Promise<void> {
    return this.#visit.update(() => change(this));
  }

  pend(purpose: string, value: unknown, within: Duration): Promise<void> {
    return this.#visit.pend(purpose, value, within);
  }

  takePending<Purpose extends string>(purpose: Purpose): Promise<PendingStep<Purpose> | undefined> {
    // As with SessionData: what the app has declared is what it has put there.
    return this.#visit.takePending(purpose) as Promise<PendingStep<Purpose> | undefined>;
  }

  regenerate(options?: { keep?: readonly string[] | undefined }): Promise<void>;
  regenerate(callback: Callback): this;
  regenerate(argument?: { keep?: readonly string[] | undefined } | Callback): Promise<void> | this {
    if (typeof argument === "function") return this.#callBack(() => this.#visit.regenerateAnew(), argument);
    return this.#visit.regenerate(argument?.keep ?? []);
  }

  destroy(): Promise<void>;
  destroy(callback: Callback): this;
  destroy(callback?: Callback): Promise<void> | this {
    return this.#either(() => this.#visit.destroy(), callback);
  }

  reload(): Promise<void>;
  reload(callback: Callback): this;
  reload(callback?: Callback): Promise<void> | this {
    return this.#either(() => this.#visit.reload(), callback);
  }

  save(): Promise<void>;
  save(callback: Callback): this;
  save(callback?: Callback): Promise<void> | this {
    return this.#either(() => this.#visit.save(), callback);
  }

  touch(): this {
    this.#visit.touched = true;
    return this;
  }

  resetMaxAge(): this {
    this.#visit.touched = true;
    return this;
  }

  #either(action: () => Promise<void>, callback: Callback | undefined): Promise<void> | this {
    return callback === undefined ? action() : this.#callBack(action, callback);
  }

  #callBack(action: () => Promise<void>, callback: Callback): this {
    action().then(
      // Out of the promise, so that what the callback throws is the app's own uncaught error and no rejection of ours.
      () => process.nextTick(callback),
      (error) => process.nextTick(callback, error),
    );
    return this;
  }
}

/** Names that data may not use: assigning to them throws `ERR_HOLDFAST_RESERVED_NAME`, stored ones are ignored. */
export const reservedNames: ReadonlySet<string> = reserve(SessionObject.prototype);

function reserve(prototype: object): ReadonlySet<string> {
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
  for (const name of names) {
    const { value, get } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    Object.defineProperty(prototype, name, {
      get: get ?? (() => value),
      set: refuse(name),
      enumerable: false,
    });
  }
  Object.defineProperty(prototype, "__proto__", { get: () => prototype, set: refuse("__proto__") });
  return new Set([...names, "__proto__"]);
}

function refuse(name: string): () => never {
  return () => {
    throw new HoldfastError(
      "ERR_HOLDFAST_RESERVED_NAME",
      `req.session.${name} belongs to the session's own interface. Store the data under another key.`,
    );
  };
}

/** Makes `data` the whole of the session's data. */
export function fill(session: SessionObject, data: Snapshot): void {
  for (const key of Object.keys(session)) delete session[key];
  data.pourInto(session, reservedNames);
}
