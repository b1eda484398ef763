import { type Duration, parseDuration } from "../duration.ts";
import { checkOptionNames, wholeNumber } from "../option-checks.ts";
import { EventLoopDelay } from "../session/outage/event-loop.ts";

/** When to refuse requests before the process drowns; see {@link SessionOptions.overload}. */
export interface OverloadOptions {
  /** How many operations may wait for the store at the same time. Default 1000. */
  readonly inFlight?: number | undefined;
  /**
   * How late the event loop may be, on average over about half a second. Default: it is not measured; many apps have a
   * slow computation of their own now and then, which refusing sessions would not mend.
   */
  readonly eventLoopDelay?: Duration | undefined;
}

const IN_FLIGHT = 1_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function overloadLimits(options: OverloadOptions = {}): {
  readonly inFlight: number;
  readonly delay: EventLoopDelay | undefined;
} {
  checkOptionNames("overload", options, ["inFlight", "eventLoopDelay"]);
  const { inFlight = IN_FLIGHT, eventLoopDelay } = options;
  return {
    inFlight: wholeNumber("overload", "inFlight", inFlight, 1),
    delay:
      eventLoopDelay === undefined
        ? undefined
        : new EventLoopDelay(parseDuration(eventLoopDelay, "overload.eventLoopDelay")),
  };
}
