/** Where the time comes from. Tests pass their own, so that hours pass in no time. */
export interface Clock {
  /** Whole milliseconds since 1970, never going back by more than a clock adjustment. */
  now(): number;
}

/** The system's clock. */
export const systemClock: Clock = { now: () => Date.now() };
