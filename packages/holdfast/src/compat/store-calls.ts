/**
 * A store's callbacks as values: at once where it answers at once, else as promises, and never later than the bound.
 *
 * @module
 */
import { type Awaitable, isPromise } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { MemoryStore } from "./memory.ts";
import type { CompatStore, SessionRequest, StoredSession } from "./types.ts";

type Done<T> = (error?: unknown, value?: T) => void;

export class StoreCalls {
  readonly store: CompatStore;
  readonly #timeout: number;

  /** @param timeout - how long the store has for each answer, in milliseconds */
  constructor(store: CompatStore, timeout: number) {
    this.store = store;
    this.#timeout = timeout;
  }

  /** `undefined`: there is none. */
  get(sid: string): Awaitable<StoredSession | undefined> {
    const { store } = this;
    if (isOurs(store, "get")) return store.read(sid);
    return this.#ask<StoredSession | undefined>((done) =>
      store.get(sid, (error, found) => (isAbsent(error) ? done() : done(error, found || undefined))),
    );
  }

  set(sid: string, session: StoredSession): Awaitable<unknown> {
    const { store } = this;
    if (isOurs(store, "set")) return store.write(sid, session);
    return this.#ask((done) => store.set(sid, session, done));
  }

  touch(sid: string, session: StoredSession): Awaitable<void> {
    const { store } = this;
    if (typeof store.touch !== "function") return undefined;
    if (isOurs(store, "touch")) return store.prolong(sid, session);
    return this.#ask<void>((done) => store.touch?.(sid, session, done));
  }

  destroy(sid: string): Awaitable<void> {
    const { store } = this;
    return this.#ask<void>((done) => {
      const returned: unknown = store.destroy(sid, done);
      // `async destroy(sid)` was enough for apps that sign out without a callback.
      if (store.destroy.length < 2 && isPromise(returned)) returned.then(() => done(), done);
      return returned;
    });
  }

  /** Ends a request's session and begins another, as the store does it. */
  regenerate(req: SessionRequest): Awaitable<void> {
    const { store } = this;
    if (typeof store.regenerate === "function") {
      return this.#ask<void>((done) => store.regenerate?.(req, done));
    }
    return this.#ask<void>((done) =>
      store.destroy(req.sessionID, (error) => {
        store.generate?.(req);
        done(error);
      }),
    );
  }

  #ask<T>(start: (done: Done<T>) => unknown): Awaitable<T> {
    const answer = new Answer<T>();
    const returned = start((error, value) => answer.give(error, value));
    // That such a promise is fulfilled says nothing: the callback has the answer.
    if (!answer.given && isPromise(returned)) {
      returned.then(undefined, (error: unknown) => answer.give(error ?? new Error("rejected"), undefined));
    }
    return answer.within(this.#timeout);
  }
}

/** The error for a store that did not answer in time. */
export function tooLate(timeout: number): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    `The session store did not answer within ${timeout} ms. Try again in a moment.`,
  );
}

/** True for a MemoryStore whose function nobody has replaced: it need not be waited for. */
function isOurs(store: CompatStore, name: "get" | "set" | "touch"): store is MemoryStore {
  return store instanceof MemoryStore && store[name] === MemoryStore.prototype[name];
}

/** How a store of files says that there is none. */
function isAbsent(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/** One answer of a store: the first that it gives. */
class Answer<T> {
  given = false;
  #error: unknown = undefined;
  #value: T | undefined = undefined;
  #tell: (() => void) | undefined = undefined;

  give(error: unknown, value: T | undefined): void {
    if (this.given) return;
    this.given = true;
    this.#error = error;
    this.#value = value;
    this.#tell?.();
  }

  within(timeout: number): Awaitable<T> {
    if (this.given) return this.#result();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.give(tooLate(timeout), undefined), timeout);
      this.#tell = () => {
        clearTimeout(timer);
        if (this.#error) reject(this.#error);
        else resolve(this.#result());
      };
    });
  }

  #result(): T {
    if (this.#error) throw this.#error;
    return this.#value as T;
  }
}
