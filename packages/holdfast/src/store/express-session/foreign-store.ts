import { isPromise, within } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { plainCause } from "../../plain-cause.ts";

/** A session object as such stores take it. They read its cookie to learn how long it is to live. */
export interface ForeignSession {
  cookie: {
    originalMaxAge: number | null;
    expires?: Date | string | null | undefined;
    maxAge?: number | undefined;
  };
}

/** What is used of a store for express-session. */
export interface ForeignStore {
  get(name: string, done: (error: unknown, session?: ForeignSession | null) => void): unknown;
  set(name: string, session: ForeignSession, done: (error?: unknown) => void): unknown;
  destroy(name: string, done: (error?: unknown) => void): unknown;
  touch?(name: string, session: ForeignSession, done: (error?: unknown) => void): unknown;
  /** Every session of the database: a list, or an object by name. */
  all?(done: (error: unknown, sessions?: unknown) => void): unknown;
  clear?(done: (error?: unknown) => void): unknown;
  length?(done: (error: unknown, count?: number) => void): unknown;
  /** Says `"disconnect"` and `"connect"`. */
  on?(event: string, listener: () => void): unknown;
}

/** The store's callbacks as promises: each call is answered once, and in time. */
export class ForeignCalls {
  readonly #store: ForeignStore;
  readonly #timeout: number;

  constructor(store: ForeignStore, timeout: number) {
    this.#store = store;
    this.#timeout = timeout;
  }

  /** `null` or `undefined`: there is none. */
  get(name: string): Promise<unknown> {
    return this.#ask((done) =>
      this.#store.get(name, (error, found) => done(absent(error) ? null : error, found)),
    );
  }

  async set(name: string, session: ForeignSession): Promise<void> {
    await this.#ask((done) => this.#store.set(name, session, (error) => done(error)));
  }

  async destroy(name: string): Promise<void> {
    await this.#ask((done) => this.#store.destroy(name, (error) => done(error)));
  }

  all(): Promise<unknown> {
    return this.#ask((done) => this.#store.all?.(done));
  }

  /** Tells a store that can be told so that a session is in use. */
  async touch(name: string, session: ForeignSession): Promise<void> {
    await this.#ask((done) => this.#store.touch?.(name, session, (error) => done(error)));
  }

  async clear(): Promise<void> {
    await this.#ask((done) => this.#store.clear?.((error) => done(error)));
  }

  /** How many sessions there are, as the store counts. */
  length(): Promise<unknown> {
    return this.#ask((done) => this.#store.length?.(done));
  }

  #ask(call: (done: (error: unknown, value?: unknown) => void) => unknown): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => {
      const returned = call((error, value) => {
        // A promise takes the first answer and no other.
        if (error === undefined || error === null) resolve(value);
        else reject(unavailable(error));
      });
      // That such a promise is fulfilled says nothing: the callback has the answer.
      if (isPromise(returned)) returned.then(undefined, (error: unknown) => reject(unavailable(error)));
    });
    const late = (): Error =>
      new HoldfastError(
        "ERR_HOLDFAST_STORE_UNAVAILABLE",
        `The store for express-session did not answer within ${this.#timeout} ms.`,
      );
    return within(this.#timeout, answer, late).catch((error: unknown) => {
      throw error instanceof HoldfastError ? error : unavailable(error);
    });
  }
}

// How a store of files says that there is none.
function absent(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

function unavailable(cause: unknown): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", undefined, { cause: plainCause(cause) });
}
