import { type Random, systemRandom } from "../../crypto/random.ts";

/** Time, timers and chance. Tests pass their own. */
export interface CacheTools {
  /** Milliseconds on a clock that nobody sets: how long ago, never what time. */
  monotonic(): number;
  /** Milliseconds since 1970: goes on while a virtual machine stands still, but may be set. */
  timeOfDay(): number;
  /** Calls `run` once, after `ms`; the result calls it off. `"idle"`: the process need not stay for it. */
  later(run: () => void, ms: number, kind?: "idle"): () => void;
  readonly random: Random;
}

export const systemTools: CacheTools = {
  monotonic: () => performance.now(),
  timeOfDay: () => Date.now(),
  later: (run, ms, kind) => {
    const timer = setTimeout(run, ms);
    if (kind === "idle") timer.unref();
    return () => clearTimeout(timer);
  },
  random: systemRandom,
};

/** How long to wait here to be sure that `ms` have passed on another computer's clock, which may run a little slower. */
export function surely(ms: number): number {
  return ms + Math.ceil(ms / 50) + 10;
}

/** The same promise, but for a time limit: `late()` is what it is rejected with after `ms`. */
export function inTime<T>(tools: CacheTools, ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = tools.later(() => reject(late()), ms, "idle");
    promise.then(resolve, reject).finally(callOff);
  });
}
