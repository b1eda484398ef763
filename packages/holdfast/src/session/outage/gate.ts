/**
 * What stands before the store: lets operations through while it answers and has room, and refuses them at once while
 * it does not.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import type { Reporter } from "../events.ts";
import { Circuit, type Mark } from "./circuit.ts";
import { isPatient } from "./deadlines.ts";
import { Load, type LoadLimits } from "./load.ts";

/** The store's last failure. */
export interface Failure {
  readonly code: string;
  readonly operation: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface GateTools {
  readonly now: () => number;
  /**
   * False for a store that answers at once: asking it costs a request nothing, so it is never left alone, and is used
   * again the moment it is back.
   */
  readonly breaks: boolean;
  /** For what is nobody's request's doing. */
  readonly reporter: Reporter;
}

export class Gate {
  readonly circuit: Circuit;
  readonly load: Load;
  /**
   * True while nothing waits and nothing is wrong: an operation then need not {@link enter}, nor tell that it was
   * answered. For a store in this process that is always.
   */
  calm = true;
  lastFailure: Failure | undefined;
  readonly #tools: GateTools;

  constructor(limits: LoadLimits, tools: GateTools) {
    this.circuit = new Circuit(tools.now);
    this.load = new Load(limits);
    this.#tools = tools;
  }

  /** @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE` or `ERR_HOLDFAST_OVERLOADED` */
  enter(operation: string): Mark {
    const reason = this.load.refuses(operation);
    if (reason !== undefined) {
      if (this.load.refused()) {
        this.#tools.reporter.report("store_overloaded", { reason, inFlight: this.load.inFlight });
      }
      throw new HoldfastError("ERR_HOLDFAST_OVERLOADED", undefined, { retryAfter: 1 });
    }
    const mark = this.circuit.enter(isPatient(operation));
    if (mark !== undefined) return mark;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      "The session store did not answer, and is left alone for a moment. Try again then.",
      { retryAfter: this.retryAfter },
    );
  }

  /** Seconds until it is worth another try: at least 1. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil(this.circuit.coolsFor / 1000));
  }

  /** An operation waits for its answer. */
  begin(): void {
    this.load.begin();
    this.calm = false;
  }

  /** It waits no longer. */
  end(): void {
    this.load.end();
  }

  /** The store has answered, if only that it will not do it. */
  answered(): void {
    const after = this.circuit.answered();
    if (after !== undefined) this.#tools.reporter.report("store_recovered", { after });
    this.settle();
  }

  /** The store has failed, or not answered in time. */
  failed(mark: Mark, operation: string, error: HoldfastError): void {
    this.lastFailure = { code: error.code, operation, at: this.#tools.now() };
    if (this.#tools.breaks && this.circuit.failed(mark))
      this.#tools.reporter.report("store_unavailable", { operation, error });
    this.settle();
  }

  /** Says anew whether all is {@link calm}; also to be called when the event loop's delay has been measured. */
  settle(): void {
    this.calm = this.circuit.untroubled && this.load.light;
  }
}
