/**
 * Sets up what stands between a deployment and its store: deadlines, circuit breaker, load shedding, and the opening.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { HoldfastError } from "../errors.ts";
import type { Reporter } from "../session/events.ts";
import type { Deadlines } from "../session/outage/deadlines.ts";
import { Gate } from "../session/outage/gate.ts";
import { Opening } from "../session/outage/opening.ts";
import type { Credentials } from "../session/record/credentials.ts";
import { StoreCalls } from "../session/record/store-calls.ts";
import type { Store } from "../store/contract.ts";
import type { SessionOptions } from "./options.ts";
import { overloadLimits } from "./overload.ts";

export interface StoreWatch {
  readonly calls: StoreCalls;
  readonly opening: Opening;
  /** Asks the store for a record that is not there: whether it answers, at the least cost. */
  probe(): unknown;
  /** Begins to open the store, and to measure. */
  start(): void;
  /** Ends measuring. */
  stop(): void;
}

interface WatchTools {
  readonly options: Pick<SessionOptions, "overload">;
  readonly deadlines: Deadlines;
  readonly source: symbol;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly warn: (topic: string, message: string) => void;
}

/** @throws {HoldfastError} for `overload` */
export function watchStore(store: Store<unknown>, tools: WatchTools): StoreWatch {
  const { deadlines, source, credentials, clock, reporter, warn } = tools;
  const { inFlight, delay } = overloadLimits(tools.options.overload);
  const now = (): number => clock.now();
  const limits = { inFlight, loopIsLate: () => delay?.isLate ?? false };
  const gate = new Gate(limits, { now, reporter, breaks: !store.capabilities.sync });
  const calls = new StoreCalls(store, gate, deadlines, source);
  const opening = new Opening(calls, {
    now,
    reporter,
    warn: (error) => warn("store", `The session store could not be opened. ${told(error)}`),
  });
  let stop = (): void => undefined;
  return {
    calls,
    opening,
    probe: () => calls.ask("read", reporter, (asked) => asked.read(credentials.newHandle(), now())),
    start: () => {
      opening.start();
      stop = delay?.watch(() => gate.settle()) ?? stop;
    },
    stop: () => stop(),
  };
}

// What a client of an engine says may hold anything, its URL included; the event has it.
function told(error: unknown): string {
  return error instanceof HoldfastError ? error.message : "The event store_error has the error.";
}
