/**
 * OpenTelemetry metrics through the app's own meter. Attributes are names from fixed lists: no id, handle, user or
 * address, not even as a hash, so that the number of time series is bounded and none of them is about a person.
 *
 * @module
 */
import type { TracingChannel } from "node:diagnostics_channel";
import type { Counter, Meter, ObservableResult } from "@opentelemetry/api";
import { HoldfastError } from "../errors.ts";
import { deploymentOf } from "../express/session.ts";
import type { Sessions } from "../express/sessions.ts";
import type { KeyUsage } from "../keys/report.ts";
import { checkOptionNames } from "../option-checks.ts";
import type { SessionEvent } from "../session/events.ts";
import {
  commitChannel,
  loadChannel,
  type StoreMessage,
  storeChannel,
  type TraceMessage,
} from "../session/tracing.ts";
import { listen } from "./listen.ts";

/** Options of {@link openTelemetryMetrics}. */
export interface OpenTelemetryMetricsOptions {
  /** A meter of the app's OpenTelemetry API, such as `metrics.getMeter("my-app")`. */
  readonly meter: Meter;
  /**
   * Default true: each collection asks the store how many sessions are live. A store of many sessions may read all of
   * them for that; the guide has figures. False: `holdfast.session.count` is left out.
   */
  readonly liveSessions?: boolean | undefined;
}

/** Metrics that are being kept. */
export interface OpenTelemetryMetrics {
  /** Stops counting; before `sessions.close()`, for a closed store can count nothing. A second stop does nothing. */
  stop(): void;
  [Symbol.dispose](): void;
}

const KNOWN = Object.keys({ meter: true, liveSessions: true } satisfies Record<
  keyof OpenTelemetryMetricsOptions,
  true
>);

/** Seconds: from a store in this process, in microseconds, to a timeout. */
const BOUNDARIES = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/**
 * Keeps metrics of these sessions, until it is stopped:
 *
 * | Name | Instrument, unit | Attributes |
 * |---|---|---|
 * | `holdfast.session.loads` | counter, `{load}` | `holdfast.load.outcome` |
 * | `holdfast.session.commits` | counter, `{commit}` | `holdfast.commit.outcome` |
 * | `holdfast.session.events` | counter, `{event}` | `holdfast.event.name` |
 * | `holdfast.session.count` | gauge, `{session}` | |
 * | `holdfast.store.operation.duration` | histogram, `s` | `holdfast.store.operation`, `error.type` |
 *
 * @example
 * ```ts
 * import { metrics } from "@opentelemetry/api";
 * openTelemetryMetrics(sessions, { meter: metrics.getMeter("my-app") });
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN`
 */
export function openTelemetryMetrics(
  sessions: Sessions,
  options: OpenTelemetryMetricsOptions,
): OpenTelemetryMetrics {
  const { meter, liveSessions } = checked(options);
  const { core, warn } = deploymentOf(sessions);
  const complain = (error: unknown): void =>
    warn("metrics", `Metrics of sessions could not be kept: ${String(error)}`);
  const stops = [
    countLoads(meter, core.source, complain),
    countCommits(meter, core.source, complain),
    timeStore(meter, core.source, complain),
    countEvents(meter, sessions),
    liveSessions ? observeCount(meter, sessions) : () => undefined,
  ];
  const stop = (): void => {
    for (const end of stops.splice(0)) end();
  };
  return { stop, [Symbol.dispose]: stop };
}

function checked(options: OpenTelemetryMetricsOptions): { meter: Meter; liveSessions: boolean } {
  checkOptionNames("openTelemetryMetrics", options, KNOWN);
  const { meter, liveSessions = true } = options;
  const made = [meter?.createCounter, meter?.createHistogram, meter?.createObservableGauge];
  if (!made.every((create) => typeof create === "function")) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      'openTelemetryMetrics: `meter` must be a Meter, such as metrics.getMeter("my-app") of @opentelemetry/api.',
    );
  }
  if (typeof liveSessions !== "boolean") {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "openTelemetryMetrics: `liveSessions` must be true or false.",
    );
  }
  return { meter, liveSessions };
}

type Stop = () => void;
type Complain = (error: unknown) => void;

function countLoads(meter: Meter, source: symbol, complain: Complain): Stop {
  const loads = meter.createCounter("holdfast.session.loads", {
    unit: "{load}",
    description: "Sessions looked up for a request, by outcome.",
  });
  return countOutcomes(loadChannel, loads, "holdfast.load.outcome", source, complain);
}

function countCommits(meter: Meter, source: symbol, complain: Complain): Stop {
  const commits = meter.createCounter("holdfast.session.commits", {
    unit: "{commit}",
    description: "Changes of a session's data that requests have written, by outcome.",
  });
  return countOutcomes(commitChannel, commits, "holdfast.commit.outcome", source, complain);
}

function countOutcomes<Message extends TraceMessage<string>>(
  channel: TracingChannel<unknown, Message>,
  counter: Counter,
  attribute: string,
  source: symbol,
  complain: Complain,
): Stop {
  const count = ({ outcome }: Message): void => counter.add(1, { [attribute]: outcome });
  return listen(channel, source, () => undefined, count, complain);
}

function timeStore(meter: Meter, source: symbol, complain: Complain): Stop {
  const duration = meter.createHistogram("holdfast.store.operation.duration", {
    unit: "s",
    description: "How long operations of the session store took.",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  const begun = new WeakMap<StoreMessage, number>();
  return listen(
    storeChannel,
    source,
    (message) => begun.set(message, performance.now()),
    (message) => {
      const at = begun.get(message);
      // It began before we listened.
      if (at === undefined) return;
      duration.record((performance.now() - at) / 1000, {
        "holdfast.store.operation": message.operation,
        ...(message.outcome === "failed" && { "error.type": typeOf(message.error) }),
      });
    },
    complain,
  );
}

function typeOf(error: unknown): string {
  return error instanceof HoldfastError ? error.code : "_OTHER";
}

function countEvents(meter: Meter, sessions: Sessions): Stop {
  const events = meter.createCounter("holdfast.session.events", {
    unit: "{event}",
    description: "Session events, by name.",
  });
  const count = ({ type }: SessionEvent): void => events.add(1, { "holdfast.event.name": type });
  sessions.on("*", count);
  return () => void sessions.off("*", count);
}

function observeCount(meter: Meter, sessions: Sessions): Stop {
  const gauge = meter.createObservableGauge("holdfast.session.count", {
    unit: "{session}",
    description: "Live sessions in the store. Processes that share a store all see the same ones.",
  });
  let counting: Promise<KeyUsage[]> | undefined;
  const observe = async (result: ObservableResult): Promise<void> => {
    // Several readers may collect at once; the store is asked once.
    counting ??= sessions.keys.usage().finally(() => {
      counting = undefined;
    });
    try {
      const usage = await counting;
      result.observe(usage.reduce((sum, { liveSessions }) => sum + liveSessions, 0));
    } catch {
      // The store's failure is an event and in the histogram already. No answer is no number.
    }
  };
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}
