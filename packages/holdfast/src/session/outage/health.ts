/**
 * How a deployment is, for an endpoint that a load balancer asks.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import type { CircuitState } from "./circuit.ts";
import type { Gate } from "./gate.ts";

/** What `sessions.health()` tells. Codes and numbers only: nothing of a user, and no secret. */
export interface SessionsHealth {
  /**
   * - `"ok"`: the store has just answered.
   * - `"degraded"`: it has, but requests are being refused, or an operation failed within the last minute.
   * - `"unavailable"`: it has not, or there are no keys; requests with a session get 503.
   */
  readonly status: "ok" | "degraded" | "unavailable";
  readonly store: {
    /** `"open"`: it is not being asked; `"half-open"`: one operation is finding out whether it is back. */
    readonly circuit: CircuitState;
    /** How many operations wait for it. */
    readonly inFlight: number;
    /** How long it took to answer, in milliseconds; absent if it did not. */
    readonly latency?: number;
    /** Seconds after which to try again; only while the circuit is not closed. */
    readonly retryAfter?: number;
    /** What failed last, if anything has. */
    readonly lastError?: { readonly code: string; readonly operation: string; readonly at: string };
  };
  readonly keys: { readonly loaded: boolean };
}

export interface HealthTools {
  readonly gate: Gate;
  readonly now: () => number;
  /** Asks the store for something small. */
  readonly probe: () => unknown;
  /** Resolves when there are keys. */
  readonly keys: () => unknown;
}

/** Milliseconds for which what was found out stays good: anybody may ask, as often as they like. */
const GOOD_FOR = 1_000;
const RECENT = 60_000;

/** What was found out by asking. */
interface Findings {
  /** How long the store took, in milliseconds, or what it failed with. */
  readonly store: number | { readonly error: unknown };
  readonly keys: boolean;
}

export class Health {
  readonly #tools: HealthTools;
  #asking: Promise<Findings> | undefined;
  #askedAt = 0;

  constructor(tools: HealthTools) {
    this.#tools = tools;
  }

  /** Asks the store, unless it was asked within the last second. Never rejects. */
  async check(): Promise<SessionsHealth> {
    return this.#report(await this.#findings());
  }

  #findings(): Promise<Findings> {
    const now = this.#tools.now();
    if (this.#asking === undefined || Math.abs(now - this.#askedAt) >= GOOD_FOR) {
      this.#askedAt = now;
      this.#asking = this.#ask();
    }
    return this.#asking;
  }

  async #ask(): Promise<Findings> {
    const { probe, keys } = this.#tools;
    const began = performance.now();
    const [store, loaded] = await Promise.all([
      outcome(probe).then((failed) => failed ?? performance.now() - began),
      outcome(keys).then((failed) => failed === undefined),
    ]);
    return { store, keys: loaded };
  }

  #report({ store, keys }: Findings): SessionsHealth {
    const { gate, now } = this.#tools;
    const { circuit, load, lastFailure, retryAfter } = gate;
    const answered = typeof store === "number";
    // Full of operations that wait, the store was not asked: that it is down is not known.
    const up = keys && circuit.state === "closed" && (answered || isOverload(store.error));
    const troubled = load.shedding || (lastFailure !== undefined && now() - lastFailure.at < RECENT);
    return {
      status: !up ? "unavailable" : troubled ? "degraded" : "ok",
      store: {
        circuit: circuit.state,
        inFlight: load.inFlight,
        ...(answered && { latency: Math.round(store * 100) / 100 }),
        ...(circuit.state !== "closed" && { retryAfter }),
        ...(lastFailure !== undefined && {
          lastError: { ...lastFailure, at: new Date(lastFailure.at).toISOString() },
        }),
      },
      keys: { loaded: keys },
    };
  }
}

function isOverload(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === "ERR_HOLDFAST_OVERLOADED";
}

/** What an action failed with; `undefined` if it did not. */
async function outcome(action: () => unknown): Promise<{ readonly error: unknown } | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return { error };
  }
}
