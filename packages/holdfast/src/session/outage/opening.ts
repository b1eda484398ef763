/**
 * Opening the store at start, so that what is wrong with it is known before the first user comes.
 *
 * @module
 */
import type { Awaitable } from "../../awaitable.ts";
import type { Reporter } from "../events.ts";
import type { StoreCalls } from "../record/store-calls.ts";

/** Milliseconds until a failed attempt may be followed by another: doubled each time. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 10_000;

export interface OpeningTools {
  readonly now: () => number;
  readonly reporter: Reporter;
  /** Told of a failure, for the operator. */
  readonly warn: (error: unknown) => void;
}

export class Opening {
  readonly #calls: StoreCalls;
  readonly #tools: OpeningTools;
  #underWay: Promise<void> | undefined;
  #opened = false;
  #pause = 0;
  #failedAt = 0;
  #error: unknown;

  constructor(calls: StoreCalls, tools: OpeningTools) {
    this.#calls = calls;
    this.#tools = tools;
    this.#opened = !calls.opens;
  }

  /** Begins, and waits for nothing: a failure is an event and a warning. */
  start(): void {
    this.ready().catch(() => undefined);
  }

  /**
   * Resolves once the store is open. One attempt at a time; who asks soon after one has failed gets its error.
   *
   * @throws {HoldfastError} the store's coded error
   */
  ready(): Promise<void> {
    if (this.#opened) return Promise.resolve();
    if (this.#underWay !== undefined) return this.#underWay;
    // A clock that was set back counts as time that has passed.
    const since = this.#tools.now() - this.#failedAt;
    if (since >= 0 && since < this.#pause) return Promise.reject(this.#error);
    this.#underWay = this.#open().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #open(): Promise<void> {
    const { now, reporter, warn } = this.#tools;
    try {
      await this.#calls.ask("open", reporter, (store): Awaitable<void> => store.open?.());
      this.#opened = true;
      this.#pause = 0;
    } catch (error) {
      this.#error = error;
      this.#failedAt = now();
      this.#pause = Math.min(Math.max(FIRST_PAUSE, this.#pause * 2), LONGEST_PAUSE);
      warn(error);
      throw error;
    }
  }
}
