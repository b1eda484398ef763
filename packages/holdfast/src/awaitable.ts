/**
 * Values that may be there already. In-process stores answer at once and must not cost a microtask. {@link chain}
 * writes both ways as one; on the paths of every read and write the branch is spelt out instead, for a closure shows in
 * the benchmark.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** True for anything with a `then`. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** `next(value)`, at once if the value is there, else when it is. */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Runs `action`; an error, thrown or rejected, goes to `recover`. */
export function attempt<T>(
  action: () => Awaitable<T>,
  recover: (error: unknown) => Awaitable<T>,
): Awaitable<T> {
  try {
    const value = action();
    return isPromise(value) ? value.then(undefined, recover) : value;
  } catch (error) {
    return recover(error);
  }
}

/**
 * Runs `action`, then `done` with its value or `failed` with its error. What `done` throws is the caller's, never
 * `failed`'s.
 */
export function settle<T>(
  action: () => Awaitable<T>,
  done: (value: T) => void,
  failed: (error: unknown) => void,
): void {
  let value: Awaitable<T>;
  try {
    value = action();
  } catch (error) {
    return failed(error);
  }
  if (isPromise(value)) void value.then(done, failed);
  else done(value);
}

/** The same promise, but for a time limit: `late()` is what it is rejected with after `timeout` milliseconds. */
export function within<T>(timeout: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeout);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
