import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Providers } from "@jobtrail/core/recorder";
import type { PointData, Received, SpanData } from "@jobtrail/otlp";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, DataPointType, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { eventsOf } from "./emitted.ts";
import type { Emitted } from "./emitted.ts";

/** Telemetry of this process, caught in memory. */
export interface Telemetry extends Emitted, AsyncDisposable {
  /** The option `providers` of an instrumentation, or of a recorder: it then writes here. */
  readonly providers: () => Providers;
  /** Forgets the records and spans that were caught. */
  reset(): void;
}

/**
 * Catches in memory what instrumentations emit in this process. The providers are private: nothing
 * global is set, so that tests do not see each other's.
 */
export function startTelemetry(): Telemetry {
  const records = new InMemoryLogRecordExporter();
  const finished = new InMemorySpanExporter();
  const reader = new Reader();
  const providers = {
    logger: new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] }),
    tracer: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: finished })] }),
    meter: new MeterProvider({ readers: [reader] }),
  };
  const received = (): readonly Received[] => records.getFinishedLogRecords().map(recordOf);
  return {
    providers: () => providers,
    records: received,
    events: () => eventsOf(received()),
    spans: () => finished.getFinishedSpans().map(spanOf),
    points: async () => pointsOf((await reader.collect()).resourceMetrics),
    reset() {
      records.reset();
      finished.reset();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([providers.logger.shutdown(), providers.tracer.shutdown(), providers.meter.shutdown()]);
    },
  };
}

/** Reads when it is asked to. */
class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const scopeOf = ({ name, version }: { readonly name: string; readonly version?: string }): SpanData["scope"] => ({
  name,
  ...(version !== undefined && { version }),
});

const recordOf = (given: ReadableLogRecord): Received => ({
  record: {
    ...(given.eventName !== undefined && { eventName: given.eventName }),
    ...((given.hrTime[0] !== 0 || given.hrTime[1] !== 0) && { time: given.hrTime }),
    observed: given.hrTimeObserved,
    severity: given.severityNumber ?? 0,
    body: given.body,
    attributes: given.attributes,
    ...(given.spanContext !== undefined && { span: given.spanContext }),
  },
  resource: { attributes: given.resource.attributes },
  scope: scopeOf(given.instrumentationScope),
});

const lower = <Name extends string>(name: Name): Lowercase<Name> => name.toLowerCase() as Lowercase<Name>;

const spanOf = (given: ReadableSpan): SpanData => ({
  name: given.name,
  kind: lower(SpanKind[given.kind] as keyof typeof SpanKind),
  traceId: given.spanContext().traceId,
  spanId: given.spanContext().spanId,
  ...(given.parentSpanContext !== undefined && { parentSpanId: given.parentSpanContext.spanId }),
  links: given.links.map(({ context, attributes = {} }) => ({
    traceId: context.traceId,
    spanId: context.spanId,
    attributes,
  })),
  attributes: given.attributes,
  start: given.startTime,
  end: given.endTime,
  status: {
    code: lower(SpanStatusCode[given.status.code] as keyof typeof SpanStatusCode),
    ...(given.status.message !== undefined && { message: given.status.message }),
  },
  resource: { attributes: given.resource.attributes },
  scope: scopeOf(given.instrumentationScope),
});

const pointsOf = ({ resource, scopeMetrics }: ResourceMetrics): PointData[] =>
  scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.flatMap((metric) =>
      metric.dataPoints.map(({ attributes, startTime, endTime, value }) => ({
        name: metric.descriptor.name,
        unit: metric.descriptor.unit,
        attributes,
        start: startTime,
        time: endTime,
        ...valueOf(metric, value),
        resource: { attributes: resource.attributes },
        scope: scopeOf(scope),
      })),
    ),
  );

type Value = Pick<PointData, "type"> & Partial<PointData>;

function valueOf(metric: MetricData, value: MetricData["dataPoints"][number]["value"]): Value {
  const temporality = metric.aggregationTemporality === AggregationTemporality.DELTA ? "delta" : "cumulative";
  if (typeof value === "number")
    return metric.dataPointType === DataPointType.SUM
      ? { type: "sum", value, monotonic: metric.isMonotonic, temporality }
      : { type: "gauge", value };
  const { count, sum = 0 } = value;
  if (!("buckets" in value)) return { type: "exponentialHistogram", count, sum, temporality };
  const { boundaries, counts } = value.buckets;
  return { type: "histogram", count, sum, bounds: boundaries, buckets: counts, temporality };
}
