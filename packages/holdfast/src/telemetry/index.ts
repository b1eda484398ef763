/**
 * Metrics for OpenTelemetry, and what the tracing channels `holdfast:store`, `holdfast:load` and `holdfast:commit`
 * tell.
 *
 * @module
 */
export type {
  CommitMessage,
  CommitOutcome,
  LoadMessage,
  LoadOutcome,
  StoreMessage,
  TraceMessage,
} from "../session/tracing.ts";
export {
  type OpenTelemetryMetrics,
  type OpenTelemetryMetricsOptions,
  openTelemetryMetrics,
} from "./open-telemetry.ts";
export { sourceOf } from "./source.ts";
