import type { Awaitable } from "../contract.ts";

/** Where the queue has its time and chance from; tests pass their own. */
export interface RetryTools {
  /** Milliseconds from any fixed point; never goes back. */
  readonly now: () => number;
  /** Runs `wake` once, `ms` milliseconds from now; returns a way to call it off. */
  readonly later: (wake: () => void, ms: number) => () => void;
  /** At least 0 and less than 1. */
  readonly random: () => number;
}

/** How the queue tells errors apart. */
export interface RetryPolicy {
  /** How long one operation may wait, in milliseconds. */
  readonly deadline: number;
  /** True if the operation may succeed in a moment. */
  readonly retryable: (error: unknown) => boolean;
  /** The error to give to the caller. */
  readonly failure: (error: unknown) => Error;
}

interface Waiting {
  readonly attempt: () => void;
  readonly giveUp: (error: unknown) => void;
  readonly deadline: number;
}

/** Pauses between attempts, in milliseconds: doubled each time, with half of it left to chance. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;

/** Operations that are caught up on before other events get their turn. */
const BATCH = 50;

/**
 * Runs operations at once and lets those that find the database locked wait without blocking the event loop.
 *
 * While one waits, later ones join it in line: only the first in line asks the database again, so a lock
 * costs the loop one short wait now and then, however many requests are held up.
 */
export class RetryQueue {
  readonly #policy: RetryPolicy;
  readonly #tools: RetryTools;
  #waiting: Waiting[] = [];
  #pause = FIRST_PAUSE;
  #callOff: () => void = () => {};

  constructor(policy: RetryPolicy, tools: RetryTools) {
    this.#policy = policy;
    this.#tools = tools;
  }

  /** The result of `work`: at once if the database is free, else a promise. Throws what the policy makes of errors. */
  run<T>(work: () => T): Awaitable<T> {
    if (this.#waiting.length === 0) {
      try {
        return work();
      } catch (error) {
        if (!this.#policy.retryable(error)) throw this.#policy.failure(error);
      }
    }
    return this.#wait(work);
  }

  /** Rejects everything that waits with `error`. */
  close(error: Error): void {
    this.#callOff();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { giveUp } of waiting) giveUp(error);
  }

  #wait<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        attempt: () => resolve(work()),
        giveUp: (error) => reject(this.#policy.failure(error)),
        deadline: this.#tools.now() + this.#policy.deadline,
      });
      if (this.#waiting.length === 1) this.#sleep();
    });
  }

  #sleep(): void {
    const pause = this.#pause * (0.5 + this.#tools.random() / 2);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    const untilDeadline = (this.#waiting[0]?.deadline ?? 0) - this.#tools.now();
    this.#wakeIn(Math.max(0, Math.min(pause, untilDeadline)));
  }

  #wakeIn(ms: number): void {
    this.#callOff = this.#tools.later(() => this.#wake(), ms);
  }

  #wake(): void {
    for (let done = 0; done < BATCH; done++) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      try {
        first.attempt();
      } catch (error) {
        if (this.#policy.retryable(error)) {
          this.#dropOverdue(error);
          if (this.#waiting.length > 0) this.#sleep();
          return;
        }
        first.giveUp(error);
      }
      this.#waiting.shift();
    }
    this.#pause = FIRST_PAUSE;
    if (this.#waiting.length > 0) this.#wakeIn(0);
  }

  /** Those in line have waited in order, so the overdue ones stand in front. */
  #dropOverdue(error: unknown): void {
    const now = this.#tools.now();
    while (this.#waiting[0] !== undefined && this.#waiting[0].deadline <= now)
      this.#waiting.shift()?.giveUp(error);
  }
}

/** The system's clock, timers and chance. A waiting operation keeps the process alive until it is decided. */
export const systemTools: RetryTools = {
  now: () => performance.now(),
  later: (wake, ms) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
