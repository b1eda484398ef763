/**
 * Who may listen while requests are served.
 *
 * @module
 */
import { tracingChannel } from "node:diagnostics_channel";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Sessions } from "holdfast";
import { openTelemetryMetrics } from "holdfast/telemetry";

/** Begins to listen; returns what ends it. */
type Listen = (sessions: Sessions) => () => void;

const nobody: Listen = () => () => undefined;

const nothing = (): void => undefined;
const NO_OP = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };
const CHANNELS = ["holdfast:store", "holdfast:load", "holdfast:commit"].map((name) => tracingChannel(name));

const noOp: Listen = () => {
  for (const channel of CHANNELS) channel.subscribe(NO_OP);
  return () => {
    for (const channel of CHANNELS) channel.unsubscribe(NO_OP);
  };
};

const meter = new MeterProvider().getMeter("bench");

const metrics: Listen = (sessions) => {
  const kept = openTelemetryMetrics(sessions, { meter });
  return () => kept.stop();
};

/** The first is what the others are compared with; the second is the first again, and shows how much is noise. */
export const LISTENERS = [
  { title: "nobody", listen: nobody },
  { title: "nobody, again", listen: nobody },
  { title: "a subscriber that does nothing", listen: noOp },
  { title: "OpenTelemetry metrics", listen: metrics },
] as const;
