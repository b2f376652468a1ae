import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Encoding } from "../src/index.ts";

const resource = resourceFromAttributes({ "service.name": "mailer", "process.pid": 7 });

/** The context of the span that records and links below point to. */
export const producer = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

const inProducer = trace.setSpanContext(ROOT_CONTEXT, producer);

/** Two log records as the SDK sends them. */
export function sdkLogs(): Record<Encoding, Uint8Array> {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger("jobtrail", "1.0.0");
  logger.emit({
    eventName: "job.run.ended",
    timestamp: [1_764_000_000, 123_456_789],
    observedTimestamp: [1_764_000_001, 0],
    severityNumber: 17,
    severityText: "ERROR",
    body: { job: { id: "1", n: 3 }, list: ["a", 1.5, true], bytes: new Uint8Array([1, 2, 3]) },
    attributes: { "job.id": "é✓", "job.run.number": -2, half: 0.5, tags: ["a", "b"], "2^60": 2 ** 60 },
    context: inProducer,
  });
  logger.emit({
    timestamp: [1_764_000_002, 0],
    observedTimestamp: [1_764_000_002, 0],
    body: "plain",
    context: ROOT_CONTEXT,
  });
  const records = exporter.getFinishedLogRecords();
  return {
    protobuf: written(ProtobufLogsSerializer.serializeRequest(records)),
    json: written(JsonLogsSerializer.serializeRequest(records)),
  };
}

/** A consumer span with a link and an error, and its child, as the SDK sends them. */
export function sdkSpans(): Record<Encoding, Uint8Array> {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer("jobtrail");
  const run = tracer.startSpan(
    "process mail",
    {
      kind: SpanKind.CONSUMER,
      startTime: [1_764_000_000, 5],
      attributes: { "job.id": "7" },
      links: [{ context: producer, attributes: { "job.link": "queued" } }],
    },
    ROOT_CONTEXT,
  );
  tracer.startSpan("step", { startTime: [1_764_000_001, 0] }, trace.setSpan(ROOT_CONTEXT, run)).end([1_764_000_001, 1]);
  run.setStatus({ code: SpanStatusCode.ERROR, message: "no server" });
  run.end([1_764_000_002, 999_999_999]);
  const spans = exporter.getFinishedSpans();
  return {
    protobuf: written(ProtobufTraceSerializer.serializeRequest(spans)),
    json: written(JsonTraceSerializer.serializeRequest(spans)),
  };
}

/** A counter, a gauge and two kinds of histogram, as the SDK sends them. */
export async function sdkMetrics(): Promise<Record<Encoding, Uint8Array>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [{ instrumentName: "wait", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter("jobtrail", "1.0.0");
  meter.createCounter("job.run.retries", { unit: "{retry}", valueType: 0 }).add(3, { queue: "mail" });
  meter.createUpDownCounter("job.run.active").add(-2.5);
  meter.createGauge("job.queue.size").record(4);
  const duration = meter.createHistogram("job.run.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [1, 10] },
  });
  for (const seconds of [0.5, 2, 3, 100]) duration.record(seconds, { queue: "mail" });
  meter.createHistogram("wait").record(2);
  await reader.forceFlush();
  const [metrics] = exporter.getMetrics();
  if (metrics === undefined) throw new Error("the reader exported nothing");
  await provider.shutdown();
  return {
    protobuf: written(ProtobufMetricsSerializer.serializeRequest(metrics)),
    json: written(JsonMetricsSerializer.serializeRequest(metrics)),
  };
}

function written(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error("the serializer gave nothing");
  return bytes;
}
