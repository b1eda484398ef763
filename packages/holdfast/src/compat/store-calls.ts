/**
 * A store's callbacks as values: at once where it answers at once, else as promises, and never later than the bound.
 *
 * @module
 */
import { type Awaitable, isPromise } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { MemoryStore } from "./memory.ts";
import type { CompatStore, SessionRecord } from "./types.ts";

export class StoreCalls {
  readonly store: CompatStore;
  readonly #timeout: number;

  /** @param timeout - how long the store has for each answer, in milliseconds */
  constructor(store: CompatStore, timeout: number) {
    this.store = store;
    this.#timeout = timeout;
  }

  /** `undefined`: there is none. */
  get(sid: string): Awaitable<SessionRecord | undefined> {
    const { store } = this;
    if (store instanceof MemoryStore && store.get === MemoryStore.prototype.get) return store.read(sid);
    return this.#ask<SessionRecord | undefined>((done) =>
      store.get(sid, (error, found) => {
        // How a store of files says that there is none.
        const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
        if (absent) done(undefined, undefined);
        else done(error, found ?? undefined);
      }),
    );
  }

  set(sid: string, session: SessionRecord): Awaitable<void> {
    const { store } = this;
    if (store instanceof MemoryStore && store.set === MemoryStore.prototype.set)
      return store.write(sid, session);
    return this.#ask<void>((done) => store.set(sid, session, done));
  }

  touch(sid: string, session: SessionRecord): Awaitable<void> {
    const { store } = this;
    return this.#ask<void>((done) => store.touch?.(sid, session, done));
  }

  destroy(sid: string): Awaitable<void> {
    const { store } = this;
    return this.#ask<void>((done) => store.destroy(sid, done));
  }

  /** Runs anything that ends in a callback. */
  regenerate(run: (done: (error?: unknown) => void) => unknown): Awaitable<void> {
    return this.#ask<void>(run);
  }

  #ask<T>(start: (done: (error?: unknown, value?: T) => void) => unknown): Awaitable<T> {
    const call = new Answer<T>();
    const returned = start((error, value) => call.give(error, value));
    if (!call.given && isPromise(returned)) {
      returned.then(undefined, (error: unknown) => call.give(error ?? new Error("rejected"), undefined));
    }
    return call.within(this.#timeout);
  }
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
      const timer = setTimeout(() => {
        const message = `The session store did not answer within ${timeout} ms. Try again in a moment.`;
        this.give(new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", message), undefined);
      }, timeout);
      this.#tell = () => {
        clearTimeout(timer);
        try {
          resolve(this.#result());
        } catch (error) {
          reject(error);
        }
      };
    });
  }

  #result(): T {
    if (this.#error) throw this.#error;
    return this.#value as T;
  }
}
