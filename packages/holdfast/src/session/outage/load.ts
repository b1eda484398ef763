/**
 * Load shedding: a request that would wait behind too many others is refused while that costs little, before memory
 * and the event loop drown in those that wait.
 *
 * @module
 */

/** Why a request was refused: too many operations wait for the store, or the event loop is late. */
export type OverloadReason = "in-flight" | "event-loop";

export interface LoadLimits {
  /** Operations that may wait for the store at the same time. */
  readonly inFlight: number;
  /** True while the event loop is late. */
  readonly loopIsLate: () => boolean;
}

export class Load {
  readonly #limits: LoadLimits;
  #inFlight = 0;
  #shedding = false;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  /** Operations that wait for an answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** True from the first refusal until half of what may wait has been answered. */
  get shedding(): boolean {
    if (this.#shedding && this.#inFlight <= this.#limits.inFlight / 2 && !this.#limits.loopIsLate()) {
      this.#shedding = false;
    }
    return this.#shedding;
  }

  /** True if there is nothing to ask {@link Load.refuses} about. */
  get light(): boolean {
    return this.#inFlight === 0 && !this.#limits.loopIsLate();
  }

  begin(): void {
    this.#inFlight += 1;
  }

  end(): void {
    this.#inFlight -= 1;
  }

  /**
   * Why the operation must not be added. Requests begin with a read. What has got further has cost something already,
   * and may be a sign-out: it has room for as many again.
   */
  refuses(operation: string): OverloadReason | undefined {
    const begins = operation === "read";
    if (this.#inFlight >= this.#limits.inFlight * (begins ? 1 : 2)) return "in-flight";
    return begins && this.#limits.loopIsLate() ? "event-loop" : undefined;
  }

  /** Notes a refusal. @returns true for the first one after a while without */
  refused(): boolean {
    const first = !this.shedding;
    this.#shedding = true;
    return first;
  }
}
