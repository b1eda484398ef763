/**
 * Asking the store: bounded in time, and every failure turned into one coded error and one event.
 *
 * @module
 */
import { type Awaitable, isPromise, within } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Store } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import { type StoreMessage, storeChannel, traced } from "../tracing.ts";
import { Settling } from "./settling.ts";

export class StoreCalls {
  readonly #store: Store<unknown>;
  readonly #timeout: number;
  readonly #settling: Settling;
  readonly #source: symbol;
  readonly #late: () => Error;

  /**
   * @param timeout - the longest a single operation may take, in milliseconds
   * @param source - whose operations they are, for tracing
   */
  constructor(store: Store<unknown>, timeout: number, source: symbol) {
    this.#store = store;
    this.#timeout = timeout;
    this.#settling = new Settling(store);
    this.#source = source;
    this.#late = () =>
      new HoldfastError(
        "ERR_HOLDFAST_STORE_UNAVAILABLE",
        `The session store did not answer within ${timeout} ms.`,
      );
  }

  /** True if the store usually answers without a promise. */
  get answersAtOnce(): boolean {
    return this.#store.capabilities.sync;
  }

  /** True if a read that is not fresh may find what somebody else has found replaced. */
  get lagsBehind(): boolean {
    return this.#settling.lagsBehind;
  }

  /**
   * One operation of the store.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`, or the store's own coded error
   */
  ask<T>(operation: string, reporter: Reporter, run: (store: Store<unknown>) => Awaitable<T>): Awaitable<T> {
    return storeChannel.hasSubscribers
      ? this.#askTraced(operation, reporter, run)
      : this.#ask(operation, reporter, run);
  }

  #askTraced<T>(
    operation: string,
    reporter: Reporter,
    run: (store: Store<unknown>) => Awaitable<T>,
  ): Awaitable<T> {
    const message: StoreMessage = { source: this.#source, operation, outcome: undefined };
    return traced(
      storeChannel,
      message,
      () => this.#ask(operation, reporter, run),
      () => "answered",
    );
  }

  #ask<T>(operation: string, reporter: Reporter, run: (store: Store<unknown>) => Awaitable<T>): Awaitable<T> {
    let answer: Awaitable<T>;
    try {
      answer = run(this.#store);
    } catch (error) {
      throw failure(operation, error, reporter);
    }
    if (!isPromise(answer)) return answer;
    return within(this.#timeout + this.#settling.of(operation), answer, this.#late).catch((error) => {
      throw failure(operation, error, reporter);
    });
  }

  /** Closes the store, within the time of one operation. */
  async close(): Promise<void> {
    const closed = this.#store.close();
    if (isPromise(closed)) await within(this.#timeout, closed, this.#late);
  }
}

function failure(operation: string, error: unknown, reporter: Reporter): HoldfastError {
  reporter.report("store_error", { operation, error });
  if (error instanceof HoldfastError) return error;
  return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", undefined, { cause: error });
}
