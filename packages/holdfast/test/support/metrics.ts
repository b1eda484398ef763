import type { TestContext } from "node:test";
import type { Attributes } from "@opentelemetry/api";
import { type Histogram, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import type { Sessions } from "../../src/index.ts";
import {
  type OpenTelemetryMetrics,
  type OpenTelemetryMetricsOptions,
  openTelemetryMetrics,
} from "../../src/telemetry/index.ts";

/** One time series as it was collected. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number | Histogram;
}

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Metrics of some sessions, kept with OpenTelemetry's own SDK. */
export class Metrics {
  readonly metrics: OpenTelemetryMetrics;
  readonly #reader: Reader;

  constructor(metrics: OpenTelemetryMetrics, reader: Reader) {
    this.metrics = metrics;
    this.#reader = reader;
  }

  async collect(): Promise<readonly Series[]> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          name,
          unit,
          attributes,
          value: value as Series["value"],
        })),
      ),
    );
  }

  /** A counter's values by its only attribute. */
  async counts(name: string): Promise<Record<string, unknown>> {
    const series = (await this.collect()).filter((it) => it.name === name);
    return Object.fromEntries(
      series.map(({ attributes, value }) => [Object.values(attributes).join(), value]),
    );
  }
}

export function keepMetrics(
  test: TestContext,
  sessions: Sessions,
  options: Omit<OpenTelemetryMetricsOptions, "meter"> = {},
): Metrics {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const metrics = openTelemetryMetrics(sessions, { meter: provider.getMeter("test"), ...options });
  test.after(() => metrics.stop());
  return new Metrics(metrics, reader);
}
