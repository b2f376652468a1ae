// An app with an OpenTelemetry SDK of its own, of an older line: what that SDK is given goes to standard output.
import { trace } from "@opentelemetry/api";
import { NodeSDK, logs, metrics, tracing } from "@opentelemetry/sdk-node";
import { Cron } from "croner";

const spans = new tracing.InMemorySpanExporter();
const records = new logs.InMemoryLogRecordExporter();
const points = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
const reader = new metrics.PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 });
const spanProcessor = new tracing.SimpleSpanProcessor(spans);
const recordProcessor = new logs.SimpleLogRecordProcessor(records);
const withLogs = process.env.LOGS === "own";

// Older and newer names of the same options.
const sdk = new NodeSDK({
  serviceName: "host",
  spanProcessor,
  spanProcessors: [spanProcessor],
  metricReader: reader,
  metricReaders: [reader],
  ...(withLogs
    ? { logRecordProcessor: recordProcessor, logRecordProcessors: [recordProcessor] }
    : { logRecordProcessors: [] }),
});

async function job(name, work) {
  const cron = new Cron("0 0 1 1 *", { name }, work);
  await cron.trigger();
  cron.stop();
}

if (process.env.LATE === "1") await job("before", () => {});
sdk.start();
const tracer = trace.getTracer("app");
await tracer.startActiveSpan("GET /order", async (request) => {
  await job("tick", () => tracer.startActiveSpan("db query", (query) => query.end()));
  request.end();
});
await reader.forceFlush();

const nameOf = (id) => spans.getFinishedSpans().find((span) => span.spanContext().spanId === id)?.name;
const output = {
  spans: spans.getFinishedSpans().map((span) => ({
    name: span.name,
    parent: nameOf(span.parentSpanContext?.spanId ?? span.parentSpanId),
    trace: span.spanContext().traceId,
  })),
  records: records.getFinishedLogRecords().map((record) => record.eventName ?? record.attributes["event.name"]),
  metrics: points
    .getMetrics()
    .flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)),
    ),
};
console.log(JSON.stringify(output));
