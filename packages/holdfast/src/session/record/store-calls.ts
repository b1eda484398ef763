/**
 * Asking the store: bounded in time, refused at once while it does not answer, and every failure turned into one coded
 * error and one event.
 *
 * @module
 */
import { type Awaitable, isPromise, within } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Store, StoreChange, StoreLack } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import type { Mark } from "../outage/circuit.ts";
import type { Deadlines } from "../outage/deadlines.ts";
import type { Gate } from "../outage/gate.ts";
import { Settling } from "../outage/settling.ts";
import { type StoreMessage, storeChannel, traced } from "../tracing.ts";
import { LocalChanges } from "./local-changes.ts";

type Run<T> = (store: Store<unknown>) => Awaitable<T>;

export class StoreCalls {
  readonly gate: Gate;
  /** What this process ends in the store. */
  readonly changes: LocalChanges = new LocalChanges();
  readonly #store: Store<unknown>;
  readonly #deadlines: Deadlines;
  readonly #settling: Settling;
  readonly #source: symbol;

  /** @param source - whose operations they are, for tracing */
  constructor(store: Store<unknown>, gate: Gate, deadlines: Deadlines, source: symbol) {
    this.#store = store;
    this.gate = gate;
    this.#deadlines = deadlines;
    this.#settling = new Settling(store);
    this.#source = source;
  }

  /** The same calls of what one request sees of the store. */
  ofRequest(store: Store<unknown>): StoreCalls {
    return new StoreCalls(store, this.gate, this.#deadlines, this.#source);
  }

  /** True if the store usually answers without a promise. */
  get answersAtOnce(): boolean {
    return this.#store.capabilities.sync;
  }

  /** True if the store cannot keep this part of the contract. */
  lacks(part: StoreLack): boolean {
    return this.#store.capabilities.lacks.includes(part);
  }

  /** True if clients carry their sessions: nobody sees one from outside its request. */
  get isCarried(): boolean {
    return this.#store.capabilities.location === "client";
  }

  /** True if the store has something to do before it is ready. */
  get opens(): boolean {
    return this.#store.open !== undefined;
  }

  /** True if a read that is not fresh may find what somebody else has found replaced. */
  get lagsBehind(): boolean {
    return this.#settling.lagsBehind;
  }

  /** Tells `heed` of what other processes change, where the store hears of it. Returns what ends it. */
  watch(heed: (change: StoreChange) => void): (() => void) | undefined {
    return this.#store.watch?.(heed);
  }

  /**
   * One operation of the store.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`, `ERR_HOLDFAST_OVERLOADED`, or the store's own coded error
   */
  ask<T>(operation: string, reporter: Reporter, run: Run<T>): Awaitable<T> {
    return storeChannel.hasSubscribers
      ? this.#askTraced(operation, reporter, run)
      : this.#ask(operation, reporter, run);
  }

  #askTraced<T>(operation: string, reporter: Reporter, run: Run<T>): Awaitable<T> {
    const message: StoreMessage = { source: this.#source, operation, outcome: undefined };
    return traced(
      storeChannel,
      message,
      () => this.#ask(operation, reporter, run),
      () => "answered",
    );
  }

  #ask<T>(operation: string, reporter: Reporter, run: Run<T>): Awaitable<T> {
    const { gate } = this;
    const mark = gate.calm ? gate.circuit.mark : gate.enter(operation);
    let answer: Awaitable<T>;
    try {
      answer = run(this.#store);
    } catch (error) {
      throw this.#failure(operation, error, mark, reporter);
    }
    if (isPromise(answer)) return this.#answerInTime(operation, answer, mark, reporter);
    if (!gate.calm) gate.answered();
    return answer;
  }

  // A timer for each operation: Node keeps all timers of one duration in one list, so a list of our own gains nothing.
  #answerInTime<T>(operation: string, answer: Promise<T>, mark: Mark, reporter: Reporter): Promise<T> {
    const { gate } = this;
    gate.begin();
    return new Promise((resolve, reject) => {
      let over = false;
      const failed = (error: unknown): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        gate.end();
        reject(this.#failure(operation, error, mark, reporter));
      };
      const timeout = this.#deadlines.of(operation) + this.#settling.of(operation);
      // After a stall of the event loop timers come first: an answer that has arrived meanwhile still gets its turn.
      const timer = setTimeout(() => setImmediate(() => failed(late(timeout))), timeout);
      answer.then((value) => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        gate.end();
        gate.answered();
        resolve(value);
      }, failed);
    });
  }

  #failure(operation: string, thrown: unknown, mark: Mark, reporter: Reporter): HoldfastError {
    const error = coded(thrown);
    // Every other code is an answer: the store is there, and says what it will not do.
    if (error.code === "ERR_HOLDFAST_STORE_UNAVAILABLE") this.gate.failed(mark, operation, error);
    else this.gate.answered();
    reporter.report("store_error", { operation, error: thrown });
    return error;
  }

  /** Closes the store, within the time of one operation. */
  async close(): Promise<void> {
    const closed = this.#store.close();
    const timeout = this.#deadlines.operation;
    if (isPromise(closed)) await within(timeout, closed, () => late(timeout));
  }
}

function late(timeout: number): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    `The session store did not answer within ${timeout} ms.`,
  );
}

function coded(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", undefined, { cause: error });
}
